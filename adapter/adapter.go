// Package adapter keeps the rooms of a namespace and fans packets out to them.
//
// An [Adapter] serves one namespace. [Memory] is the default and knows the
// sockets of this process alone; adapters that span a cluster embed it and tell
// the other nodes what it does. A [Factory] makes one per namespace and is what a
// server is configured with.
package adapter

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/rookery-go/rookery/engine"
)

// ErrDegraded accompanies an answer that covers only the nodes that could be
// asked, because the bus between them is down or some did not answer in time.
// What is returned with it is valid as far as it goes.
var ErrDegraded = errors.New("adapter: not every node answered")

// Factory makes the adapter of one namespace.
type Factory func(Host) (Adapter, error)

// Host is what an adapter needs of the namespace it serves. Its methods are safe
// for concurrent use and do not block.
type Host interface {
	// Name is the name of the namespace, with its leading slash.
	Name() string
	// Encode prepares a packet for its receivers.
	Encode(engine.Packet) (engine.Frame, error)
	// NextAckID returns an ack id that no other packet of the namespace has on
	// this node.
	NextAckID() uint64
	// OnServerSideEmit hands over an event that another node sent with
	// ServerSideEmit. A nil reply means that no answer is awaited.
	OnServerSideEmit(event string, args engine.Args, reply func(engine.Args))
}

// Socket is a client as an adapter sees it. Its methods are safe for concurrent
// use and do not block.
type Socket interface {
	// ID is the socket id. Every socket is in the room of that name.
	ID() string
	// Deliver queues a frame. The packet it was made from is for observers; it is
	// shared and must not be changed.
	Deliver(*engine.Packet, engine.Frame, engine.SendOptions) error
	// ExpectAck registers who gets the client's ack of that id; ForgetAck takes it
	// back.
	ExpectAck(id uint64, reply func(engine.Args, [][]byte))
	ForgetAck(id uint64)
	// Disconnect kicks the client out of the namespace and, if transport is true,
	// closes its transport.
	Disconnect(transport bool)
	// Handshake is what the client brought along.
	Handshake() *engine.Handshake
	// Data is the JSON object of values shared with the cluster; nil if there is
	// none.
	Data() json.RawMessage
}

// Target says which sockets of a namespace an operation is for, and how a packet
// travels to them. The zero value is every socket on every node.
type Target struct {
	// Rooms selects the sockets that are in at least one of them; none selects
	// all.
	Rooms []string
	// Except leaves out the sockets that are in one of these rooms.
	Except []string
	// Local keeps the operation on this node.
	Local bool
	// Send says how a packet travels.
	Send engine.SendOptions
}

// Acks collects the answers to a broadcast. The functions may be called from any
// goroutine, also concurrently, and must not block.
type Acks struct {
	// Expected is called at least once, with the number of further clients that
	// were asked; calls add up.
	Expected func(n int)
	// Reply is called for every answer.
	Reply func(engine.Args, [][]byte)
	// Complete is called once, when no further call of Expected will come.
	Complete func()
}

// SocketInfo describes a socket on any node.
type SocketInfo struct {
	ID        string
	Handshake *engine.Handshake
	Rooms     []string
	// Data is the JSON object of values shared with the cluster; nil if there is
	// none.
	Data json.RawMessage
}

// Adapter keeps the rooms of one namespace. All methods are safe for concurrent
// use. Methods without a context do not block.
type Adapter interface {
	// Add makes a socket known, in the room of its id. Remove makes it leave all
	// rooms and forgets it; whatever is done for an unknown id has no effect.
	Add(Socket)
	Remove(sid string)

	// Join and Leave put a socket of this node into rooms and take it out. Rooms
	// returns the rooms it is in, its own id included.
	Join(sid string, rooms ...string)
	Leave(sid string, rooms ...string)
	Rooms(sid string) []string

	// Broadcast sends a packet to all sockets of a target. It delivers to the
	// sockets of this node before it returns.
	Broadcast(engine.Packet, Target) error

	// BroadcastAck does the same and collects the acks of the receivers until ctx
	// ends. It sets the packet's ack id itself and returns without waiting.
	BroadcastAck(ctx context.Context, p engine.Packet, t Target, acks Acks) error

	// Sockets lists the sockets of a target.
	Sockets(context.Context, Target) ([]SocketInfo, error)

	// AllRooms lists the rooms that have at least one socket on some node.
	AllRooms(context.Context) ([]string, error)

	// JoinAll, LeaveAll and DisconnectAll apply to every socket of a target.
	JoinAll(t Target, rooms ...string) error
	LeaveAll(t Target, rooms ...string) error
	DisconnectAll(t Target, transport bool) error

	// ServerSideEmit sends an event to the other nodes; ServerSideEmitAck also
	// collects one answer of each until all have answered or ctx ends.
	ServerSideEmit(event string, args engine.Args) error
	ServerSideEmitAck(ctx context.Context, event string, args engine.Args) ([]engine.Args, error)

	// ServerCount is the number of nodes that serve the namespace, this one
	// included.
	ServerCount(context.Context) (int, error)

	// Close frees what the adapter holds. It does not disconnect the sockets.
	Close() error
}
