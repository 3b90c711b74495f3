package gateway

import (
	"context"
	"encoding/json"
	"reflect"
)

// Guard decides whether a client may connect, and whether an event may reach its
// handler. A nil error lets it pass; [ErrForbidden] is the usual refusal.
//
// Guards of the server and of the gateway run when a client connects (then
// [Exec.Kind] is [KindConnect]) and again for each event; guards of a handler run
// for its events. They run in the order server, gateway, handler, and the first
// refusal ends the matter. One guard serves many clients at once.
type Guard interface {
	Check(ctx context.Context, x *Exec) error
}

// GuardFunc is a func as a [Guard].
type GuardFunc func(ctx context.Context, x *Exec) error

// Check calls f.
func (f GuardFunc) Check(ctx context.Context, x *Exec) error { return f(ctx, x) }

// Interceptor wraps the handling of an event: the pipes, the decoding of the
// payload and the handler. It may do something before and after next, change the
// result or the error, or answer without calling next.
//
// The result is what the handler returned, before it is encoded: Out for Handle,
// nil for Listen. Interceptors run in the order server, gateway, handler on the
// way in and in reverse on the way out. One interceptor serves many clients at
// once.
type Interceptor interface {
	Intercept(ctx context.Context, x *Exec, next Next) (any, error)
}

// Next runs what lies behind an interceptor.
type Next func(ctx context.Context, x *Exec) (any, error)

// InterceptorFunc is a func as an [Interceptor].
type InterceptorFunc func(ctx context.Context, x *Exec, next Next) (any, error)

// Intercept calls f.
func (f InterceptorFunc) Intercept(ctx context.Context, x *Exec, next Next) (any, error) {
	return f(ctx, x, next)
}

// Filter handles errors of guards, pipes, interceptors and handlers, panics
// included. Nil claims the error: nothing more is done about it and the client
// hears only what the filter sent. Any other error, the same or a better one, goes
// on to the next filter and at last to the client.
//
// The filters of the handler come first, then the gateway's, then the server's.
// When a client connects (then [Exec.Kind] is [KindConnect]) a filter can change
// the error but not let the client in. One filter serves many clients at once.
type Filter interface {
	Catch(ctx context.Context, x *Exec, err error) error
}

// FilterFunc is a func as a [Filter].
type FilterFunc func(ctx context.Context, x *Exec, err error) error

// Catch calls f.
func (f FilterFunc) Catch(ctx context.Context, x *Exec, err error) error { return f(ctx, x, err) }

// Pipe checks or changes the payload of an event on its way to the handler. Bind
// is called once for each route, while it is mounted, with the type the handler
// takes; its error is a start-up error. Pipes run in the order server, gateway,
// handler.
type Pipe interface {
	Bind(in reflect.Type) (Bound, error)
}

// Bound is a pipe made ready for one handler. Either func may be nil. One Bound
// serves many clients at once.
type Bound struct {
	// Before sees the payload as the client sent it and returns what is to be
	// decoded. An absent payload is nil; several arguments are an array.
	Before func(ctx context.Context, x *Exec, payload json.RawMessage) (json.RawMessage, error)
	// After sees the decoded payload: in is a pointer to the handler's In.
	After func(ctx context.Context, x *Exec, in any) error
}
