package gateway

import (
	"context"
	"slices"
)

// Use adds a middleware that is asked before a client joins the namespace, ahead of the
// guards and in the order added. An error refuses the client, as a guard's does. It is
// the io.use of Socket.IO; a [Guard] does the same and knows the gateway too. It holds for
// clients that connect from now on.
func (n *Namespace) Use(middleware func(ctx context.Context, c *Client) error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.middleware = append(slices.Clip(n.middleware), middleware)
}

// PacketMiddleware sees an event before its handlers. An error drops the event: it is
// logged, and the client is told nothing.
type PacketMiddleware func(event string, p Payload) error

// Use adds a middleware that is asked for every event of the client, in the order added.
// It is the socket.use of Socket.IO. It runs where the handlers run, one event at a time.
func (c *Client) Use(middleware PacketMiddleware) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.middleware = append(slices.Clip(c.middleware), middleware)
}

// passes asks the client's middleware about an event.
func (c *Client) passes(event string, p Payload) (err error) {
	c.mu.Lock()
	list := c.middleware
	c.mu.Unlock()
	if len(list) == 0 {
		return nil
	}
	defer recovered(&err)
	for _, m := range list {
		if err := m(event, p); err != nil {
			return err
		}
	}
	return nil
}
