package gateway

import (
	"context"
	"iter"
	"reflect"
)

// Stream registers a handler that answers with any number of items: a [Reply] is emitted
// as its event, the first other item answers the ack if the client awaits one, and
// further ones are dropped. An error ends the stream and is answered like that of any
// handler.
//
// The handler itself runs in its place among the client's events and should return its
// iterator at once; the iterator then runs beside them. ctx ends as soon as the client
// leaves; the iterator should heed it where it waits. If no item has answered the ack when
// the stream ends, it is answered without arguments.
func Stream[In, Out any](r *Router, event string, handler func(context.Context, *Client, In) iter.Seq2[Out, error], options ...RouteOption) {
	if handler == nil {
		r.failf("event %q: the handler is nil", event)
		return
	}
	r.add(&Route{Event: event, In: reflect.TypeFor[In](), Out: reflect.TypeFor[Out](), stream: true}, options, func(route *Route, pipes []Pipe) (Next, error) {
		decode, err := decoder[In](route, pipes)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, x *Exec) (any, error) {
			in, err := decode(ctx, x)
			if err != nil {
				return nil, err
			}
			return itemsOf(handler(ctx, x.client, *in)), nil
		}, nil
	})
}

// Items is the result of a [Stream] as interceptors see it. One that returns other Items
// intercepts the stream item by item.
type Items iter.Seq2[any, error]

func itemsOf[T any](seq iter.Seq2[T, error]) Items {
	if seq == nil {
		return func(func(any, error) bool) {}
	}
	return func(yield func(any, error) bool) {
		for item, err := range seq {
			if !yield(item, err) {
				return
			}
		}
	}
}

// Map returns the items as f changes them. An error of f ends the stream.
func (s Items) Map(f func(item any) (any, error)) Items {
	return func(yield func(any, error) bool) {
		for item, err := range s {
			if err == nil {
				item, err = f(item)
			}
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}

// A streaming is a stream under way, run beside its client's queue.
type streaming struct {
	ctx    context.Context
	cancel context.CancelFunc
	exec   *Exec
	items  Items
}

// stream starts to answer with items.
func (c *Client) stream(ctx context.Context, cancel context.CancelFunc, x *Exec, items Items) {
	c.mu.Lock()
	if c.state == left {
		c.mu.Unlock()
		cancel()
		return
	}
	s := &streaming{ctx, cancel, x, items}
	if c.streams == nil {
		c.streams = map[*streaming]struct{}{}
	}
	c.streams[s] = struct{}{}
	c.queue.running++
	c.mu.Unlock()
	c.ns.server.pool.submit(s)
}

func (s *streaming) work() {
	c := s.exec.client
	if err := s.run(); err != nil && s.ctx.Err() == nil {
		c.fail(s.ctx, s.exec, err)
	}
	s.cancel()
	c.mu.Lock()
	delete(c.streams, s)
	c.mu.Unlock()
	c.doneBeside()
}

func (s *streaming) run() (err error) {
	defer recovered(&err)
	c := s.exec.client
	for item, err := range s.items {
		if s.ctx.Err() != nil {
			return nil // nobody is there to hear it
		}
		if err != nil {
			return err
		}
		if err := c.answerItem(s.exec, item); err != nil {
			return err
		}
	}
	if c.ns.server.config.exact {
		return nil
	}
	_, err = s.exec.Ack()
	return err
}

// answerItem sends one item of a stream.
func (c *Client) answerItem(x *Exec, item any) error {
	if r, ok := asReply(item); ok {
		return c.Emit(r.Event, r.Data)
	}
	_, err := x.Ack(spreadArgs(item)...)
	return err
}
