package gateway

import (
	"context"
	"reflect"
)

// anyEvent stands for the name of the events of a fallback, in Route.Event.
const anyEvent = "*"

// Fallback registers a handler for the events of the namespace that no gateway on it has
// a handler for. [Exec.Event] is the event's own name; the route's is "*". The result
// answers the ack, as with [Handle].
func Fallback(r *Router, handler func(ctx context.Context, c *Client, event string, p Payload) (any, error), options ...RouteOption) {
	if handler == nil {
		r.failf("fallback: the handler is nil")
		return
	}
	r.add(&Route{Event: anyEvent, In: reflect.TypeFor[Payload](), Out: reflect.TypeFor[any](), fallback: true}, options, func(route *Route, pipes []Pipe) (Next, error) {
		decode, err := decoder[Payload](route, pipes)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, x *Exec) (any, error) {
			p, err := decode(ctx, x)
			if err != nil {
				return nil, err
			}
			return handler(ctx, x.client, x.event, *p)
		}, nil
	})
}
