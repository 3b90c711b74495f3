package main

import (
	"fmt"
	"time"
)

const (
	idleConnections = 2000
	idleBursts      = 10 // acks of each connection before it falls silent
	idleSilence     = 3 * time.Second
)

// idleMemory is what a connection costs that has been busy and is so no more: the growth of
// the server's resident memory, through connections, a few acks on each, and silence.
var idleMemory = workload{
	Name:  "idle",
	Title: fmt.Sprintf("resident memory per idle connection, of %d", idleConnections),
	Unit:  "KiB",
	run: func(b *bench) (Result, error) {
		// The first clients make the server load what it needs for any.
		if _, err := b.loop.connect(10, b.addr); err != nil {
			return Result{}, err
		}
		before, err := b.server.resident()
		if err != nil {
			return Result{}, err
		}
		began := b.loop.clock()
		clients, err := b.loop.connect(idleConnections, b.addr)
		if err != nil {
			return Result{}, err
		}
		askers := make([]*asker, len(clients))
		for i, c := range clients {
			askers[i] = &asker{client: c, inFlight: 1, latency: &b.latency}
			c.receive = askers[i].receive
		}
		for range idleBursts {
			if _, err := askAll(b, askers, 0); err != nil {
				return Result{}, err
			}
		}
		if err := b.loop.during(idleSilence); err != nil {
			return Result{}, err
		}
		after, err := b.server.resident()
		if err != nil {
			return Result{}, err
		}
		return Result{
			Figure:     float64(after-before) / 1024 / idleConnections,
			Operations: idleConnections,
			Wall:       b.loop.clock() - began,
		}, nil
	},
}
