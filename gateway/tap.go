package gateway

import (
	"slices"

	"github.com/rookery-go/rookery/engine"
)

// A Tap sees events pass. It must not block and not change the payload.
type Tap func(event string, p Payload)

// taps are the taps of a client; most have none. A value once stored never changes.
type taps struct{ incoming, outgoing []*Tap }

// OnAny calls f for every event of the client, before its handlers and in the same
// order, also for events that have none. remove ends that.
func (c *Client) OnAny(f Tap) (remove func()) {
	return c.tap(f, func(t *taps) *[]*Tap { return &t.incoming })
}

// OnAnyOutgoing calls f for every event sent to the client, broadcasts included, on the
// goroutine that sends it. remove ends that.
func (c *Client) OnAnyOutgoing(f Tap) (remove func()) {
	return c.tap(f, func(t *taps) *[]*Tap { return &t.outgoing })
}

func (c *Client) tap(f Tap, list func(*taps) *[]*Tap) (remove func()) {
	change := func(how func(*[]*Tap)) {
		c.mu.Lock()
		defer c.mu.Unlock()
		var next taps
		if old := c.taps.Load(); old != nil {
			next = taps{slices.Clone(old.incoming), slices.Clone(old.outgoing)}
		}
		how(list(&next))
		c.taps.Store(&next)
	}
	change(func(l *[]*Tap) { *l = append(*l, &f) })
	return func() {
		change(func(l *[]*Tap) { *l = slices.DeleteFunc(*l, func(t *Tap) bool { return t == &f }) })
	}
}

func (c *Client) tapIncoming(p *engine.Packet) {
	if t := c.taps.Load(); t != nil {
		t.call(t.incoming, p)
	}
}

func (c *Client) tapOutgoing(p *engine.Packet) {
	if t := c.taps.Load(); t != nil {
		t.call(t.outgoing, p)
	}
}

func (*taps) call(list []*Tap, p *engine.Packet) {
	for _, t := range list {
		(*t)(p.Event, PayloadOf(*p))
	}
}
