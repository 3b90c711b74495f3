package gatewaytest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/rookery-go/rookery/engine"
	"github.com/rookery-go/rookery/gateway"
)

// patience is how long a client waits for what a test expects, and brevity how long for
// what it does not.
const (
	patience = 5 * time.Second
	brevity  = 50 * time.Millisecond
)

// ConnectError is the refusal of a connection.
type ConnectError struct {
	Message string
	Data    json.RawMessage
}

// Error implements error.
func (e *ConnectError) Error() string { return e.Message }

// Option sets what a client brings along when it connects.
type Option struct {
	namespace string // for NewClient
	transport string // for Dial
	set       func(*engine.Handshake) error
}

// Namespace sets the namespace of a client made with [NewClient].
func Namespace(name string) Option { return Option{namespace: name} }

// Auth gives the client an auth payload; to be one on the wire it must be an object.
func Auth(v any) Option {
	return Option{set: func(h *engine.Handshake) (err error) {
		h.Auth, err = json.Marshal(v)
		return err
	}}
}

// Query gives the client's request a query parameter.
func Query(key, value string) Option {
	return Option{set: func(h *engine.Handshake) error {
		h.Query.Set(key, value)
		return nil
	}}
}

// Header gives the client's request a header.
func Header(key, value string) Option {
	return Option{set: func(h *engine.Handshake) error {
		h.Header.Set(key, value)
		return nil
	}}
}

// RemoteAddr sets the client's address.
func RemoteAddr(addr string) Option {
	return Option{set: func(h *engine.Handshake) error {
		h.RemoteAddr = addr
		return nil
	}}
}

// A link carries packets from a client to its server: in memory or over the network.
type link interface {
	send(engine.Packet) error
	// leave ends the connection as the client's disconnect does, drop as the loss of
	// its transport.
	leave()
	drop()
}

// Client is a client of a server under test. What it does not get in time fails the
// test. It is disconnected when the test ends. Methods are safe for concurrent use,
// under the rules of testing.TB.FailNow.
type Client struct {
	tb        testing.TB
	namespace string
	link      link

	mu      sync.Mutex
	changed sync.Cond
	sid     string
	refused error
	gone    engine.Reason
	events  []received
	acks    map[uint64]gateway.Payload
	asked   uint64
	answers map[string]func(gateway.Payload) []any
}

type received struct {
	event   string
	payload gateway.Payload
}

// Connect connects a client to a namespace and fails the test when it is refused.
func (e *Engine) Connect(tb testing.TB, namespace string, options ...Option) *Client {
	tb.Helper()
	c, err := e.TryConnect(tb, namespace, options...)
	if err != nil {
		tb.Fatalf("connect to %s: %v", namespace, err)
	}
	return c
}

// TryConnect connects a client to a namespace. A refusal is a [*ConnectError].
func (e *Engine) TryConnect(tb testing.TB, namespace string, options ...Option) (*Client, error) {
	tb.Helper()
	h := &engine.Handshake{
		Namespace:  namespace,
		Query:      url.Values{},
		Header:     http.Header{},
		URL:        "/socket.io/",
		Host:       "gatewaytest",
		RemoteAddr: "192.0.2.1:1234",
		Time:       time.Now(),
		Protocol:   4,
		Context:    context.Background(),
	}
	for _, o := range options {
		if o.set == nil {
			continue
		}
		if err := o.set(h); err != nil {
			return nil, fmt.Errorf("gatewaytest: option: %w", err)
		}
	}
	c := newClient(tb, namespace)
	conn, err := e.dial(h, c)
	if err != nil {
		return nil, err
	}
	return c, c.connect(conn)
}

func newClient(tb testing.TB, namespace string) *Client {
	c := &Client{tb: tb, namespace: namespace, acks: map[uint64]gateway.Payload{}, answers: map[string]func(gateway.Payload) []any{}}
	c.changed.L = &c.mu
	return c
}

// connect waits until the server has answered the CONNECT that went over l.
func (c *Client) connect(l link) error {
	c.link = l
	c.tb.Cleanup(l.drop)
	if !c.wait(patience, func() bool { return c.sid != "" || c.refused != nil || c.gone != "" }) {
		return fmt.Errorf("gatewaytest: the server has not answered CONNECT within %v", patience)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sid == "" && c.refused == nil {
		return fmt.Errorf("gatewaytest: disconnected before CONNECT was answered: %s", c.gone)
	}
	return c.refused
}

// wait waits until cond holds, which is called with the lock held.
func (c *Client) wait(d time.Duration, cond func() bool) bool {
	late := false
	timer := time.AfterFunc(d, func() { c.update(func() { late = true }) })
	defer timer.Stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for !cond() {
		if late {
			return false
		}
		c.changed.Wait()
	}
	return true
}

func (c *Client) update(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
	c.changed.Broadcast()
}

func (c *Client) onConnect(sid string) { c.update(func() { c.sid = sid }) }
func (c *Client) onRefused(err error)  { c.update(func() { c.refused = err }) }

// onDisconnect keeps the first reason: what follows is its consequence.
func (c *Client) onDisconnect(seen engine.Reason) {
	c.update(func() {
		if c.gone == "" {
			c.gone = seen
		}
	})
}

func (c *Client) onPacket(p engine.Packet) {
	c.update(func() {
		if p.Type == engine.Ack {
			c.acks[p.ID] = gateway.PayloadOf(p)
			return
		}
		if answer := c.answers[p.Event]; answer != nil && p.HasID {
			go c.reply(p, answer)
		}
		c.events = append(c.events, received{p.Event, gateway.PayloadOf(p)})
	})
}

func (c *Client) reply(p engine.Packet, answer func(gateway.Payload) []any) {
	payload, err := gateway.NewPayload(answer(gateway.PayloadOf(p))...)
	if err != nil {
		c.tb.Errorf("answer to %q: %v", p.Event, err)
		return
	}
	_ = c.link.send(engine.Packet{ // fails only if the client has left
		Type:        engine.Ack,
		Namespace:   p.Namespace,
		ID:          p.ID,
		HasID:       true,
		Args:        payload.Args(),
		Attachments: payload.Attachments(),
	})
}

// ID is the socket id.
func (c *Client) ID() string { return c.sid }

// Answer has the client answer the acks that the server asks for with this event. It
// must be called before the event comes.
func (c *Client) Answer(event string, answer func(gateway.Payload) []any) {
	c.update(func() { c.answers[event] = answer })
}

// Emit sends an event.
func (c *Client) Emit(event string, args ...any) {
	c.tb.Helper()
	c.emit(event, args, 0, false)
}

func (c *Client) emit(event string, args []any, id uint64, hasID bool) {
	c.tb.Helper()
	p, err := gateway.NewPayload(args...)
	if err == nil {
		err = c.link.send(engine.Packet{
			Type:        engine.Event,
			Namespace:   c.namespace,
			ID:          id,
			HasID:       hasID,
			Event:       event,
			Args:        p.Args(),
			Attachments: p.Attachments(),
		})
	}
	if err != nil {
		c.tb.Fatalf("emit %q: %v", event, err)
	}
}

// Call sends an event and returns the server's ack.
func (c *Client) Call(event string, args ...any) gateway.Payload {
	c.tb.Helper()
	p, ok := c.call(event, args, patience)
	if !ok {
		c.tb.Fatalf("event %q: no ack within %v", event, patience)
	}
	return p
}

// CallUnanswered sends an event that asks for an ack and fails the test if it gets one.
func (c *Client) CallUnanswered(event string, args ...any) {
	c.tb.Helper()
	if p, ok := c.call(event, args, brevity); ok {
		c.tb.Fatalf("event %q: unexpected ack %s", event, p.JSON())
	}
}

func (c *Client) call(event string, args []any, d time.Duration) (gateway.Payload, bool) {
	c.tb.Helper()
	var id uint64
	c.update(func() { id, c.asked = c.asked, c.asked+1 })
	c.emit(event, args, id, true)
	var p gateway.Payload
	ok := c.wait(d, func() bool {
		var have bool
		p, have = c.acks[id]
		return have
	})
	return p, ok
}

// Expect returns the oldest event of that name that has not been returned yet, and
// waits for it if need be.
func (c *Client) Expect(event string) gateway.Payload {
	c.tb.Helper()
	p, ok := c.next(event, patience)
	if !ok {
		c.tb.Fatalf("no event %q within %v; others: %v", event, patience, c.pending())
	}
	return p
}

// ExpectNone fails the test if an event of that name is there or comes soon.
func (c *Client) ExpectNone(event string) {
	c.tb.Helper()
	if p, ok := c.next(event, brevity); ok {
		c.tb.Fatalf("unexpected event %q: %s", event, p.JSON())
	}
}

// ExpectDisconnect returns the reason that the client sees when the server ends its
// connection.
func (c *Client) ExpectDisconnect() engine.Reason {
	c.tb.Helper()
	if !c.wait(patience, func() bool { return c.gone != "" }) {
		c.tb.Fatalf("still connected after %v", patience)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gone
}

func (c *Client) next(event string, d time.Duration) (gateway.Payload, bool) {
	var p gateway.Payload
	ok := c.wait(d, func() bool {
		for i, r := range c.events {
			if r.event == event {
				p = r.payload
				c.events = append(c.events[:i:i], c.events[i+1:]...)
				return true
			}
		}
		return false
	})
	return p, ok
}

func (c *Client) pending() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := make([]string, len(c.events))
	for i, r := range c.events {
		names[i] = r.event
	}
	return names
}

// Disconnect leaves the namespace, as the client's disconnect does.
func (c *Client) Disconnect() { c.link.leave() }

// Drop loses the transport.
func (c *Client) Drop() { c.link.drop() }
