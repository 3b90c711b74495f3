package gateway

import (
	"context"
	"errors"

	"github.com/rookery-go/rookery/engine"
)

// A pendingAck is what is to be done about an ack that a client owes. Neither func may
// block.
type pendingAck struct {
	reply func(Payload)
	gone  func() // the client has left; nil if nobody wants to know
}

// EmitAck sends the client an event and awaits its ack until ctx ends, then failing with
// [ErrAckTimeout]. It fails with [ErrDisconnected] when the client leaves first, and
// with [ErrNotConnected] in OnConnect. A handler may await its own client's ack.
func (c *Client) EmitAck(ctx context.Context, event string, args ...any) (Payload, error) {
	p, err := c.ns.eventPacket(event, args)
	if err != nil {
		return Payload{}, err
	}
	p.ID, p.HasID = c.ns.nextAckID(), true
	answer := make(chan Payload, 1)
	gone := make(chan struct{})
	if err := c.await(p.ID, pendingAck{
		reply: func(p Payload) { answer <- p },
		gone:  func() { close(gone) },
	}); err != nil {
		return Payload{}, err
	}
	defer c.settle(p.ID)
	if err := c.send(p, engine.SendOptions{}); err != nil {
		return Payload{}, err
	}
	select {
	case p := <-answer:
		return p, nil
	case <-gone:
		return Payload{}, ErrDisconnected
	case <-ctx.Done():
		if c.ctx.Err() != nil {
			return Payload{}, ErrDisconnected // it is why ctx ended
		}
		return Payload{}, ackTimeout(ctx)
	}
}

// ackTimeout is the error of awaiting acks until ctx ended.
func ackTimeout(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return ErrAckTimeout
	}
	return ctx.Err()
}

// await registers an ack that somebody waits for: from now on the client's events may
// have to be read past, for the ack may be behind them.
func (c *Client) await(id uint64, a pendingAck) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.state {
	case connecting:
		return ErrNotConnected
	case left:
		return ErrDisconnected
	}
	c.expectLocked(id, a)
	c.queue.awaiting++
	c.flow()
	return nil
}

func (c *Client) settle(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.acks, id)
	c.queue.awaiting--
	c.flow()
}

func (c *Client) expect(id uint64, a pendingAck) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != left {
		c.expectLocked(id, a)
	}
}

func (c *Client) expectLocked(id uint64, a pendingAck) {
	if c.acks == nil {
		c.acks = map[uint64]pendingAck{}
	}
	c.acks[id] = a
}

func (c *Client) forget(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.acks, id)
}

// onAck hands an ack to whoever waits for it. One that nobody waits for is late or made
// up; both are no error.
func (c *Client) onAck(p engine.Packet) {
	c.mu.Lock()
	a, ok := c.acks[p.ID]
	delete(c.acks, p.ID)
	c.mu.Unlock()
	if ok {
		a.reply(PayloadOf(p))
	}
}
