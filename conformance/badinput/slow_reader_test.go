package badinput

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rookery-go/rookery/engine"
)

// What is broadcast to the slow readers.
const (
	slowReaders = 1000 // of which a quarter polls
	fastReaders = 10
	// lag is how many messages the broadcast may be ahead of the fast readers, so
	// that they stay fast on a busy machine.
	lag = 16
	// messageSize makes a slow reader's queue overflow after some dozens of messages,
	// the kernel's buffers apart.
	messageSize = 64 << 10
	// memoryLimit is the bound on all that the process has from the system while
	// the slow readers are there.
	memoryLimit = 1200 << 20
)

// TestSlowReaders broadcasts to clients that have stopped reading, or polling. They are
// closed for it and counted, what waits for them stays bounded, and the others get
// everything, in order.
func TestSlowReaders(t *testing.T) {
	server := startRookery(t, "plain", onEngine)
	before := measure(t, map[string]string{"plain": server.addr}, []*rookery{server})

	s := newScript(server.addr)
	fast := make([]*socket, fastReaders)
	for i := range fast {
		fast[i] = s.connected()
	}
	slow := newScript(server.addr)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for i := range slowReaders / 20 {
				one := &script{addr: slow.addr, label: slow.label}
				if i%4 == 0 {
					one.joined()
				} else {
					_ = one.connected().conn.SetReadBuffer(4 << 10) // a hint
				}
				slow.mu.Lock()
				slow.ends = append(slow.ends, one.ends...)
				slow.notes = append(slow.notes, one.notes...)
				slow.mu.Unlock()
			}
		})
	}
	wg.Wait()
	if seen := slow.seen() + s.seen(); seen != "" {
		t.Fatalf("the clients did not all connect:\n%s", seen)
	}

	var received [fastReaders]atomic.Int64
	for i, ws := range fast {
		wg.Go(func() {
			for {
				_, payload, err := ws.frame()
				if err != nil || strings.HasPrefix(payload, `42["last"`) {
					return
				}
				if want := fmt.Sprintf(`42["news",%d,`, received[i].Load()); !strings.HasPrefix(payload, want) {
					t.Errorf("reader %d gets %.40q and should get %s", i, payload, want)
					return
				}
				received[i].Add(1)
			}
		})
	}
	behind := func() int64 {
		least := received[0].Load()
		for i := range received {
			least = min(least, received[i].Load())
		}
		return least
	}

	var peak uint64
	var sent int64
	filler := append(append([]byte{'"'}, bytes.Repeat([]byte{'x'}, messageSize)...), '"')
	start := time.Now()
	for server.engine.Stats().Closed[engine.SlowConsumer] < slowReaders {
		if time.Since(start) > time.Minute {
			t.Errorf("after %d messages %d of %d slow readers are closed", sent, server.engine.Stats().Closed[engine.SlowConsumer], slowReaders)
			break
		}
		server.broadcast(t, "news", fmt.Appendf(nil, "%d,%s", sent, filler), 2)
		sent++
		until(t, "the fast readers to keep up", func() bool { return behind() >= sent-lag })
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.Sys-m.HeapReleased)
	}
	server.broadcast(t, "last", nil, 0)
	wg.Wait()
	for i := range received {
		if got := received[i].Load(); got != sent {
			t.Errorf("reader %d got %d of %d messages", i, got, sent)
		}
	}
	if peak > memoryLimit {
		t.Errorf("the process had %d MiB", peak>>20)
	}
	for _, why := range server.closedBecause(slow.label) {
		if why != string(engine.SlowConsumer) {
			t.Errorf("a slow reader was closed with reason %q", why)
		}
	}
	if n := len(server.closedBecause(slow.label)); n != slowReaders {
		t.Errorf("the application was told of %d closes", n)
	}
	if n := len(server.closedBecause(s.label)); n != 0 {
		t.Errorf("%d fast readers were closed", n)
	}
	t.Logf("%d messages of %d KiB in %v, at most %d MiB", sent, messageSize>>10, time.Since(start).Round(time.Millisecond), peak>>20)

	slow.end()
	s.end()
	before.mustReturn(t, []*rookery{server})
	if queued := server.engine.Stats().QueuedBytes; queued != 0 {
		t.Errorf("%d bytes are still queued for nobody", queued)
	}
}

// broadcast sends an event to everybody, encoded once.
func (r *rookery) broadcast(t *testing.T, event string, args []byte, n int) {
	t.Helper()
	frame, err := r.engine.Encode(engine.Packet{Type: engine.Event, Namespace: "/", Event: event, Args: engine.Args{Raw: args, N: n}})
	if err != nil {
		t.Fatal(err)
	}
	r.clients.Range(func(c, _ any) bool {
		_ = c.(*client).conn.SendFrame(frame, engine.SendOptions{}) // it may be gone
		return true
	})
}
