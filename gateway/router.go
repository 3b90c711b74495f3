package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
)

// Gateway is a set of handlers for the events of one namespace. Its hooks are
// optional: see [AfterIniter], [Connecter], [Disconnecter], [Disconnectinger].
type Gateway interface {
	// Register names the handlers. It is called once, by [Server.Mount].
	Register(*Router)
}

// Router collects the handlers of one gateway while it registers them. It must not
// be used afterwards, and by one goroutine only.
type Router struct {
	scope  scope
	routes []*Route
	errs   []error
}

// Use applies options to every handler of the gateway, wherever in Register it is
// called.
func (r *Router) Use(options ...MountOption) {
	for _, o := range options {
		if err := o.applyMount(&r.scope); err != nil {
			r.errs = append(r.errs, err)
		}
	}
}

// Route describes one handler.
type Route struct {
	// Namespace is where it is mounted, Event what it handles.
	Namespace, Event string
	// Gateway is the type of the gateway it belongs to.
	Gateway reflect.Type
	// In is what the payload is decoded into, Out what is answered; Out is nil for
	// handlers made with [Listen].
	In, Out reflect.Type
	// What hangs on it, in the order it runs: that of the server, the gateway, the
	// handler; filters the other way round. They must not be changed.
	Guards       []Guard
	Pipes        []Pipe
	Interceptors []Interceptor
	Filters      []Filter

	scope scope
	bind  func(*Route, []Pipe) (Next, error)
	run   Next
	slots int

	stream, manual, fallback bool // made by Stream, HandleAck, Fallback
}

// Handle registers a handler whose result answers the ack, if the client awaits one:
// with the Out it returns, or with nothing but null for a nil Out. An Out of type
// [Reply] answers with another event.
//
// In is what the payload decodes into, by the rules of encoding/json. An event
// without arguments leaves it at its zero value. Of several arguments each goes to
// its own field with [Args2] to [Args4]; any other In gets the array of them. A
// json.RawMessage gets the payload as it came; []byte, anywhere in In or Out, is a
// binary attachment.
//
// Events of one client are handled one at a time, in the order sent, unless
// [Concurrent] says otherwise.
func Handle[In, Out any](r *Router, event string, handler func(context.Context, *Client, In) (Out, error), options ...RouteOption) {
	if handler == nil {
		r.failf("event %q: the handler is nil", event)
		return
	}
	r.add(&Route{Event: event, In: reflect.TypeFor[In](), Out: reflect.TypeFor[Out]()}, options, func(route *Route, pipes []Pipe) (Next, error) {
		decode, err := decoder[In](route, pipes)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, x *Exec) (any, error) {
			in, err := decode(ctx, x)
			if err != nil {
				return nil, err
			}
			return handler(ctx, x.client, *in)
		}, nil
	})
}

// Listen registers a handler without a result. If the client awaits an ack it gets
// one without arguments when the handler is done. All else is as with [Handle].
func Listen[In any](r *Router, event string, handler func(context.Context, *Client, In) error, options ...RouteOption) {
	if handler == nil {
		r.failf("event %q: the handler is nil", event)
		return
	}
	r.add(&Route{Event: event, In: reflect.TypeFor[In]()}, options, func(route *Route, pipes []Pipe) (Next, error) {
		decode, err := decoder[In](route, pipes)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, x *Exec) (any, error) {
			in, err := decode(ctx, x)
			if err != nil {
				return nil, err
			}
			return nil, handler(ctx, x.client, *in)
		}, nil
	})
}

// Reply as the result of a handler answers with an event instead of an ack, whether
// the client awaits one or not. With an empty Event it is a plain value.
type Reply struct {
	Event string `json:"event"`
	Data  any    `json:"data"`
}

// reserved are the events that Socket.IO keeps for itself.
var reserved = []string{"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}

func (r *Router) add(route *Route, options []RouteOption, bind func(*Route, []Pipe) (Next, error)) {
	event := route.Event
	switch {
	case event == "":
		r.failf("an event has no name")
		return
	case slices.Contains(reserved, event):
		r.failf("event %q is reserved by Socket.IO; use OnConnect and OnDisconnect, or another name", event)
		return
	case slices.ContainsFunc(r.routes, func(have *Route) bool { return have.Event == event && have.fallback == route.fallback }):
		r.failf("event %q is registered twice; one of the handlers would never run", event)
		return
	}
	route.bind = bind
	for _, o := range options {
		if err := o.applyRoute(&route.scope); err != nil {
			r.failf("event %q: %w", event, err)
		}
	}
	r.routes = append(r.routes, route)
}

func (r *Router) failf(format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf(format, args...))
}

// compile makes the funcs that the routes run, once all that hangs on them is known.
func (r *Router) compile(s *Server, m *mounted) error {
	r.errs = append(r.errs, r.scope.check(), s.config.replaceIn(&r.scope))
	for _, route := range r.routes {
		if err := errors.Join(route.scope.check(), s.config.replaceIn(&route.scope)); err != nil {
			r.failf("event %q: %w", route.Event, err)
		}
		route.Namespace, route.Gateway = m.namespace, reflect.TypeOf(m.gateway)
		scopes := []*scope{&s.config.scope, &r.scope, &route.scope}
		for _, sc := range scopes {
			route.Guards = append(route.Guards, sc.guards...)
			route.Pipes = append(route.Pipes, sc.pipes...)
			route.Interceptors = append(route.Interceptors, sc.interceptors...)
			route.Filters = append(slices.Clone(sc.filters), route.Filters...)
		}
		next, err := route.bind(route, route.Pipes)
		if err != nil {
			r.failf("event %q: %w", route.Event, err)
			continue
		}
		route.run = chain(next, route.Guards, route.Interceptors)
		route.slots = cmp.Or(route.scope.concurrent, r.scope.concurrent, 1)
		if s.config.exact {
			route.slots = exactConcurrency
		}
	}
	return errors.Join(r.errs...)
}
