package main

import (
	"bytes"
	"fmt"
	"math/bits"
	"strconv"
	"time"
)

// ackConnections is how many clients ask at the same time.
const ackConnections = 100

// ackRoundTrip is an event with an ack: each client sends so many at once and, when
// all of them are answered, the next as many. The bursts are of one size for every
// server, so that none is favoured for answering late.
func ackRoundTrip(inFlight int) workload {
	return workload{
		Name:  fmt.Sprintf("ack-%d", inFlight),
		Title: fmt.Sprintf("ack round trip, %d connections, %d in flight", ackConnections, inFlight),
		Unit:  "µs CPU",
		run: func(b *bench) (Result, error) {
			clients, err := b.loop.connect(ackConnections, b.addr)
			if err != nil {
				return Result{}, err
			}
			askers := make([]*asker, len(clients))
			for i, c := range clients {
				askers[i] = &asker{client: c, inFlight: inFlight, latency: &b.latency}
				c.receive = askers[i].receive
			}
			return b.measure(func(d time.Duration) (int, error) { return askAll(b, askers, d) })
		},
	}
}

// askAll lets all ask for that long and returns the number of answers.
func askAll(b *bench, askers []*asker, d time.Duration) (int, error) {
	before := 0
	for _, a := range askers {
		before += a.answered
		a.asking = true
		if err := a.ask(); err != nil {
			return 0, err
		}
	}
	if err := b.loop.during(d); err != nil {
		return 0, err
	}
	for _, a := range askers {
		a.asking = false
	}
	missing := func() (n int) {
		for _, a := range askers {
			n += a.missing()
		}
		return n
	}
	err := b.loop.wait(func() bool { return missing() == 0 }, func() string {
		return fmt.Sprintf("%d acks have not come", missing())
	})
	after := 0
	for _, a := range askers {
		after += a.answered
	}
	return after - before, err
}

// An asker is a client that asks and checks the answers.
type asker struct {
	client   *client
	inFlight int // at most 64
	latency  *latencies

	asking   bool
	first    uint64 // the ack id of the first question of the burst
	open     uint64 // bit i: ack first+i has not come
	sent     time.Duration
	answered int

	scratch, frames []byte
}

func (a *asker) missing() int { return bits.OnesCount64(a.open) }

// seq is what the question of an ack id carries and the answer has to repeat: unlike
// for any other question of any client.
func (a *asker) seq(id uint64) uint64 { return uint64(a.client.number+1)*1e10 + id }

// ask sends a burst of questions, in one write.
func (a *asker) ask() error {
	a.frames = a.frames[:0]
	for i := range uint64(a.inFlight) {
		id := a.first + i
		p := a.scratch[:0]
		p = append(p, "42"...)
		p = strconv.AppendUint(p, id, 10)
		p = append(p, `["message",{"seq":`...)
		p = strconv.AppendUint(p, a.seq(id), 10)
		p = append(p, `,"roomId":"general","text":"The quick brown fox jumps over the lazy dog."}]`...)
		a.scratch = p
		a.frames = appendFrame(a.frames, opText, p)
	}
	a.open = 1<<a.inFlight - 1
	a.sent = a.client.socket.loop.clock()
	return a.client.socket.send(a.frames)
}

// receive checks an answer.
func (a *asker) receive(packet []byte) error {
	id, err := ackID(packet)
	if err != nil {
		return err
	}
	i := id - a.first
	switch {
	case id < a.first || i < uint64(a.inFlight) && a.open&(1<<i) == 0:
		return fmt.Errorf("ack %d came twice", id)
	case i >= uint64(a.inFlight):
		return fmt.Errorf("ack %d came, which nobody asked for", id)
	}
	p := a.scratch[:0]
	p = append(p, '3')
	p = strconv.AppendUint(p, id, 10)
	p = append(p, `[{"seq":`...)
	p = strconv.AppendUint(p, a.seq(id), 10)
	p = append(p, `,"success":true}]`...)
	a.scratch = p
	if !bytes.Equal(packet, p) {
		return fmt.Errorf("the answer is %q instead of %q", packet, p)
	}
	a.open &^= 1 << i
	a.answered++
	a.latency.add(a.client.socket.loop.now - a.sent)
	if a.open != 0 {
		return nil
	}
	a.first += uint64(a.inFlight)
	if !a.asking {
		return nil
	}
	return a.ask()
}

// ackID returns the id of an ACK packet.
func ackID(packet []byte) (uint64, error) {
	end := bytes.IndexByte(packet, '[')
	if end < 2 || packet[0] != '3' {
		return 0, fmt.Errorf("unexpected packet %.100q where an ack was due", packet)
	}
	id, err := strconv.ParseUint(string(packet[1:end]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("packet %.100q: the ack id is no number", packet)
	}
	return id, nil
}
