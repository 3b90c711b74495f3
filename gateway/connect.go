package gateway

import (
	"context"
	"errors"
	"time"

	"github.com/rookery-go/rookery/engine"
)

// connect lets the client in or turns it away. It is the client's first work.
func (c *Client) connect() {
	x, err := c.admit()
	if err != nil {
		c.turnAway(x, err)
		return
	}
	c.mu.Lock()
	if c.state == left {
		c.mu.Unlock()
		return
	}
	// Before Accept: the client's first event may be here before Accept returns.
	c.state = connected
	c.mu.Unlock()
	if err := c.conn.Accept(c.id, ""); err != nil && !errors.Is(err, engine.ErrClosed) {
		c.log(x, err)
	}
}

// admit asks the guards and calls the hooks. On error it returns who refused.
func (c *Client) admit() (*Exec, error) {
	server := c.connectContext(nil)
	if err := c.passMiddleware(server); err != nil {
		return &server.exec, err
	}
	if err := c.checkConnect(server, c.ns.server.config.scope.guards); err != nil {
		return &server.exec, err
	}
	gateways := c.ns.table.Load().gateways
	for _, gw := range gateways {
		e := c.connectContext(gw)
		if err := c.checkConnect(e, gw.scope.guards); err != nil {
			return &e.exec, err
		}
	}
	if !c.enter() {
		return &server.exec, nil
	}
	for _, gw := range gateways {
		if err := c.welcome(gw); err != nil {
			return &c.connectContext(gw).exec, err
		}
		c.welcomed = append(c.welcomed, gw)
	}
	return &server.exec, nil
}

func (c *Client) connectContext(gw *mounted) *execContext {
	return &execContext{Context: c.ctx, exec: Exec{client: c, gw: gw, kind: KindConnect}}
}

func (c *Client) checkConnect(e *execContext, guards []Guard) (err error) {
	if c.ns.server.config.exact {
		return nil // NestJS asks its guards for events only
	}
	defer recovered(&err)
	return check(e, &e.exec, guards)
}

// passMiddleware asks the middleware of the namespace.
func (c *Client) passMiddleware(e *execContext) (err error) {
	c.ns.mu.Lock()
	list := c.ns.middleware
	c.ns.mu.Unlock()
	defer recovered(&err)
	for _, m := range list {
		if err := m(e, c); err != nil {
			return err
		}
	}
	return nil
}

// enter makes the client known to its namespace. It is false if the client has left
// meanwhile.
func (c *Client) enter() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == left {
		return false
	}
	c.ns.adapter.Add(member{c})
	c.ns.mu.Lock()
	defer c.ns.mu.Unlock()
	c.ns.clients[c.id] = c
	return true
}

func (c *Client) welcome(gw *mounted) (err error) {
	hook, ok := gw.gateway.(ConnectHook)
	if !ok {
		return nil
	}
	defer recovered(&err)
	return hook.OnConnect(c.connectContext(gw), c)
}

// turnAway refuses the client with what the filters leave of an error.
func (c *Client) turnAway(x *Exec, err error) {
	if rest := c.filtered(x.client.ctx, x, err); rest != nil {
		err = rest
	}
	c.log(x, err)
	message, data := refusal(err)
	_ = c.conn.Refuse(message, data) // fails only if the client has left
}

// onClose is told by the engine that the connection has ended.
func (c *Client) onClose(why Reason) {
	rooms := c.ns.adapter.Rooms(c.id)
	c.mu.Lock()
	c.rooms, c.reason = rooms, why
	c.state = left
	acks := c.acks
	c.acks = nil
	c.leaveContext(why)
	for s := range c.streams {
		s.cancel()
	}
	idle := !c.queue.scheduled
	c.queue.scheduled = true
	c.mu.Unlock()

	c.ns.adapter.Remove(c.id)
	c.ns.mu.Lock()
	delete(c.ns.clients, c.id)
	c.ns.mu.Unlock()
	for _, a := range acks {
		if a.gone != nil {
			a.gone()
		}
	}
	if idle {
		c.ns.server.pool.submit(c)
	}
}

// leaveContext ends the client's context: at once when its transport is lost, and when
// it left in good order only after a grace, so that what it had asked for is done. The
// caller holds the lock.
func (c *Client) leaveContext(why Reason) {
	grace := c.ns.server.config.disconnectGrace
	switch why {
	case engine.ClientNamespaceDisconnect, engine.ServerNamespaceDisconnect, engine.ServerShuttingDown:
		c.late = c.ctx
		timer := time.AfterFunc(grace, c.cancel)
		c.end = func() {
			timer.Stop()
			c.cancel()
		}
	default:
		c.cancel()
		c.late, c.end = context.WithTimeout(clientContext{c.ns.server.ctx, c.Handshake().Context}, grace)
	}
}

// seeOff calls the hooks of a client that has left. It is the client's last work.
func (c *Client) seeOff() {
	defer c.end()
	ctx := clientContext{c.ns.server.ctx, c.Handshake().Context}
	for _, gw := range c.welcomed {
		if hook, ok := gw.gateway.(DisconnectingHook); ok {
			c.hook(gw, func() { hook.OnDisconnecting(ctx, c, c.reason) })
		}
	}
	for _, gw := range c.welcomed {
		if hook, ok := gw.gateway.(DisconnectHook); ok {
			c.hook(gw, func() { hook.OnDisconnect(ctx, c, c.reason) })
		}
	}
	if p := c.ns.pattern; p != nil {
		p.leave(c.ns)
	}
}

// hook calls a hook that has no error to return; a panic is logged.
func (c *Client) hook(gw *mounted, call func()) {
	var err error
	func() {
		defer recovered(&err)
		call()
	}()
	if err != nil {
		c.log(&c.connectContext(gw).exec, err)
	}
}
