package engine

import "errors"

// Reason says why a connection ended, in the words of the Node.js server.
type Reason string

// The reasons of socket.io 4.8, and [SlowConsumer], which is ours.
const (
	// TransportClose: the client's transport went away (tab closed, network lost).
	TransportClose Reason = "transport close"
	// TransportError: reading from or writing to the transport failed.
	TransportError Reason = "transport error"
	// PingTimeout: the client did not answer a heartbeat in time.
	PingTimeout Reason = "ping timeout"
	// ParseError: the client sent something that is no packet.
	ParseError Reason = "parse error"
	// ClientNamespaceDisconnect: the client called disconnect.
	ClientNamespaceDisconnect Reason = "client namespace disconnect"
	// ServerNamespaceDisconnect: the server disconnected the client.
	ServerNamespaceDisconnect Reason = "server namespace disconnect"
	// ServerShuttingDown: the server is stopping.
	ServerShuttingDown Reason = "server shutting down"
	// ForcedClose: the transport was closed by the server.
	ForcedClose Reason = "forced close"
	// ForcedServerClose: the server closed the transport of a client that broke
	// the protocol or never joined a namespace.
	ForcedServerClose Reason = "forced server close"
	// SlowConsumer: the client did not read, and what was queued for it passed the
	// limit.
	SlowConsumer Reason = "slow consumer"
)

// ErrClosed is returned by calls on a connection that has ended.
var ErrClosed = errors.New("engine: connection is closed")
