package engine

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// patience bounds every wait of a test for what must happen.
const patience = 10 * time.Second

// testHost accepts "/" and "/custom", says "auth" as the protocol's own test suites
// want it, echoes events as "<name>-back" and acks with the arguments.
type testHost struct {
	receive func(c Conn, p Packet) // instead of the echo
	connect func(c Conn)           // instead of accepting
	mu      sync.Mutex
	closed  map[Reason]int
	opened  int
	last    Conn
	changed chan struct{}
}

type testReceiver struct {
	host *testHost
	conn Conn
	once sync.Once
}

func newTestHost() *testHost {
	return &testHost{closed: map[Reason]int{}, changed: make(chan struct{}, 1)}
}

func (h *testHost) OnConnect(c Conn) Receiver {
	h.mu.Lock()
	h.opened++
	h.last = c
	h.mu.Unlock()
	r := &testReceiver{host: h, conn: c}
	switch name := c.Handshake().Namespace; {
	case h.connect != nil:
		h.connect(c)
	case name != "/" && name != "/custom":
		_ = c.Refuse("Invalid namespace", nil)
	default:
		auth := c.Handshake().Auth
		if auth == nil {
			auth = json.RawMessage("{}")
		}
		_ = c.Accept("socket-"+c.Handshake().Session, "")
		_ = c.Send(event("auth", string(auth)), SendOptions{})
	}
	return r
}

func (r *testReceiver) OnPacket(p Packet) {
	switch {
	case r.host.receive != nil:
		r.host.receive(r.conn, p)
	case p.HasID:
		p.Type, p.Event = Ack, ""
		_ = r.conn.Send(p, SendOptions{})
	default:
		p.Event += "-back"
		_ = r.conn.Send(p, SendOptions{})
	}
}

func (r *testReceiver) OnClose(why Reason) {
	first := false
	r.once.Do(func() { first = true })
	if !first {
		panic("OnClose called twice")
	}
	r.host.mu.Lock()
	r.host.closed[why]++
	r.host.mu.Unlock()
	select {
	case r.host.changed <- struct{}{}:
	default:
	}
}

// conn returns the connection announced last.
func (h *testHost) conn(t *testing.T) Conn {
	t.Helper()
	var c Conn
	eventually(t, "a connection", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		c = h.last
		return c != nil
	})
	return c
}

// awaitClosed waits until n connections were closed for a reason.
func (h *testHost) awaitClosed(t *testing.T, why Reason, n int) {
	t.Helper()
	deadline := time.After(patience)
	for {
		h.mu.Lock()
		got, all := h.closed[why], fmt.Sprint(h.closed)
		h.mu.Unlock()
		if got == n {
			return
		}
		select {
		case <-h.changed:
		case <-deadline:
			t.Fatalf("%d connections closed for %q, want %d; all: %s", got, why, n, all)
		}
	}
}

func event(name string, args ...string) Packet {
	return Packet{Type: Event, Event: name, Args: Args{Raw: []byte(strings.Join(args, ",")), N: len(args)}}
}

// testServer is an engine behind HTTP.
type testServer struct {
	*Server
	t    *testing.T
	host *testHost
	http *httptest.Server
}

// serve starts a server; at the test's end nothing of it may be left.
func serve(t *testing.T, o Options, host *testHost) *testServer {
	t.Helper()
	if host == nil {
		host = newTestHost()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &testServer{Server: New(o), t: t, host: host}
	if err := s.Start(host); err != nil {
		t.Fatal(err)
	}
	s.http = httptest.NewServer(s)
	t.Cleanup(func() {
		// Clients that poll no more are not waited for.
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("shutdown: %v", err)
		}
		eventually(t, "the end of all that the server runs", func() bool { return s.Stats().Sessions == 0 })
		s.running.Wait()
		s.http.Close()
		http.DefaultClient.CloseIdleConnections()
		if st := s.Stats(); st.Sessions != 0 || st.Conns != 0 || st.QueuedBytes != 0 || s.counters.unjoined.Load() != 0 {
			t.Errorf("left behind: %+v, %d unjoined", st, s.counters.unjoined.Load())
		}
		goleak.VerifyNone(t)
	})
	return s
}

func (s *testServer) url(query string) string { return s.http.URL + "/socket.io/?" + query }

// response is an HTTP response, read.
type response struct {
	status int
	header http.Header
	body   string
}

func (s *testServer) do(method, query, body string, header ...string) response {
	s.t.Helper()
	r, err := s.try(method, query, strings.NewReader(body), header...)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, query, err)
	}
	return r
}

func (s *testServer) try(method, query string, body io.Reader, header ...string) (response, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.url(query), body)
	if err != nil {
		return response{}, err
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return response{}, err
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	b, err := io.ReadAll(res.Body)
	return response{res.StatusCode, res.Header, string(b)}, err
}

// opening is what the OPEN packet says.
type opening struct {
	SID          string   `json:"sid"`
	Upgrades     []string `json:"upgrades"`
	PingInterval int      `json:"pingInterval"`
	PingTimeout  int      `json:"pingTimeout"`
	MaxPayload   int      `json:"maxPayload"`
}

// pollSession opens a session over polling, and joins "/" if asked to. It returns
// the query of further requests.
func (s *testServer) pollSession(join bool) (query string) {
	s.t.Helper()
	res := s.do(http.MethodGet, "EIO=4&transport=polling", "")
	var o opening
	if err := json.Unmarshal([]byte(res.body[1:]), &o); err != nil || res.status != 200 {
		s.t.Fatalf("handshake: %d %q", res.status, res.body)
	}
	query = "EIO=4&transport=polling&sid=" + o.SID
	if join {
		if res := s.do(http.MethodPost, query, "40"); res.body != "ok" {
			s.t.Fatalf("CONNECT: %d %q", res.status, res.body)
		}
		s.expectPoll(query, `40{"sid":"socket-`+o.SID+`"}`+"\x1e"+`42["auth",{}]`)
	}
	return query
}

func (s *testServer) expectPoll(query, want string) {
	s.t.Helper()
	if res := s.do(http.MethodGet, query, ""); res.status != 200 || res.body != want {
		s.t.Fatalf("poll: %d %q, want %q", res.status, res.body, want)
	}
}

// testSocket is a WebSocket client that does only what it is told.
type testSocket struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
	head http.Header
}

func (s *testServer) dial(query string, header ...string) *testSocket {
	s.t.Helper()
	c, err := s.tryDial(query, header...)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *testServer) tryDial(query string, header ...string) (*testSocket, error) {
	conn, err := net.Dial("tcp", s.http.Listener.Addr().String())
	if err != nil {
		return nil, err
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	req := "GET /socket.io/?" + query + " HTTP/1.1\r\nHost: " + s.http.Listener.Addr().String() +
		"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	for i := 0; i < len(header); i += 2 {
		req += header[i] + ": " + header[i+1] + "\r\n"
	}
	if _, err := io.WriteString(conn, req+"\r\n"); err != nil {
		return nil, err
	}
	c := &testSocket{t: s.t, conn: conn, r: bufio.NewReader(conn)}
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return nil, err
	}
	c.head = res.Header
	if res.StatusCode != http.StatusSwitchingProtocols {
		b, _ := io.ReadAll(res.Body)
		return nil, fmt.Errorf("status %d: %s", res.StatusCode, b)
	}
	return c, nil
}

// frame makes a masked frame.
func maskedFrame(first byte, payload []byte) []byte {
	b := appendHeader(nil, first, len(payload))
	b[1] |= 0x80
	var mask [4]byte
	rand.Read(mask[:])
	b = append(b, mask[:]...)
	for i, c := range payload {
		b = append(b, c^mask[i%4])
	}
	return b
}

func (c *testSocket) write(b []byte) {
	c.t.Helper()
	if _, err := c.conn.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

func (c *testSocket) send(texts ...string) {
	c.t.Helper()
	var b []byte
	for _, t := range texts {
		b = append(b, maskedFrame(wsText, []byte(t))...)
	}
	c.write(b)
}

func (c *testSocket) sendBinary(p []byte) {
	c.t.Helper()
	c.write(maskedFrame(wsBinary, p))
}

// read returns the next frame.
func (c *testSocket) read() (op byte, payload []byte, err error) {
	var h [2]byte
	if _, err := io.ReadFull(c.r, h[:]); err != nil {
		return 0, nil, err
	}
	n := uint64(h[1])
	switch n {
	case 126:
		var l [2]byte
		if _, err := io.ReadFull(c.r, l[:]); err != nil {
			return 0, nil, err
		}
		n = uint64(binary.BigEndian.Uint16(l[:]))
	case 127:
		var l [8]byte
		if _, err := io.ReadFull(c.r, l[:]); err != nil {
			return 0, nil, err
		}
		n = binary.BigEndian.Uint64(l[:])
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(c.r, payload)
	return h[0], payload, err
}

// expect reads messages, pings aside, and compares; "…" at the end stands for
// anything.
func (c *testSocket) expect(wants ...string) string {
	c.t.Helper()
	got := ""
	for _, want := range wants {
		for {
			op, b, err := c.read()
			if err != nil {
				c.t.Fatalf("want %q: %v", want, err)
			}
			if got = string(b); op == wsText && got == "2" && want != "2" {
				continue
			}
			break
		}
		prefix, open := strings.CutSuffix(want, "…")
		if got != want && !(open && strings.HasPrefix(got, prefix)) {
			c.t.Fatalf("got %q, want %q", got, want)
		}
	}
	return got
}

// expectClose reads until the close frame and the end, and returns the code.
func (c *testSocket) expectClose() int {
	c.t.Helper()
	code := 0
	for {
		op, b, err := c.read()
		if err != nil {
			if ne, ok := err.(net.Error); ok && ne.Timeout() {
				c.t.Fatal("not closed")
			}
			return code
		}
		if op == 0x88 {
			if code = 1005; len(b) >= 2 {
				code = int(binary.BigEndian.Uint16(b))
			}
			_, _ = c.conn.Write(maskedFrame(0x88, b))
		}
	}
}

// webSocketSession opens a session and joins "/".
func (s *testServer) webSocketSession() *testSocket {
	s.t.Helper()
	c := s.dial("EIO=4&transport=websocket")
	c.expect("0{…")
	c.send("40")
	c.expect("40{…", `42["auth",{}]`)
	return c
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still waiting for %s", what)
		}
	}
}
