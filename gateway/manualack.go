package gateway

import (
	"context"
	"reflect"
)

// Ack is the answer that a client awaits to an event it sent. It is sent once; whatever
// follows is ignored. It may be kept and used after the handler has returned, from any
// goroutine.
type Ack struct {
	client *Client
	once   *ackOnce
}

// Wanted tells whether the client awaits an answer that nobody has given yet.
func (a Ack) Wanted() bool { return a.once != nil && !a.once.sent.Load() }

// Send answers with these values, and returns whether this was the answer: false when the
// client awaits none or has it already.
func (a Ack) Send(values ...any) (bool, error) {
	if !a.Wanted() {
		return false, nil
	}
	p, err := NewPayload(values...)
	if err != nil {
		return false, err // unsent: the error can still be answered
	}
	if !a.once.sent.CompareAndSwap(false, true) {
		return false, nil
	}
	return true, a.client.sendAck(a.once.id, p)
}

// HandleAck registers a handler that answers the ack by hand, when it likes and with as
// many arguments as it likes; if it never does, the client waits until its own timeout.
// An error is answered like that of any handler. All else is as with [Handle].
func HandleAck[In any](r *Router, event string, handler func(context.Context, *Client, In, Ack) error, options ...RouteOption) {
	if handler == nil {
		r.failf("event %q: the handler is nil", event)
		return
	}
	r.add(&Route{Event: event, In: reflect.TypeFor[In](), manual: true}, options, func(route *Route, pipes []Pipe) (Next, error) {
		decode, err := decoder[In](route, pipes)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, x *Exec) (any, error) {
			in, err := decode(ctx, x)
			if err != nil {
				return nil, err
			}
			return nil, handler(ctx, x.client, *in, Ack{x.client, x.ack})
		}, nil
	})
}
