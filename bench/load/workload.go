package main

import (
	"fmt"
	"net/netip"
	"time"
)

// A workload is what the load does to a server. Each is a file of its own and stands
// in the list of all.
type workload struct {
	Name  string // as on the command line
	Title string // as in the table
	Unit  string // what Result.Figure counts
	run   func(*bench) (Result, error)
}

// all are the workloads, in the order of the table.
var all = []workload{
	ackRoundTrip(1),
	ackRoundTrip(16),
	pacedBroadcast,
	saturatingBroadcast,
	idleMemory,
}

// Result is what one run of a workload found.
type Result struct {
	// Figure is the main one, in the workload's unit: less is better.
	Figure float64
	// Operations is how many were done, and checked, in Wall.
	Operations int
	Wall       time.Duration
	// P50 and P99 are latencies; 0 where there are none.
	P50, P99 time.Duration
	// LoadBusy is the load's own CPU time in proportion to Wall: near 1 the load
	// itself is the bottleneck.
	LoadBusy float64
}

// A bench is one run of one workload on one server.
type bench struct {
	loop     *loop
	addr     netip.AddrPort
	server   process
	self     process
	duration time.Duration // of what is measured
	latency  latencies
}

// warmUp is how long a server is under load before it is measured: so that just-in-time
// compilers have compiled, stacks have grown, and heaps have their size.
func (b *bench) warmUp() time.Duration { return max(b.duration/2, 200*time.Millisecond) }

// measure warms the server up and then measures what an operation costs it. put puts it
// under load for a while and returns the number of operations; when it returns, all of
// them are done and checked.
func (b *bench) measure(put func(time.Duration) (int, error)) (Result, error) {
	if _, err := put(b.warmUp()); err != nil {
		return Result{}, fmt.Errorf("while warming up: %w", err)
	}
	b.latency = latencies{}
	began := b.loop.clock()
	server, err := b.server.cpu()
	if err != nil {
		return Result{}, err
	}
	self, err := b.self.cpu()
	if err != nil {
		return Result{}, err
	}
	n, err := put(b.duration)
	if err != nil {
		return Result{}, err
	}
	if n == 0 {
		return Result{}, fmt.Errorf("nothing was done in %v", b.duration)
	}
	serverAfter, err := b.server.cpu()
	if err != nil {
		return Result{}, err
	}
	selfAfter, err := b.self.cpu()
	if err != nil {
		return Result{}, err
	}
	wall := b.loop.clock() - began
	return Result{
		Figure:     float64((serverAfter - server).Nanoseconds()) / 1e3 / float64(n),
		Operations: n,
		Wall:       wall,
		P50:        b.latency.quantile(0.50),
		P99:        b.latency.quantile(0.99),
		LoadBusy:   float64(selfAfter-self) / float64(wall),
	}, nil
}
