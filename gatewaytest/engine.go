// Package gatewaytest tests gateways as net/http/httptest tests handlers.
//
// An [Engine] takes the place of the network: clients made with [Engine.Connect] talk to
// a mounted server in memory, with the packets, queues and order of the real thing and
// without a port.
package gatewaytest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/rookery-go/rookery/engine"
)

// Engine is an engine.Engine whose clients live in the same process. Give it to the
// server under test with gateway.WithEngine.
type Engine struct {
	mu     sync.Mutex
	host   engine.Host
	conns  map[*conn]struct{}
	last   int
	closed bool
	ended  sync.WaitGroup // one for each connection whose OnClose has not returned
}

// NewEngine returns an engine without clients.
func NewEngine() *Engine { return &Engine{conns: map[*conn]struct{}{}} }

// ServeHTTP implements engine.Engine. There is no HTTP here, so it answers 501.
func (e *Engine) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, "gatewaytest: clients of this engine connect with Connect, not over HTTP", http.StatusNotImplemented)
}

// Start implements engine.Engine.
func (e *Engine) Start(h engine.Host) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.host != nil {
		return errors.New("gatewaytest: the engine has a server already; make one for each")
	}
	e.host = h
	return nil
}

// frame is a packet: nothing is encoded in memory.
type frame struct{ packet engine.Packet }

// Size implements engine.Frame.
func (f frame) Size() int {
	n := len(f.packet.Args.Raw)
	for _, a := range f.packet.Attachments {
		n += len(a)
	}
	return n
}

// Encode implements engine.Engine.
func (e *Engine) Encode(p engine.Packet) (engine.Frame, error) {
	if !json.Valid(append(append([]byte{'['}, p.Args.Raw...), ']')) {
		return nil, fmt.Errorf("gatewaytest: arguments of event %q are not JSON: %.80q", p.Event, p.Args.Raw)
	}
	return frame{p}, nil
}

// Shutdown implements engine.Engine.
func (e *Engine) Shutdown(ctx context.Context) error {
	e.mu.Lock()
	e.closed = true
	conns := make([]*conn, 0, len(e.conns))
	for c := range e.conns {
		conns = append(conns, c)
	}
	e.mu.Unlock()
	for _, c := range conns {
		c.end(engine.ServerShuttingDown, engine.TransportClose)
	}
	done := make(chan struct{})
	go func() {
		e.ended.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// dial makes a connection and announces it to the host.
func (e *Engine) dial(h *engine.Handshake, c *Client) (*conn, error) {
	e.mu.Lock()
	if e.host == nil || e.closed {
		e.mu.Unlock()
		return nil, errors.New("gatewaytest: the engine has no server, or it was shut down")
	}
	e.last++
	h.Session = "session-" + strconv.Itoa(e.last)
	host := e.host
	n := &conn{engine: e, handshake: h, client: c}
	n.changed.L = &n.mu
	e.conns[n] = struct{}{}
	e.ended.Add(1)
	e.mu.Unlock()
	n.receiver = host.OnConnect(n)
	go n.pump()
	return n, nil
}

// conn is one client's connection. Its pump, the one goroutine that calls the receiver,
// ends with OnClose.
type conn struct {
	engine    *Engine
	handshake *engine.Handshake
	receiver  engine.Receiver
	client    *Client

	mu       sync.Mutex
	changed  sync.Cond
	inbound  []engine.Packet
	held     []engine.Packet // sent before Accept
	accepted bool
	paused   bool
	closed   bool
	why      engine.Reason
}

func (c *conn) pump() {
	for {
		c.mu.Lock()
		for !c.closed && (c.paused || len(c.inbound) == 0) {
			c.changed.Wait()
		}
		if len(c.inbound) > 0 && (!c.paused || c.closed) {
			p := c.inbound[0]
			c.inbound = c.inbound[1:]
			c.mu.Unlock()
			c.receiver.OnPacket(p)
			continue
		}
		why := c.why
		c.mu.Unlock()
		c.engine.mu.Lock()
		delete(c.engine.conns, c)
		c.engine.mu.Unlock()
		c.receiver.OnClose(why)
		c.engine.ended.Done()
		return
	}
}

func (c *conn) leave() { c.end(engine.ClientNamespaceDisconnect, "io client disconnect") }
func (c *conn) drop()  { c.end(engine.TransportClose, engine.TransportClose) }

// send takes a packet from the client.
func (c *conn) send(p engine.Packet) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || !c.accepted {
		return engine.ErrClosed
	}
	c.inbound = append(c.inbound, p)
	c.changed.Broadcast()
	return nil
}

// end closes the connection: the server is told why, the client seen.
func (c *conn) end(why, seen engine.Reason) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed, c.why = true, why
	c.changed.Broadcast()
	c.client.onDisconnect(seen)
}

func (c *conn) Handshake() *engine.Handshake { return c.handshake }
func (c *conn) Transport() string            { return "memory" }
func (c *conn) Writable() bool               { return true }

func (c *conn) Accept(sid, _ string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return engine.ErrClosed
	}
	c.accepted = true
	c.client.onConnect(sid)
	for _, p := range c.held {
		c.client.onPacket(p)
	}
	c.held = nil
	return nil
}

func (c *conn) Refuse(message string, data json.RawMessage) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return engine.ErrClosed
	}
	c.closed, c.why = true, engine.ForcedClose
	c.changed.Broadcast()
	c.client.onRefused(&ConnectError{Message: message, Data: data})
	return nil
}

func (c *conn) Send(p engine.Packet, o engine.SendOptions) error {
	f, err := c.engine.Encode(p)
	if err != nil {
		return err
	}
	return c.SendFrame(f, o)
}

func (c *conn) SendFrame(f engine.Frame, _ engine.SendOptions) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch p := f.(frame).packet; {
	case c.closed:
		return engine.ErrClosed
	case !c.accepted:
		c.held = append(c.held, p)
	default:
		c.client.onPacket(p)
	}
	return nil
}

func (c *conn) Pause()  { c.setPaused(true) }
func (c *conn) Resume() { c.setPaused(false) }

func (c *conn) setPaused(paused bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paused = paused
	c.changed.Broadcast()
}

func (c *conn) Close(_ bool, why engine.Reason) error {
	c.end(why, "io server disconnect")
	return nil
}
