// Package engine speaks Engine.IO 4 and Socket.IO 5 on the wire: HTTP
// long-polling, WebSocket, the upgrade from one to the other, heartbeats and
// packets. It turns bytes into packets and packets into bytes; it knows nothing
// of rooms, handlers, the meaning of ack ids, or of other nodes.
//
// The package holds the seam between the wire and the framework ([Engine],
// [Host], [Receiver], [Conn], [Packet], [Frame]) and Rookery's own
// implementation of it, made by [New]. The protocols are those of
// https://socket.io/docs/v4/engine-io-protocol/ and
// https://socket.io/docs/v4/socket-io-protocol/; where they leave room, the
// Node.js server of socket.io 4.8 is the reference.
package engine

import (
	"context"
	"encoding/json"
	"net/http"
)

// Engine accepts Socket.IO clients over HTTP and carries packets between them
// and its [Host]. All methods are safe for concurrent use.
type Engine interface {
	// ServeHTTP answers polling requests and WebSocket upgrades.
	http.Handler

	// Start gives the engine its host. It is called once, before the first
	// request is served.
	Start(Host) error

	// Encode prepares a packet for [Conn.SendFrame], so that one encoding
	// serves every receiver of a broadcast. The packet's bytes must not change
	// afterwards.
	Encode(Packet) (Frame, error)

	// Shutdown refuses new connections, closes the present ones with
	// [ServerShuttingDown] after flushing what is queued for them, and returns
	// once every [Receiver.OnClose] has returned. When ctx ends first, it cuts
	// what is left and returns ctx's error.
	Shutdown(ctx context.Context) error
}

// Host is the framework above an [Engine].
type Host interface {
	// OnConnect announces a client that asks to join a namespace. The host
	// answers it, at once or later, with [Conn.Accept] or [Conn.Refuse]; until
	// then no packet is delivered. The returned receiver must not be nil and
	// gets all that happens on the connection. OnConnect must not block.
	OnConnect(Conn) Receiver
}

// Receiver is the host's side of one [Conn]. An engine calls it for one
// connection in the order of the wire and never concurrently; the methods must
// not block.
type Receiver interface {
	// OnPacket delivers an Event or Ack packet. The receiver owns the packet and
	// its bytes: the engine neither reads nor writes them again.
	OnPacket(Packet)

	// OnClose is called exactly once, last, and also for a connection that was
	// never accepted. It follows every packet received before the close.
	OnClose(Reason)
}

// Conn is one client's connection to one namespace. Several of them may share a
// transport. All methods are safe for concurrent use, none blocks on the
// network, and calls after the close return [ErrClosed].
type Conn interface {
	// Handshake returns what the client brought along. It is never nil and must
	// not be changed.
	Handshake() *Handshake

	// Transport returns the name of the transport in use now: "polling" or
	// "websocket".
	Transport() string

	// Writable tells whether a packet sent now would go out without waiting
	// behind others; volatile packets are dropped where it is false.
	Writable() bool

	// Accept answers the client's CONNECT with its socket id and, where
	// connection state recovery is on, its private id (else ""). Whatever was
	// sent before goes out behind the answer, in order.
	Accept(sid, pid string) error

	// Refuse answers the CONNECT with a CONNECT_ERROR of that message and, where
	// data is not nil, that data. The connection is then closed for the host, the
	// transport stays open for other namespaces.
	Refuse(message string, data json.RawMessage) error

	// Send encodes and queues one packet for this client. The bytes of the packet
	// belong to the engine from then on.
	Send(Packet, SendOptions) error

	// SendFrame queues a frame made by the Encode of the same engine.
	SendFrame(Frame, SendOptions) error

	// Pause stops reading from the client's transport and Resume goes on. They
	// do not nest. A paused client fails no heartbeat; a few packets already read
	// may still be delivered.
	Pause()
	Resume()

	// Close ends the connection: the client gets a DISCONNECT packet behind all
	// that is queued and, if transport is true, the transport is closed after it,
	// with every other namespace on it. OnClose is called with why. It is no error
	// to close twice.
	Close(transport bool, why Reason) error
}

// Frame is a packet encoded once for any number of receivers. It is immutable to
// its users and safe for concurrent use. Frames of different engines do not mix.
type Frame interface {
	// Size is the length of the encoded packet in bytes, attachments included,
	// without the framing of any transport.
	Size() int
}

// SendOptions say how a packet travels. The zero value is a durable packet,
// compressed where the transport compresses.
type SendOptions struct {
	// Volatile packets are dropped rather than queued when the client cannot take
	// them now.
	Volatile bool
	// NoCompress leaves the packet out of permessage-deflate.
	NoCompress bool
}
