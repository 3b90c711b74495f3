package gateway

import (
	"context"
	"errors"
	"log/slog"
	"reflect"

	"github.com/rookery-go/rookery/engine"
)

// handle runs the handlers of an event.
func (c *Client) handle(e *queued) {
	p := &e.packet
	c.tapIncoming(p)
	payload := PayloadOf(*p)
	if err := c.passes(p.Event, payload); err != nil {
		c.ns.server.config.logger.Info("gateway: middleware dropped an event", "namespace", c.ns.name, "client", c.id, "error", err)
		return
	}
	if e.handlers == nil {
		if p.HasID {
			c.unknown(p.Event, payload, &ackOnce{id: p.ID})
		}
		return
	}
	var ack *ackOnce
	for i, route := range e.handlers.routes {
		x := &execContext{
			Context: c.eventContext(),
			exec: Exec{
				client:  c,
				route:   route,
				gw:      e.handlers.owners[i],
				kind:    KindEvent,
				event:   p.Event,
				payload: payload,
			},
		}
		if p.HasID && ack == nil {
			ack = &x.ack
			ack.id = p.ID
		}
		x.exec.ack = ack
		c.run(x)
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
	cancel := func() {}
	if d := c.ns.server.config.handlerTimeout; d > 0 {
		ctx, cancel = context.WithTimeout(e, d)
	} else if x.route.stream {
		ctx, cancel = context.WithCancel(e)
	}
	result, err := invoke(ctx, x)
	if items, ok := result.(Items); ok && err == nil {
		c.stream(ctx, cancel, x, items)
		return
	}
	defer cancel()
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
	if r, ok := asReply(result); ok {
		return c.Emit(r.Event, r.Data)
	}
	if x.ack == nil {
		return nil
	}
	var err error
	switch {
	case !isNil(result):
		_, err = x.Ack(spreadArgs(result)...)
	case x.route.manual, c.ns.server.config.exact:
	case x.route.Out == nil:
		_, err = x.Ack()
	default:
		_, err = x.Ack(nil)
	}
	return err
}

// asReply tells whether a result is to be sent as an event.
func asReply(result any) (Reply, bool) {
	switch r := result.(type) {
	case Reply:
		return r, r.Event != ""
	case *Reply:
		if r != nil {
			return *r, r.Event != ""
		}
	}
	return Reply{}, false
}

// isNil tells whether a result is null on the wire: nil, or a nil pointer. Nil slices and
// maps are too, but as empty values that a handler did return.
func isNil(result any) bool {
	if result == nil {
		return true
	}
	v := reflect.ValueOf(result)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// spreadArgs returns the arguments that a result stands for.
func spreadArgs(result any) []any {
	if list, ok := result.(argValues); ok {
		return list.values()
	}
	return []any{result}
}

// unknown answers an event that nobody handles, with an ack that its client awaits.
func (c *Client) unknown(event string, p Payload, ack *ackOnce) {
	policy := c.ns.server.config.errorReply
	if policy == ExceptionOnly {
		return
	}
	x := &Exec{client: c, route: &Route{Namespace: c.ns.name, Event: event}, kind: KindEvent, event: event, payload: p, ack: ack}
	body, err := errorBody(&Error{Message: "nobody handles this event", Code: CodeUnknownEvent}, x)
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
	if c.ns.server.config.exact && public(err).Code == CodeBadPayload {
		err = ErrInternal
	}
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

// log records an error: as one of the server's, unless it was meant for the client.
func (c *Client) log(x *Exec, err error) {
	level := slog.LevelError
	var meant *Error
	var body *Body
	if errors.As(err, &meant) || errors.As(err, &body) {
		level = slog.LevelDebug
	}
	logger := c.ns.server.config.logger
	if !logger.Enabled(x.client.ctx, level) {
		return
	}
	attrs := []any{"namespace", c.ns.name, "client", c.id, "event", x.Event(), "error", err}
	var p *PanicError
	if errors.As(err, &p) {
		attrs = append(attrs, "stack", string(p.Stack))
	}
	logger.Log(x.client.ctx, level, "gateway: "+x.kind.String()+" failed", attrs...)
}

func (c *Client) logSendError(x *Exec, err error) {
	if err != nil && !errors.Is(err, ErrDisconnected) {
		c.log(x, err)
	}
}
