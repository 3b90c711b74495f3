//go:build soak

package soak

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rookery-go/rookery/engine"
	"github.com/rookery-go/rookery/gateway"
	"github.com/rookery-go/rookery/gatewaytest"
)

const (
	talkers  = 50              // sessions at a time
	rooms    = 5               // that they meet in
	messages = 20              // of each session
	warmUp   = 5 * time.Second // for pools and maps to grow to their size
	slack    = 16 << 20        // bytes that the heap may have grown by in the end
)

// said is a message, numbered by whoever says it.
type said struct {
	Room string `json:"room"`
	From string `json:"from"`
	Seq  int    `json:"seq"`
}

// chatter lets clients talk in rooms.
type chatter struct{}

func (chatter) Register(r *gateway.Router) {
	gateway.Handle(r, "join", func(_ context.Context, c *gateway.Client, room string) (string, error) {
		c.Join(room)
		return room, nil
	})
	gateway.Handle(r, "say", func(_ context.Context, c *gateway.Client, in said) (int, error) {
		return in.Seq, c.Namespace().To(in.Room).Emit("said", in)
	})
}

// TestSoakChatter has clients come, talk and go, over both transports and in every way
// of going, and asks for each ack, for the order of what each hears itself say, and in
// the end for all memory and goroutines back.
func TestSoakChatter(t *testing.T) {
	server := gateway.New(gateway.WithEngine(engine.New(engine.Options{})))
	ns := server.Mount("/soak", chatter{})
	listener := httptest.NewServer(server)
	defer listener.Close()

	talk(t, listener.URL, warmUp)
	before := settled(t, ns)
	sessions := talk(t, listener.URL, soakTime(t))
	after := settled(t, ns)
	t.Logf("%d sessions with %d messages each; goroutines %d, then %d; heap %d KiB, then %d KiB",
		sessions, messages, before.goroutines, after.goroutines, before.heap>>10, after.heap>>10)
	if after.goroutines > before.goroutines+talkers/5 {
		t.Errorf("%d goroutines before, %d after", before.goroutines, after.goroutines)
	}
	if after.heap > before.heap+slack {
		t.Errorf("%d bytes of heap before, %d after", before.heap, after.heap)
	}

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		t.Errorf("shutdown: %v", err)
	}
}

func soakTime(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("SOAKTIME")
	if text == "" {
		return 10 * time.Minute
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("SOAKTIME: %v", err)
	}
	return d
}

// talk has the talkers hold one session after the other, and counts them.
func talk(t *testing.T, address string, d time.Duration) int64 {
	t.Helper()
	var sessions atomic.Int64
	var wg sync.WaitGroup
	deadline := time.Now().Add(d)
	for range talkers {
		wg.Go(func() {
			for time.Now().Before(deadline) && !t.Failed() {
				hold(t, address)
				sessions.Add(1)
			}
		})
	}
	wg.Wait()
	return sessions.Load()
}

// hold is one session. It leaves in one of three ways.
func hold(t *testing.T, address string) {
	t.Helper()
	tb := &scope{TB: t}
	defer tb.end()
	transport := []string{engine.Polling, engine.WebSocket}[rand.IntN(2)]
	c := gatewaytest.Dial(tb, address+"/socket.io/", "/soak", gatewaytest.Transport(transport))
	room := fmt.Sprint("room ", rand.IntN(rooms))
	if got := string(c.Call("join", room).JSON()); got != `"`+room+`"` {
		tb.Fatalf("join answered %s", got)
	}
	for seq := range messages {
		if got := string(c.Call("say", said{room, c.ID(), seq}).JSON()); got != fmt.Sprint(seq) {
			tb.Fatalf("message %d was acked with %s", seq, got)
		}
	}
	for seq := 0; seq < messages; {
		var heard said
		if err := c.Expect("said").Decode(&heard); err != nil {
			tb.Fatal(err)
		}
		if heard.From != c.ID() {
			continue
		}
		if heard.Seq != seq || heard.Room != room {
			tb.Fatalf("heard %+v over %s, want message %d of %q", heard, transport, seq, room)
		}
		seq++
	}
	switch rand.IntN(3) {
	case 0:
		c.Disconnect()
	case 1:
		c.Drop()
	default: // the end of the scope sees to it
	}
}

// scope is a test whose cleanups run when it ends: those of the test itself would keep
// every client of the night.
type scope struct {
	testing.TB
	cleanups []func()
}

func (s *scope) Cleanup(f func()) { s.cleanups = append(s.cleanups, f) }

func (s *scope) end() {
	for _, f := range slices.Backward(s.cleanups) {
		f()
	}
}

// usage is what the process has in use.
type usage struct {
	goroutines int
	heap       uint64
}

// settled waits for the last clients to be gone, and returns what is in use then.
func settled(t *testing.T, ns *gateway.Namespace) usage {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); len(ns.Clients()) > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d clients are still there", len(ns.Clients()))
		}
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	time.Sleep(time.Second) // for what they leave behind to end as well
	runtime.GC()
	runtime.GC() // a pool's items go in the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return usage{runtime.NumGoroutine(), m.HeapAlloc}
}
