package gateway

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/rookery-go/rookery/adapter"
	"github.com/rookery-go/rookery/engine"
)

// Broadcast is a choice of clients of a namespace, on every node, and how packets go
// to them. It is a value: each method returns a new one and leaves the old as it was.
// It is safe for concurrent use.
type Broadcast struct {
	ns     *Namespace
	target adapter.Target
}

// To narrows the choice to clients that are in at least one of these rooms, or of those
// named before. A client's id is a room of its own.
func (b Broadcast) To(rooms ...string) Broadcast {
	b.target.Rooms = append(slices.Clip(b.target.Rooms), rooms...)
	return b
}

// In is another word for [Broadcast.To].
func (b Broadcast) In(rooms ...string) Broadcast { return b.To(rooms...) }

// Except leaves out clients that are in any of these rooms.
func (b Broadcast) Except(rooms ...string) Broadcast {
	b.target.Except = append(slices.Clip(b.target.Except), rooms...)
	return b
}

// Local keeps to the clients of this node.
func (b Broadcast) Local() Broadcast {
	b.target.Local = true
	return b
}

// Volatile lets packets be dropped for clients that cannot take them at once.
func (b Broadcast) Volatile() Broadcast {
	b.target.Send.Volatile = true
	return b
}

// Compress says whether packets may be compressed, where the transport compresses at
// all. They may by default.
func (b Broadcast) Compress(compress bool) Broadcast {
	b.target.Send.NoCompress = !compress
	return b
}

// Emit sends an event to the chosen clients. Those of this node have it queued when it
// returns. []byte, anywhere in the arguments, becomes a binary attachment.
func (b Broadcast) Emit(event string, args ...any) error {
	p, err := b.ns.eventPacket(event, args)
	if err != nil {
		return err
	}
	return b.ns.adapter.Broadcast(p, b.target)
}

// EmitAck sends an event to the chosen clients and collects their acks until all have
// answered or ctx ends. In the latter case the answers so far are returned with
// [ErrAckTimeout]. Clients that leave meanwhile are waited for until ctx ends, as they
// are in Socket.IO, so give ctx a deadline.
func (b Broadcast) EmitAck(ctx context.Context, event string, args ...any) ([]Payload, error) {
	p, err := b.ns.eventPacket(event, args)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		mu       sync.Mutex
		answers  []Payload
		expected int
		complete bool
		done     = make(chan struct{})
		finish   = sync.OnceFunc(func() { close(done) })
	)
	check := func() {
		if complete && len(answers) >= expected {
			finish()
		}
	}
	err = b.ns.adapter.BroadcastAck(ctx, p, b.target, adapter.Acks{
		Expected: func(n int) {
			mu.Lock()
			defer mu.Unlock()
			expected += n
			check()
		},
		Reply: func(args engine.Args, attachments [][]byte) {
			mu.Lock()
			defer mu.Unlock()
			answers = append(answers, Payload{args, attachments})
			check()
		},
		Complete: func() {
			mu.Lock()
			defer mu.Unlock()
			complete = true
			check()
		},
	})
	if err != nil {
		return nil, err
	}
	select {
	case <-done:
	case <-ctx.Done():
		err = ackTimeout(ctx)
	}
	mu.Lock()
	defer mu.Unlock()
	return slices.Clone(answers), err
}

// RemoteSocket is a client on any node.
type RemoteSocket struct {
	adapter.SocketInfo
	ns *Namespace
}

// Emit sends the client an event.
func (s RemoteSocket) Emit(event string, args ...any) error { return s.only().Emit(event, args...) }

// Join puts the client into rooms.
func (s RemoteSocket) Join(rooms ...string) error { return s.only().SocketsJoin(rooms...) }

// Leave takes the client out of rooms.
func (s RemoteSocket) Leave(rooms ...string) error { return s.only().SocketsLeave(rooms...) }

// Disconnect kicks the client out of the namespace and, if transport is true, closes
// its transport.
func (s RemoteSocket) Disconnect(transport bool) error { return s.only().DisconnectSockets(transport) }

func (s RemoteSocket) only() Broadcast { return s.ns.To(s.ID) }

// FetchSockets lists the chosen clients. With an adapter that spans nodes it asks them
// all, until ctx ends; the answer is then partial and comes with adapter.ErrDegraded.
func (b Broadcast) FetchSockets(ctx context.Context) ([]RemoteSocket, error) {
	infos, err := b.ns.adapter.Sockets(ctx, b.target)
	sockets := make([]RemoteSocket, len(infos))
	for i, info := range infos {
		sockets[i] = RemoteSocket{SocketInfo: info, ns: b.ns}
	}
	return sockets, err
}

// SocketsJoin puts the chosen clients into rooms.
func (b Broadcast) SocketsJoin(rooms ...string) error {
	return b.ns.adapter.JoinAll(b.target, rooms...)
}

// SocketsLeave takes the chosen clients out of rooms.
func (b Broadcast) SocketsLeave(rooms ...string) error {
	return b.ns.adapter.LeaveAll(b.target, rooms...)
}

// DisconnectSockets kicks the chosen clients out of the namespace and, if transport is
// true, closes their transports.
func (b Broadcast) DisconnectSockets(transport bool) error {
	return b.ns.adapter.DisconnectAll(b.target, transport)
}

// eventPacket encodes an event.
func (n *Namespace) eventPacket(event string, args []any) (engine.Packet, error) {
	if slices.Contains(reserved, event) {
		return engine.Packet{}, fmt.Errorf("gateway: event %q is reserved by Socket.IO; use another name", event)
	}
	p, err := NewPayload(args...)
	if err != nil {
		return engine.Packet{}, fmt.Errorf("event %q: %w", event, err)
	}
	return engine.Packet{
		Type:        engine.Event,
		Namespace:   n.name,
		Event:       event,
		Args:        p.args,
		Attachments: p.attachments,
	}, nil
}
