package gateway

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
)

// chain puts guards and interceptors around a handler:
//
//	filters < guards < interceptors < handler (which runs the pipes)
//
// The filters wrap it in [Client.run]. The order is settled here, once; an event runs
// plain func calls.
func chain(next Next, guards []Guard, interceptors []Interceptor) Next {
	for _, i := range slices.Backward(interceptors) {
		inner := next
		next = func(ctx context.Context, x *Exec) (any, error) { return i.Intercept(ctx, x, inner) }
	}
	if len(guards) == 0 {
		return next
	}
	return func(ctx context.Context, x *Exec) (any, error) {
		if err := check(ctx, x, guards); err != nil {
			return nil, err
		}
		return next(ctx, x)
	}
}

// check asks guards in turn.
func check(ctx context.Context, x *Exec, guards []Guard) error {
	for _, g := range guards {
		if err := g.Check(ctx, x); err != nil {
			return err
		}
	}
	return nil
}

// catch offers an error to the filters of an Exec, the innermost scope first, and
// returns what is left of it: nil if one claimed it.
func catch(ctx context.Context, x *Exec, err error) error {
	filters := x.filters()
	for i := 0; i < len(filters) && err != nil; i++ {
		err = filters[i].Catch(ctx, x, err)
	}
	return err
}

// filters are those of the route, or at connect those of gateway and server.
func (x *Exec) filters() []Filter {
	server := x.client.ns.server.config.scope.filters
	switch {
	case x.route != nil:
		return x.route.Filters
	case x.gw != nil:
		return slices.Concat(x.gw.scope.filters, server)
	}
	return server
}

// A PanicError is a panic of a handler, role or hook, turned into an error. Filters
// see it; the client hears "Internal server error".
type PanicError struct {
	// Value is what panic was called with.
	Value any
	// Stack is the stack of the goroutine that panicked.
	Stack []byte
}

// Error implements error.
func (p *PanicError) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

// Unwrap returns the value if it is an error.
func (p *PanicError) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// recovered turns a panic into an error; deferred by whoever calls user code.
func recovered(err *error) {
	if v := recover(); v != nil {
		*err = &PanicError{Value: v, Stack: debug.Stack()}
	}
}
