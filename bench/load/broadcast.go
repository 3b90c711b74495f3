package main

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
)

const (
	receivers = 1000 // in the room
	perSecond = 50   // broadcasts, where they are paced
	ahead     = 64   // broadcasts under way, where they are not
)

// pacedBroadcast is a busy room: each broadcast goes to everybody in it, a while after the one
// before.
var pacedBroadcast = workload{
	Name:  "broadcast",
	Title: fmt.Sprintf("room broadcast, %d/s to %d receivers, per delivery", perSecond, receivers),
	Unit:  "µs CPU",
	run: func(b *bench) (Result, error) {
		r, err := newRoom(b)
		if err != nil {
			return Result{}, err
		}
		return b.measure(func(d time.Duration) (int, error) { return r.paced(b, d) })
	},
}

// saturatingBroadcast is a room that the server cannot serve fast enough: broadcasts are always
// under way.
var saturatingBroadcast = workload{
	Name:  "broadcast-saturating",
	Title: fmt.Sprintf("room broadcast, saturating, %d receivers, per delivery", receivers),
	Unit:  "µs CPU",
	run: func(b *bench) (Result, error) {
		r, err := newRoom(b)
		if err != nil {
			return Result{}, err
		}
		return b.measure(func(d time.Duration) (int, error) { return r.saturate(b, d) })
	},
}

// A room is a set of clients that receive the same broadcasts, and one outside that
// asks the server for them.
type room struct {
	loop      *loop
	control   *client
	receivers []*receiver
	latency   *latencies

	broadcasts []broadcast
	delivered  int
	done       int // broadcasts that everybody has got

	scratch, frames []byte
}

// A broadcast is what everybody in a room has to get.
type broadcast struct {
	packet  []byte
	sent    time.Duration
	missing int
}

func newRoom(b *bench) (*room, error) {
	clients, err := b.loop.connect(receivers+1, b.addr)
	if err != nil {
		return nil, err
	}
	return b.room(clients[0], clients[1:])
}

// room lets clients join a room.
func (b *bench) room(control *client, clients []*client) (*room, error) {
	if err := b.loop.request(clients, "join", `{"room":"bench"}`, `{"room":"bench"}`); err != nil {
		return nil, err
	}
	r := &room{loop: b.loop, control: control, latency: &b.latency}
	for _, c := range clients {
		member := &receiver{room: r}
		r.receivers = append(r.receivers, member)
		c.receive = member.receive
	}
	return r, nil
}

// publish asks the server for n broadcasts, in one write.
func (r *room) publish(n int) error {
	const text = `,"text":"The quick brown fox jumps over the lazy dog."}]`
	now := r.loop.clock()
	r.frames = r.frames[:0]
	for range n {
		seq := int64(len(r.broadcasts))
		p := r.scratch[:0]
		p = append(p, `42["publish",{"room":"bench","seq":`...)
		p = strconv.AppendInt(p, seq, 10)
		p = append(p, text...)
		r.scratch = p
		r.frames = appendFrame(r.frames, opText, p)
		due := append(strconv.AppendInt([]byte(`2["news",{"seq":`), seq, 10), text...)
		r.broadcasts = append(r.broadcasts, broadcast{due, now, len(r.receivers)})
	}
	return r.control.socket.send(r.frames)
}

// paced publishes at a fixed rate, and returns the number of deliveries.
func (r *room) paced(b *bench, d time.Duration) (int, error) {
	before := r.delivered
	const interval = time.Second / perSecond
	due := b.loop.clock()
	for end := due + d; due < end; due += interval {
		if err := b.loop.during(due - b.loop.now); err != nil {
			return 0, err
		}
		if err := r.publish(1); err != nil {
			return 0, err
		}
	}
	err := r.drain()
	return r.delivered - before, err
}

// saturate keeps broadcasts under way, and returns the number of deliveries.
func (r *room) saturate(b *bench, d time.Duration) (int, error) {
	before := r.delivered
	for end := b.loop.clock() + d; b.loop.clock() < end; {
		if err := r.publish(ahead - len(r.broadcasts) + r.done); err != nil {
			return 0, err
		}
		if err := r.await(len(r.broadcasts) - ahead/2); err != nil {
			return 0, err
		}
	}
	err := r.drain()
	return r.delivered - before, err
}

// drain waits until everybody has got everything.
func (r *room) drain() error { return r.await(len(r.broadcasts)) }

// await waits until everybody has got the first n broadcasts.
func (r *room) await(n int) error {
	return r.loop.wait(func() bool {
		for r.done < n && r.broadcasts[r.done].missing == 0 {
			r.broadcasts[r.done].packet = nil // nobody shall get it any more
			r.done++
		}
		return r.done >= n
	}, func() string {
		missing := 0
		for _, b := range r.broadcasts[r.done:n] {
			missing += b.missing
		}
		return fmt.Sprintf("%d deliveries are missing, from broadcast %d on", missing, r.done)
	})
}

// A receiver is a client in a room.
type receiver struct {
	room *room
	next int // the broadcast that is due
}

// receive checks that a packet is the broadcast that is due.
func (c *receiver) receive(packet []byte) error {
	r := c.room
	if c.next == len(r.broadcasts) || !bytes.Equal(packet, r.broadcasts[c.next].packet) {
		return c.complain(packet)
	}
	b := &r.broadcasts[c.next]
	b.missing--
	c.next++
	r.delivered++
	r.latency.add(r.loop.now - b.sent)
	return nil
}

// complain says what is wrong with a packet.
func (c *receiver) complain(packet []byte) error {
	var seq int
	if _, err := fmt.Sscanf(string(packet), `2["news",{"seq":%d,`, &seq); err != nil {
		return fmt.Errorf("unexpected packet %.100q in a room", packet)
	}
	switch {
	case seq >= len(c.room.broadcasts):
		return fmt.Errorf("broadcast %d came, which nobody asked for", seq)
	case seq < c.next:
		return fmt.Errorf("broadcast %d came twice or late: %d is due", seq, c.next)
	case seq > c.next:
		return fmt.Errorf("broadcast %d came where %d was due, which is lost or late", seq, c.next)
	}
	return fmt.Errorf("broadcast %d is %q instead of %q", seq, packet, c.room.broadcasts[seq].packet)
}
