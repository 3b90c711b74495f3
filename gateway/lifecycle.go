package gateway

import (
	"context"

	"github.com/rookery-go/rookery/engine"
)

// Reason says why a client left; its values are the constants of package engine.
type Reason = engine.Reason

// InitHook is implemented by gateways that want to know their namespace. AfterInit is
// called once, by [Server.Mount], before any client connects; its error is a start-up
// error.
type InitHook interface {
	AfterInit(ns *Namespace) error
}

// ConnectHook is implemented by gateways that have something to do, or to say, when a
// client connects. OnConnect runs after the guards, before the client's CONNECT is
// answered and so before its first event. An error refuses the client.
//
// What it emits to the client reaches it behind the answer. Acks cannot be awaited
// yet: see [ErrNotConnected].
type ConnectHook interface {
	OnConnect(ctx context.Context, c *Client) error
}

// DisconnectingHook is implemented by gateways that want to see a client's rooms when
// it leaves: in OnDisconnecting, [Client.Rooms] returns those it was in, although it
// has left them. It runs before OnDisconnect, under the same conditions.
type DisconnectingHook interface {
	OnDisconnecting(ctx context.Context, c *Client, why Reason)
}

// DisconnectHook is implemented by gateways that have something to do when a client
// has left. OnDisconnect runs exactly once for each client whose OnConnect succeeded
// (or that connected, where there is no such hook), after all its events, with a
// context that is alive.
type DisconnectHook interface {
	OnDisconnect(ctx context.Context, c *Client, why Reason)
}
