package engine

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Numbers flow both ways while the client goes over to WebSocket: none may be lost,
// doubled or out of order.
func TestUpgradeRace(t *testing.T) {
	const clients, numbers = 32, 200
	var mu sync.Mutex
	got := map[string]int{}
	host := newTestHost()
	host.receive = func(c Conn, p Packet) {
		mu.Lock()
		defer mu.Unlock()
		id := c.Handshake().Session
		if want := fmt.Sprint(got[id]); string(p.Args.Raw) != want {
			t.Errorf("received %s, want %s", p.Args.Raw, want)
		}
		got[id]++
	}
	host.connect = func(c Conn) {
		_ = c.Accept("s", "")
		go func() {
			for i := range numbers {
				_ = c.Send(event("n", fmt.Sprint(i)), SendOptions{})
				if i%10 == 0 {
					time.Sleep(time.Millisecond)
				}
			}
		}()
	}
	s := serve(t, Options{}, host)
	var all sync.WaitGroup
	for range clients {
		all.Go(func() { upgradingClient(t, s, numbers) })
	}
	all.Wait()
	mu.Lock()
	defer mu.Unlock()
	if len(got) != clients {
		t.Errorf("%d clients", len(got))
	}
	for id, n := range got {
		if n != numbers {
			t.Errorf("%s sent %d numbers", id, n)
		}
	}
}

// upgradingClient does as stock clients do: it polls, probes, lets its last poll and
// POST end, and goes over.
func upgradingClient(t *testing.T, s *testServer, numbers int) {
	query := s.pollSession(false)
	next := 0
	take := func(packet string) {
		if !strings.HasPrefix(packet, "42") {
			return
		}
		if want := fmt.Sprintf(`42["n",%d]`, next); packet != want {
			t.Errorf("got %s, want %s", packet, want)
		}
		next++
	}
	var polls sync.WaitGroup
	stop := make(chan struct{})
	polls.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			for packet := range strings.SplitSeq(s.do(http.MethodGet, query, "").body, "\x1e") {
				take(packet)
			}
		}
	})
	s.do(http.MethodPost, query, "40")
	sent := 0
	for ; sent < numbers/4; sent++ {
		s.do(http.MethodPost, query, fmt.Sprintf(`42["n",%d]`, sent))
	}
	c := s.dial(strings.Replace(query, "polling", "websocket", 1))
	c.send("2probe")
	for ; sent < numbers/2; sent++ {
		s.do(http.MethodPost, query, fmt.Sprintf(`42["n",%d]`, sent))
	}
	c.expect("3probe")
	close(stop)
	polls.Wait()
	c.send("5")
	for ; sent < numbers; sent++ {
		c.send(fmt.Sprintf(`42["n",%d]`, sent))
	}
	for next < numbers {
		_, b, err := c.read()
		if err != nil {
			t.Error(err)
			return
		}
		take(string(b))
	}
	c.send("41")
	c.write(maskedFrame(0x88, nil))
	c.expectClose()
}

// Clients that vanish at every stage leave nothing.
func TestAbruptDisconnects(t *testing.T) {
	const clients = 2000
	s := serve(t, Options{}, nil)
	var all sync.WaitGroup
	gate := make(chan struct{}, 32)
	for i := range clients {
		gate <- struct{}{}
		all.Go(func() {
			defer func() { <-gate }()
			c, err := s.tryDial("EIO=4&transport=websocket")
			if err != nil {
				t.Error(err)
				return
			}
			switch i % 4 {
			case 1:
				c.expect("0{…")
			case 2:
				c.send("40", `42["message"]`)
			case 3:
				c.expect("0{…")
				c.send("40", `42["message"]`)
				c.expect("40{…")
			}
			_ = c.conn.Close()
		})
	}
	all.Wait()
	eventually(t, "the end of all sessions", func() bool {
		st := s.Stats()
		return st.Sessions == 0 && st.Conns == 0
	})
}

// A client that does not read is closed; the others get all they are sent.
func TestSlowConsumer(t *testing.T) {
	const slow, frames = 20, 3000
	s := serve(t, Options{MaxQueuedBytes: 256 << 10}, nil)
	var conns []Conn
	for range slow {
		s.webSocketSession()
		conns = append(conns, s.host.conn(t))
	}
	fast := s.webSocketSession()
	fastConn := s.host.conn(t)
	received := make(chan int, 1)
	go func() {
		n := 0
		for ; n < frames; n++ {
			if _, b, err := fast.read(); err != nil || !strings.HasPrefix(string(b), fmt.Sprintf(`42["b",%d,`, n)) {
				t.Errorf("%d: %.20s %v", n, b, err)
				break
			}
		}
		received <- n
	}()
	filler := `"` + strings.Repeat("x", 4<<10) + `"`
	for i := range frames {
		f, err := s.Encode(event("b", fmt.Sprint(i), filler))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range conns {
			_ = c.SendFrame(f, SendOptions{}) // fails once the client is closed
		}
		if err := fastConn.SendFrame(f, SendOptions{}); err != nil {
			t.Fatal(err)
		}
		if q := s.Stats().QueuedBytes; q > (slow+1)*(256<<10+8<<10) {
			t.Fatalf("%d bytes queued", q)
		}
		// The reader under the race detector is a slow one, too.
		eventually(t, "the reader", func() bool { return fastQueued(fastConn) < 128<<10 })
	}
	if n := <-received; n != frames {
		t.Errorf("%d frames", n)
	}
	s.host.awaitClosed(t, SlowConsumer, slow)
	if n := s.Stats().Closed[SlowConsumer]; n != slow {
		t.Errorf("%d counted", n)
	}
}

func fastQueued(c Conn) int {
	s := c.(*conn).session
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queued
}

func TestSlowPollerIsClosed(t *testing.T) {
	s := serve(t, Options{MaxQueuedBytes: 1000}, nil)
	query := s.pollSession(true)
	c := s.host.conn(t)
	if c.Writable() {
		t.Error("writable without a poll")
	}
	_ = c.Send(event("volatile"), SendOptions{Volatile: true})
	for range 20 {
		_ = c.Send(event("durable"), SendOptions{})
	}
	s.host.awaitClosed(t, SlowConsumer, 1)
	if res := s.do(http.MethodGet, query, ""); res.status != 400 {
		t.Error(res)
	}
	if st := s.Stats(); st.VolatileDropped != 1 {
		t.Error(st)
	}
}

func TestVolatileReachesThePoll(t *testing.T) {
	s := serve(t, Options{}, nil)
	query := s.pollSession(true)
	answer := make(chan response, 1)
	go func() { answer <- s.do(http.MethodGet, query, "") }()
	s.awaitPoll(query)
	c := s.host.conn(t)
	if !c.Writable() {
		t.Error("not writable")
	}
	_ = c.Send(event("volatile"), SendOptions{Volatile: true})
	if res := <-answer; res.body != `42["volatile"]` {
		t.Error(res)
	}
}

func TestPause(t *testing.T) {
	received := make(chan string, 10)
	host := newTestHost()
	host.receive = func(c Conn, p Packet) {
		if p.Event == "pause" {
			c.Pause()
			c.Pause() // does not nest
		}
		received <- p.Event
	}
	s := serve(t, Options{PingInterval: 20 * time.Millisecond, PingTimeout: 40 * time.Millisecond}, host)
	c := s.webSocketSession()
	c.send(`42["pause"]`)
	if got := <-received; got != "pause" {
		t.Fatal(got)
	}
	c.send(`42["later"]`)
	time.Sleep(200 * time.Millisecond) // several heartbeats
	select {
	case got := <-received:
		t.Fatalf("%s was read", got)
	default:
	}
	host.conn(t).Resume()
	if got := <-received; got != "later" {
		t.Fatal(got)
	}
	c.expectClose() // now heartbeats count again
	host.awaitClosed(t, PingTimeout, 1)
}

func TestPerMessageDeflate(t *testing.T) {
	s := serve(t, Options{PerMessageDeflate: &Compression{}}, nil)
	c := s.dial("EIO=4&transport=websocket", "Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")
	c.expect("0{…")
	c.send("40")
	c.expect("40{…", `42["auth",{}]`)
	text := strings.Repeat("compress me ", 200)
	var z bytes.Buffer
	w, _ := flate.NewWriter(&z, flate.BestSpeed)
	_, _ = io.WriteString(w, `42["message","`+text+`"]`)
	_ = w.Flush()
	c.write(maskedFrame(0xC1, bytes.TrimSuffix(z.Bytes(), []byte("\x00\x00\xff\xff"))))
	op, b, err := c.read()
	if err != nil || op != 0xC1 {
		t.Fatalf("%x %v", op, err)
	}
	plain, _ := io.ReadAll(flate.NewReader(bytes.NewReader(append(b, "\x00\x00\xff\xff\x01\x00\x00\xff\xff"...))))
	if string(plain) != `42["message-back","`+text+`"]` {
		t.Errorf("%q", plain)
	}
	_ = s.host.conn(t).Send(event("plain", `"`+text+`"`), SendOptions{NoCompress: true})
	if op, _, err := c.read(); err != nil || op != 0x81 {
		t.Errorf("%x %v", op, err)
	}
	z.Reset()
	w.Reset(&z)
	_, _ = w.Write(make([]byte, 2_000_000)) // a bomb
	_ = w.Flush()
	c.write(maskedFrame(0xC1, bytes.TrimSuffix(z.Bytes(), []byte("\x00\x00\xff\xff"))))
	if code := c.expectClose(); code != 1009 {
		t.Error(code)
	}
}
