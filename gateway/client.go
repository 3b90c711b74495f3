package gateway

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/rookery-go/rookery/adapter"
	"github.com/rookery-go/rookery/engine"
)

// Client is one client's connection to one namespace: the socket of Socket.IO. All
// methods are safe for concurrent use and, but for those that take a context, do not
// wait for the client. On a client that has left they fail with [ErrDisconnected] or
// have no effect.
type Client struct {
	id     string
	ns     *Namespace
	conn   engine.Conn
	ctx    context.Context // ends when the client has left
	cancel context.CancelFunc

	mu         sync.Mutex
	state      state
	reason     Reason   // why it left
	rooms      []string // those it was in when it left
	queue      queue
	acks       map[uint64]pendingAck
	values     map[any]any
	data       map[string]json.RawMessage
	taps       atomic.Pointer[taps]
	middleware []PacketMiddleware
	streams    map[*streaming]struct{} // under way

	// late is the context of events that were queued when the client left; end lets
	// go of it, and of the one before.
	late context.Context
	end  func()

	// Only the client's own work touches these: whether it has begun, and the gateways
	// whose OnConnect succeeded and which are due an OnDisconnect.
	begun    bool
	welcomed []*mounted
}

// state is how far a client has come. It only grows.
type state uint8

const (
	connecting state = iota
	connected
	left // the connection has ended; the client's work may go on
)

// newClient makes the client of a connection that asks to join ns.
func newClient(ns *Namespace, conn engine.Conn) *Client {
	c := &Client{id: socketID(conn.Handshake()), ns: ns, conn: conn}
	c.queue.scheduled = true // connecting is its first work
	c.ctx, c.cancel = context.WithCancel(clientContext{ns.server.ctx, conn.Handshake().Context})
	return c
}

// socketID makes the id that the client will know itself by. Clients of Engine.IO 3 do
// not learn it from the server but derive it from the session.
func socketID(h *engine.Handshake) string {
	if h.Protocol == 3 {
		if h.Namespace == "/" {
			return h.Session
		}
		return h.Namespace + "#" + h.Session
	}
	var b [15]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// A clientContext ends with the server and has, besides, the values that HTTP
// middleware gave the client's first request.
type clientContext struct {
	context.Context
	request context.Context
}

func (c clientContext) Value(key any) any {
	if v := c.Context.Value(key); v != nil || c.request == nil {
		return v
	}
	return c.request.Value(key)
}

// ID is the socket id, known to the client too. Every client is in the room of its id.
func (c *Client) ID() string { return c.id }

// Namespace is where the client is connected.
func (c *Client) Namespace() *Namespace { return c.ns }

// Param returns a parameter in the name of the namespace, where that was mounted with
// [Server.MountPattern]; else "".
func (c *Client) Param(name string) string { return c.ns.params[name] }

// Handshake is what the client brought along. It must not be changed.
func (c *Client) Handshake() *engine.Handshake { return c.conn.Handshake() }

// Transport is the transport in use now: "polling" or "websocket".
func (c *Client) Transport() string { return c.conn.Transport() }

// Context ends when the client has left. It carries the values of the context of the
// client's first HTTP request.
func (c *Client) Context() context.Context { return c.ctx }

// Connected tells whether the client's CONNECT has been answered and it has not left.
func (c *Client) Connected() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state == connected
}

// Join puts the client into rooms.
func (c *Client) Join(rooms ...string) { c.ns.adapter.Join(c.id, rooms...) }

// Leave takes the client out of rooms.
func (c *Client) Leave(rooms ...string) { c.ns.adapter.Leave(c.id, rooms...) }

// Rooms lists the rooms the client is in, its own id included; in OnDisconnecting and
// OnDisconnect those it was in.
func (c *Client) Rooms() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == left {
		return slices.Clone(c.rooms)
	}
	return c.ns.adapter.Rooms(c.id)
}

// To chooses the other clients that are in at least one of these rooms.
func (c *Client) To(rooms ...string) Broadcast { return c.Broadcast().To(rooms...) }

// In is another word for [Client.To].
func (c *Client) In(rooms ...string) Broadcast { return c.To(rooms...) }

// Except chooses the other clients that are in none of these rooms.
func (c *Client) Except(rooms ...string) Broadcast { return c.Broadcast().Except(rooms...) }

// Broadcast chooses every other client of the namespace.
func (c *Client) Broadcast() Broadcast { return c.ns.all().Except(c.id) }

// Disconnect ends the connection behind all that has been sent. The client sees "io
// server disconnect" and does not reconnect by itself. If transport is true the
// transport is closed too, with every other namespace on it.
func (c *Client) Disconnect(transport bool) {
	_ = c.conn.Close(transport, engine.ServerNamespaceDisconnect) // fails only if it has left
}

// Emit sends the client an event. It is queued when Emit returns; nobody can tell when
// or whether it arrives: see [Client.EmitAck] for that. []byte, anywhere in the
// arguments, becomes a binary attachment.
func (c *Client) Emit(event string, args ...any) error {
	return c.emit(engine.SendOptions{}, event, args)
}

// Volatile is the client as a target for packets that may be dropped if it cannot take
// them at once.
func (c *Client) Volatile() Target { return sending{c, engine.SendOptions{Volatile: true}} }

// Compress is the client as a target for packets that may or may not be compressed,
// where the transport compresses at all. They may by default.
func (c *Client) Compress(compress bool) Target {
	return sending{c, engine.SendOptions{NoCompress: !compress}}
}

// A sending is a client with options for what is sent.
type sending struct {
	client  *Client
	options engine.SendOptions
}

func (s sending) Emit(event string, args ...any) error { return s.client.emit(s.options, event, args) }

func (c *Client) emit(o engine.SendOptions, event string, args []any) error {
	p, err := c.ns.eventPacket(event, args)
	if err != nil {
		return err
	}
	return c.send(p, o)
}

func (c *Client) send(p engine.Packet, o engine.SendOptions) error {
	c.tapOutgoing(&p)
	return disconnected(c.conn.Send(p, o))
}

// disconnected translates the engine's word for a connection that has ended.
func disconnected(err error) error {
	if errors.Is(err, engine.ErrClosed) {
		return ErrDisconnected
	}
	if err != nil {
		return fmt.Errorf("gateway: send: %w", err)
	}
	return nil
}

func (c *Client) sendAck(id uint64, p Payload) error {
	return disconnected(c.conn.Send(engine.Packet{
		Type:        engine.Ack,
		Namespace:   c.ns.name,
		ID:          id,
		HasID:       true,
		Args:        p.args,
		Attachments: p.attachments,
	}, engine.SendOptions{}))
}

// member is the client as its engine and its adapter see it: what they alone call stays
// out of Client's methods.
type member struct{ *Client }

var (
	_ adapter.Socket  = member{}
	_ engine.Receiver = member{}
)

func (m member) OnPacket(p engine.Packet)  { m.onPacket(p) }
func (m member) OnClose(why engine.Reason) { m.onClose(why) }

func (m member) Deliver(p *engine.Packet, f engine.Frame, o engine.SendOptions) error {
	m.tapOutgoing(p)
	return m.conn.SendFrame(f, o)
}

func (m member) ExpectAck(id uint64, reply func(engine.Args, [][]byte)) {
	m.expect(id, pendingAck{reply: func(p Payload) { reply(p.args, p.attachments) }})
}

func (m member) ForgetAck(id uint64) { m.forget(id) }

func (m member) Data() json.RawMessage {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.data) == 0 {
		return nil
	}
	raw, err := marshal(m.data)
	if err != nil {
		return nil // its parts were encoded before they were stored
	}
	return raw
}

func (c *Client) value(key any) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.values[key]
}

func (c *Client) setValue(key, v any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.values == nil {
		c.values = map[any]any{}
	}
	c.values[key] = v
}

func (c *Client) deleteValue(key any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.values, key)
}

func (c *Client) dataField(field string) json.RawMessage {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.data[field]
}

func (c *Client) setData(field string, raw json.RawMessage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.data = maps.Clone(c.data)
	if c.data == nil {
		c.data = map[string]json.RawMessage{}
	}
	c.data[field] = raw
}
