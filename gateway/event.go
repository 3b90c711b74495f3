package gateway

import "context"

// Target is what an event can be sent to: a [Client], a [Namespace], a [Broadcast].
type Target interface {
	// Emit sends an event with these arguments. It does not wait for anybody.
	Emit(event string, args ...any) error
}

// Event is a typed event from the server to clients. It may be a package variable.
type Event[T any] struct{ name string }

// NewEvent returns an event that carries a T. With [Args2] to [Args4] as T, by value,
// it has several arguments; with struct{} none.
func NewEvent[T any](name string) Event[T] { return Event[T]{name: name} }

// Name returns the name of the event.
func (e Event[T]) Name() string { return e.name }

// Emit sends the event.
func (e Event[T]) Emit(to Target, v T) error { return to.Emit(e.name, spread(v)...) }

// spread returns the arguments that a value stands for.
func spread(v any) []any {
	if _, none := v.(struct{}); none {
		return nil
	}
	return spreadArgs(v)
}

// Call is a typed event from the server to a client that answers it with an ack. It
// may be a package variable.
type Call[T, R any] struct{ name string }

// NewCall returns a call that carries a T and is answered with an R. Several arguments
// are [Args2] to [Args4], on either side.
func NewCall[T, R any](name string) Call[T, R] { return Call[T, R]{name: name} }

// Name returns the name of the event.
func (k Call[T, R]) Name() string { return k.name }

// Do sends the event to one client and awaits its ack until ctx ends, then failing with
// [ErrAckTimeout]. It fails with [ErrDisconnected] when the client leaves first, and
// with [ErrNotConnected] in OnConnect. A handler may await its own client's ack.
func (k Call[T, R]) Do(ctx context.Context, c *Client, v T) (R, error) {
	var r R
	answer, err := c.EmitAck(ctx, k.name, spread(v)...)
	if err != nil {
		return r, err
	}
	return r, answer.Decode(&r)
}

// DoAll sends the event to many clients and collects their acks until all have
// answered or ctx ends. In the latter case the answers so far are returned with
// [ErrAckTimeout].
func (k Call[T, R]) DoAll(ctx context.Context, to Broadcast, v T) ([]R, error) {
	answers, err := to.EmitAck(ctx, k.name, spread(v)...)
	all := make([]R, len(answers))
	for i, a := range answers {
		if derr := a.Decode(&all[i]); derr != nil {
			return nil, derr
		}
	}
	return all, err
}
