package gateway

import (
	"sync"

	"github.com/rookery-go/rookery/engine"
)

// A queue holds the events of a client that wait for their handlers. The client's lock
// guards it.
type queue struct {
	events    *[]queued // those no worker has taken yet; nil for none
	waiting   int       // those not begun, in events or taken by a worker
	bytes     int       // what they hold
	awaiting  int       // calls that wait for an ack of this client
	running   int       // events that run beside the queue: see Concurrent
	slots     map[*handlers]int
	free      *sync.Cond // signalled when a slot is free
	scheduled bool       // a worker has the client, or will have
	paused    bool       // the engine does not read from the client
}

// queued is an event and who handles it; nil for nobody.
type queued struct {
	packet   engine.Packet
	handlers *handlers
}

// eventOverhead is what a queued event costs besides its bytes.
const eventOverhead = 128

func (e *queued) size() int {
	n := eventOverhead + len(e.packet.Args.Raw)
	for _, a := range e.packet.Attachments {
		n += len(a)
	}
	return n
}

// hardLimit is how many times the bytes of its queue a client may go beyond, while
// reading goes on because an ack is awaited that may be behind its events.
const hardLimit = 16

// batches lends queues their memory, so that idle clients have none.
var batches = sync.Pool{New: func() any { b := make([]queued, 0, 16); return &b }}

// giveBatch takes memory back, unless a burst has made it large.
func giveBatch(events *[]queued) {
	if cap(*events) <= 64 {
		clear(*events)
		*events = (*events)[:0]
		batches.Put(events)
	}
}

// onPacket takes a packet from the engine.
func (c *Client) onPacket(p engine.Packet) {
	if p.Type == engine.Ack {
		c.onAck(p)
		return
	}
	s := c.ns.server
	h := c.ns.table.Load().handlers(p.Event)
	if h == nil && !p.HasID && c.taps.Load() == nil || s.draining.Load() {
		return
	}
	e := queued{p, h}
	c.mu.Lock()
	q := &c.queue
	if q.events == nil {
		q.events = batches.Get().(*[]queued)
	}
	*q.events = append(*q.events, e)
	q.waiting++
	q.bytes += e.size()
	c.flow()
	flooded := q.bytes > hardLimit*s.config.queueBytes
	idle := !q.scheduled
	q.scheduled = true
	c.mu.Unlock()
	if idle {
		s.pool.submit(c)
	}
	if flooded {
		s.config.logger.Warn("client closed: it sends events faster than they are handled, and an ack of it is awaited",
			"namespace", c.ns.name, "client", c.id)
		_ = c.conn.Close(true, engine.ForcedServerClose)
	}
}

// begin counts an event out of the queue when its handling begins.
func (c *Client) begin(e *queued) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue.waiting--
	c.queue.bytes -= e.size()
	c.flow()
}

// flow pauses and resumes reading from the client. The caller holds the lock.
func (c *Client) flow() {
	q, limits := &c.queue, &c.ns.server.config
	full := q.waiting > limits.queueEvents || q.bytes > limits.queueBytes
	low := q.waiting <= limits.queueEvents/2 && q.bytes <= limits.queueBytes/2
	switch {
	case !q.paused && full && q.awaiting == 0:
		q.paused = true
		c.conn.Pause()
	case q.paused && (low || q.awaiting > 0):
		q.paused = false
		c.conn.Resume()
	}
}

// take gives a worker all that waits. When there is nothing, the worker leaves the
// client, unless it has left and still is to be seen off: last is true then.
func (c *Client) take() (events *[]queued, last bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := &c.queue
	if q.events != nil {
		events, q.events = q.events, nil
		return events, false
	}
	if c.state == left && q.running == 0 {
		return nil, true // stays scheduled: there is no work after this
	}
	q.scheduled = false
	return nil, false
}

// work implements task: it connects the client if it is new, handles its events in
// order, and sees it off when it has left.
func (c *Client) work() {
	if !c.begun {
		c.begun = true
		c.connect()
	}
	for {
		events, last := c.take()
		if last {
			c.seeOff()
			return
		}
		if events == nil {
			return
		}
		for i := range *events {
			c.dispatch(&(*events)[i])
		}
		giveBatch(events)
		if c.ns.server.pool.backlogged() {
			c.ns.server.pool.submit(c) // others wait: take turns
			return
		}
	}
}

// dispatch handles an event here and now, or beside the queue if it may run so.
func (c *Client) dispatch(e *queued) {
	if e.handlers == nil || e.handlers.slots == 1 {
		c.begin(e)
		c.handle(e)
		return
	}
	c.acquire(e.handlers)
	c.begin(e)
	c.ns.server.pool.submit(&beside{c, *e})
}

// beside is an event that is handled beside its client's queue.
type beside struct {
	client *Client
	event  queued
}

func (b *beside) work() {
	b.client.handle(&b.event)
	b.client.release(b.event.handlers)
}

// acquire waits until another event of these handlers may run beside the queue.
func (c *Client) acquire(h *handlers) {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := &c.queue
	if q.slots == nil {
		q.slots = map[*handlers]int{}
		q.free = sync.NewCond(&c.mu)
	}
	for q.slots[h] == h.slots {
		q.free.Wait()
	}
	q.slots[h]++
	q.running++
}

// release is called when such an event is done.
func (c *Client) release(h *handlers) {
	c.mu.Lock()
	q := &c.queue
	if q.slots[h]--; q.slots[h] == 0 {
		delete(q.slots, h)
	}
	q.free.Signal()
	c.mu.Unlock()
	c.doneBeside()
}

// doneBeside is called when what ran beside the queue has ended. The last of it sees a
// client off that has left.
func (c *Client) doneBeside() {
	c.mu.Lock()
	q := &c.queue
	q.running--
	last := q.running == 0 && c.state == left && !q.scheduled
	if last {
		q.scheduled = true
	}
	c.mu.Unlock()
	if last {
		c.ns.server.pool.submit(c)
	}
}
