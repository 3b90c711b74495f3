package gateway

import (
	"context"
	"encoding/json"
	"sync/atomic"
)

// Kind says what a role is asked about.
type Kind uint8

// The kinds of execution.
const (
	// KindConnect: a client asks to join the namespace.
	KindConnect Kind = iota
	// KindEvent: a client sent an event.
	KindEvent
)

// String returns "connect" or "event".
func (k Kind) String() string {
	if k == KindConnect {
		return "connect"
	}
	return "event"
}

// Exec tells a role what it is dealing with. It belongs to one connect or one
// event on one route, must not be kept after that has ended, and is read by one
// goroutine at a time.
type Exec struct {
	client *Client
	route  *Route
	gw     *mounted
	kind   Kind
	event  string

	payload Payload
	ack     *ackOnce
}

// An ackOnce is the client's request for one ack, shared by all routes that handle
// the event: the first answer wins.
type ackOnce struct {
	id   uint64
	sent atomic.Bool
}

type execKey struct{}

// An execContext carries an Exec to whoever has the handler's context, at the cost
// of no allocation but the one both share.
type execContext struct {
	context.Context
	exec Exec
	ack  ackOnce // of the event, in that of its first handler
}

// Value implements [context.Context].
func (c *execContext) Value(key any) any {
	if key == (execKey{}) {
		return &c.exec
	}
	return c.Context.Value(key)
}

// ExecFrom returns the Exec that the context of a handler or role belongs to, or
// nil. It lets a handler see metadata or the raw payload.
func ExecFrom(ctx context.Context) *Exec {
	x, _ := ctx.Value(execKey{}).(*Exec)
	return x
}

// Kind says whether this is a connect or an event.
func (x *Exec) Kind() Kind { return x.kind }

// Client is who connects or sent the event.
func (x *Exec) Client() *Client { return x.client }

// Namespace is where it happens.
func (x *Exec) Namespace() *Namespace { return x.client.ns }

// Gateway is the value that was mounted. At connect it is nil for the guards of the
// server, which run once and not for each gateway.
func (x *Exec) Gateway() any {
	if x.gw == nil {
		return nil
	}
	return x.gw.gateway
}

// Route describes the handler; nil at connect.
func (x *Exec) Route() *Route { return x.route }

// Event is the name of the event; "" at connect.
func (x *Exec) Event() string { return x.event }

// Payload is what the client sent, as JSON: the argument, the array of them when
// there are several, or nil when there is none. At connect it is the auth object.
// Binary parts are placeholders. It must not be changed.
func (x *Exec) Payload() json.RawMessage {
	if x.kind == KindConnect {
		return x.client.Handshake().Auth
	}
	return x.payload.JSON()
}

// Attachments are the binary parts of the payload. They must not be changed.
func (x *Exec) Attachments() [][]byte { return x.payload.attachments }

// WantsAck tells whether the client awaits an answer that nobody has given yet.
func (x *Exec) WantsAck() bool { return Ack{x.client, x.ack}.Wanted() }

// Ack answers the client with these values, before or instead of the handler's own
// answer: only the first answer to an event is sent. It returns false when the client
// asked for none or has it already.
func (x *Exec) Ack(values ...any) (bool, error) { return Ack{x.client, x.ack}.Send(values...) }
