package gateway

import (
	"context"
	"errors"

	"github.com/rookery-go/rookery/engine"
)

// handle runs the handlers of an event.
func (c *Client) handle(e *queued) {
	c.tapIncoming(&e.packet)
	var ack *ackOnce
	if e.packet.HasID {
		ack = &ackOnce{id: e.packet.ID}
	}
	payload := PayloadOf(e.packet)
	if e.handlers == nil {
		c.unknown(e.packet.Event, payload, ack)
		return
	}
	for i, route := range e.handlers.routes {
		c.run(&execContext{
			Context: c.eventContext(),
			exec: Exec{
				client:  c,
				route:   route,
				gw:      e.handlers.owners[i],
				kind:    KindEvent,
				payload: payload,
				ack:     ack,
			},
		})
	}
}

// eventContext is what an event runs under: the client's context or, once that has
// ended, what remains of the grace for events sent before.
func (c *Client) eventContext() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == left {
		return c.late
	}
	return c.ctx
}

// run runs one handler with all that hangs on it, and answers.
func (c *Client) run(e *execContext) {
	x := &e.exec
	var ctx context.Context = e
	if d := c.ns.server.config.handlerTimeout; d > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(e, d)
		defer cancel()
	}
	result, err := invoke(ctx, x)
	if err == nil {
		err = c.answer(x, result)
	}
	if err != nil {
		c.fail(ctx, x, err)
	}
}

func invoke(ctx context.Context, x *Exec) (result any, err error) {
	defer recovered(&err)
	return x.route.run(ctx, x)
}

// answer sends what a handler returned.
func (c *Client) answer(x *Exec, result any) error {
	var err error
	switch r := result.(type) {
	case Reply:
		if r.Event != "" {
			return c.Emit(r.Event, r.Data)
		}
	case *Reply:
		if r != nil && r.Event != "" {
			return c.Emit(r.Event, r.Data)
		}
	case argValues:
		_, err = x.Ack(r.values()...)
		return err
	case nil:
		if x.route.Out == nil {
			_, err = x.Ack()
			return err
		}
	}
	_, err = x.Ack(result)
	return err
}

// unknown answers an event that nobody handles.
func (c *Client) unknown(event string, p Payload, ack *ackOnce) {
	policy := c.ns.server.config.errorReply
	if ack == nil || policy == ExceptionOnly {
		return
	}
	x := &Exec{client: c, route: &Route{Namespace: c.ns.name, Event: event}, kind: KindEvent, payload: p, ack: ack}
	body, err := errorBody(&Error{Message: "nobody handles this event", Code: "unknown_event"}, x)
	if err == nil {
		err = c.sendAck(ack.id, body)
	}
	c.logSendError(x, err)
}

// fail offers an error to the filters and tells the client what they leave of it.
func (c *Client) fail(ctx context.Context, x *Exec, err error) {
	err = c.filtered(ctx, x, err)
	if err == nil || errors.Is(err, ErrDisconnected) {
		return
	}
	c.log(x, err)
	body, err := errorBody(err, x)
	if err != nil {
		c.log(x, err)
		if body, err = errorBody(ErrInternal, x); err != nil {
			return
		}
	}
	policy := c.ns.server.config.errorReply
	answered := false
	if policy != ExceptionOnly && x.WantsAck() && x.ack.sent.CompareAndSwap(false, true) {
		answered = true
		c.logSendError(x, c.sendAck(x.ack.id, body))
	}
	if policy == AckOnly && answered {
		return
	}
	c.logSendError(x, c.send(engine.Packet{
		Type:        engine.Event,
		Namespace:   c.ns.name,
		Event:       exceptionEvent,
		Args:        body.args,
		Attachments: body.attachments,
	}, engine.SendOptions{}))
}

// filtered returns what the filters leave of an error: nil if one claimed it. A filter
// that panics has claimed it, badly.
func (c *Client) filtered(ctx context.Context, x *Exec, err error) error {
	rest, panicked := offer(ctx, x, err)
	if panicked != nil {
		c.log(x, panicked)
	}
	return rest
}

func offer(ctx context.Context, x *Exec, err error) (rest, panicked error) {
	defer recovered(&panicked)
	return catch(ctx, x, err), nil
}

// log records an error that the client is not told the whole of.
func (c *Client) log(x *Exec, err error) {
	var meant *Error
	var body *Body
	if errors.As(err, &meant) && meant.Cause == nil || errors.As(err, &body) && body.Cause == nil {
		return // the client is told all there is to know
	}
	attrs := []any{"kind", x.kind.String(), "namespace", c.ns.name, "client", c.id, "event", x.Event(), "error", err}
	var p *PanicError
	if errors.As(err, &p) {
		attrs = append(attrs, "stack", string(p.Stack))
	}
	c.ns.server.config.logger.Error("gateway: "+x.kind.String()+" failed", attrs...)
}

func (c *Client) logSendError(x *Exec, err error) {
	if err != nil && !errors.Is(err, ErrDisconnected) {
		c.log(x, err)
	}
}
