package websocket

import (
	"bufio"
	"bytes"
	"compress/flate"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// peer is a client that speaks frames by hand.
type peer struct {
	t  *testing.T
	nc net.Conn
	br *bufio.Reader
}

// connect upgrades a connection and returns both ends.
func connect(t *testing.T, o Options, headers ...string) (*Conn, *peer) {
	t.Helper()
	if o.MaxMessage == 0 {
		o.MaxMessage = 1 << 20
	}
	conns := make(chan *Conn, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := Upgrade(w, r, o)
		if err != nil {
			t.Errorf("upgrade: %v", err)
		}
		conns <- c
	}))
	t.Cleanup(srv.Close)
	nc, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{t, nc, bufio.NewReader(nc)}
	_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
	request := "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	for _, h := range headers {
		request += h + "\r\n"
	}
	// The first frame comes along with the request: it must not be lost.
	if _, err := nc.Write(append([]byte(request+"\r\n"), clientFrame(0x81, []byte("first"))...)); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(p.br, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != 101 || res.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("response %v", res)
	}
	c := <-conns
	t.Cleanup(func() { _ = c.CloseNow(); _ = nc.Close() })
	if _, first, err := c.Next(); err != nil || string(first) != "first" {
		t.Fatalf("first message %q, %v", first, err)
	}
	return c, p
}

func clientFrame(first byte, payload []byte) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	mask := [4]byte{1, 2, 3, 4}
	b = append(b, mask[:]...)
	for i, x := range payload {
		b = append(b, x^mask[i%4])
	}
	return b
}

func (p *peer) send(b ...[]byte) {
	p.t.Helper()
	if _, err := p.nc.Write(bytes.Join(b, nil)); err != nil {
		p.t.Fatal(err)
	}
}

// frame reads a short frame of the server.
func (p *peer) frame() (first byte, payload []byte) {
	p.t.Helper()
	var h [2]byte
	if _, err := io.ReadFull(p.br, h[:]); err != nil {
		p.t.Fatalf("read frame: %v", err)
	}
	payload = make([]byte, h[1])
	if _, err := io.ReadFull(p.br, payload); err != nil {
		p.t.Fatalf("read frame: %v", err)
	}
	return h[0], payload
}

func deflated(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write(b)
	_ = w.Flush()
	return bytes.TrimSuffix(out.Bytes(), []byte{0, 0, 0xff, 0xff})
}

func TestMessages(t *testing.T) {
	for _, compressed := range []bool{false, true} {
		o := Options{Compression: compressed}
		c, p := connect(t, o, "Sec-WebSocket-Extensions: foo, permessage-deflate; client_max_window_bits")
		if c.Compressed() != compressed {
			t.Fatalf("compressed = %v", c.Compressed())
		}
		random := make([]byte, 300_000)
		_, _ = rand.Read(random)
		type message struct {
			frames [][]byte
			op     Opcode
			want   string
		}
		cases := []message{
			{[][]byte{clientFrame(0x81, []byte("short"))}, Text, "short"},
			{[][]byte{clientFrame(0x81, nil)}, Text, ""},
			{[][]byte{clientFrame(0x82, random)}, Binary, string(random)},
			{[][]byte{clientFrame(0x82, random[:5000])}, Binary, string(random[:5000])},
			{[][]byte{clientFrame(0x01, []byte("\xe2\x82")), clientFrame(0x89, []byte("mid")), clientFrame(0x00, nil), clientFrame(0x80, []byte("\xac"))}, Text, "€"},
			{[][]byte{clientFrame(0x02, random[:70_000]), clientFrame(0x80, random[70_000:])}, Binary, string(random)},
		}
		if compressed {
			z := deflated(t, []byte(strings.Repeat("hello", 1000)))
			cases = append(cases,
				message{[][]byte{clientFrame(0xc1, z)}, Text, strings.Repeat("hello", 1000)},
				message{[][]byte{clientFrame(0x41, z[:10]), clientFrame(0x80, z[10:])}, Text, strings.Repeat("hello", 1000)},
				message{[][]byte{clientFrame(0xc1, []byte{0})}, Text, ""})
		}
		go func() {
			for _, m := range cases {
				p.send(m.frames...)
			}
		}()
		for i, m := range cases {
			op, got, err := c.Next()
			if err != nil || op != m.op || string(got) != m.want {
				t.Fatalf("message %d: op %d, %d bytes, %v; want %d bytes", i, op, len(got), err, len(m.want))
			}
		}
		if first, pong := p.frame(); first != 0x8a || string(pong) != "mid" {
			t.Errorf("pong %x %q", first, pong)
		}
	}
}

func TestViolations(t *testing.T) {
	big := make([]byte, 2000)
	cases := []struct {
		name  string
		send  []byte
		code  uint16
		extra string
	}{
		{"reserved bit", clientFrame(0xa1, nil), ProtocolError, ""},
		{"compression not negotiated", clientFrame(0xc1, []byte{0}), ProtocolError, ""},
		{"reserved opcode 3", clientFrame(0x83, nil), ProtocolError, ""},
		{"reserved opcode 11", clientFrame(0x8b, nil), ProtocolError, ""},
		{"unmasked", []byte{0x81, 1, 'x'}, ProtocolError, ""},
		{"continuation of nothing", clientFrame(0x80, nil), ProtocolError, ""},
		{"message within a message", append(clientFrame(0x01, nil), clientFrame(0x81, nil)...), ProtocolError, ""},
		{"ping in parts", clientFrame(0x09, nil), ProtocolError, ""},
		{"long ping", clientFrame(0x89, big[:126]), ProtocolError, ""},
		{"half a close code", clientFrame(0x88, []byte{3}), ProtocolError, ""},
		{"close code 1005", clientFrame(0x88, []byte{3, 237}), ProtocolError, ""},
		{"close code 999", clientFrame(0x88, []byte{3, 231}), ProtocolError, ""},
		{"close code 5000", clientFrame(0x88, []byte{0x13, 0x88}), ProtocolError, ""},
		{"close reason not UTF-8", clientFrame(0x88, []byte{3, 232, 0xff}), InvalidData, ""},
		{"text not UTF-8", clientFrame(0x81, []byte{0xff}), InvalidData, ""},
		{"text in parts not UTF-8", append(clientFrame(0x01, []byte{0xe2}), clientFrame(0x80, []byte{'x'})...), InvalidData, ""},
		{"too big", clientFrame(0x82, big), MessageTooBig, ""},
		{"too big in parts", append(clientFrame(0x02, big[:900]), clientFrame(0x80, big[:900])...), MessageTooBig, ""},
		{"absurd length", append([]byte{0x82, 0xff}, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4), MessageTooBig, ""},
		{"bomb", clientFrame(0xc2, deflated(t, make([]byte, 100_000))), MessageTooBig, "permessage-deflate"},
		{"not deflate", clientFrame(0xc2, []byte{0xff, 0xff, 0xff}), InvalidData, "permessage-deflate"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c, p := connect(t, Options{MaxMessage: 1000, Compression: true}, "Sec-WebSocket-Extensions: "+tc.extra)
			p.send(tc.send)
			_, _, err := c.Next()
			var closed *CloseError
			if !errors.As(err, &closed) || closed.ByPeer || closed.Code != tc.code {
				t.Fatalf("err = %v", err)
			}
			go c.Finish()
			first, payload := p.frame()
			if first != 0x88 || binary.BigEndian.Uint16(payload) != tc.code {
				t.Errorf("frame %x %x", first, payload)
			}
			if _, err := p.br.ReadByte(); err != io.EOF {
				t.Errorf("after the close frame: %v", err)
			}
		})
	}
}

func TestCloseByPeer(t *testing.T) {
	c, p := connect(t, Options{})
	p.send(clientFrame(0x88, append([]byte{0x03, 0xe9}, "bye"...)))
	_, _, err := c.Next()
	var closed *CloseError
	if !errors.As(err, &closed) || !closed.ByPeer || closed.Code != GoingAway || closed.Reason != "bye" {
		t.Fatalf("err = %v", err)
	}
	c.Finish()
	if first, payload := p.frame(); first != 0x88 || !bytes.Equal(payload, []byte{0x03, 0xe9}) {
		t.Errorf("answer %x %x", first, payload)
	}
}

func TestCloseByUs(t *testing.T) {
	c, p := connect(t, Options{})
	if err := c.Close(GoingAway, "later"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.TryWrite([][]byte{{0x81, 0}}); err == nil {
		t.Error("wrote behind the close frame")
	}
	if first, payload := p.frame(); first != 0x88 || string(payload[2:]) != "later" {
		t.Errorf("close %x %q", first, payload)
	}
	p.send(clientFrame(0x88, []byte{0x03, 0xe9}))
	var closed *CloseError
	if _, _, err := c.Next(); !errors.As(err, &closed) || !closed.ByPeer {
		t.Errorf("err = %v", err)
	}
	c.Finish()
}

func TestWritesToAClientThatDoesNotRead(t *testing.T) {
	c, p := connect(t, Options{})
	payload := bytes.Repeat([]byte("0123456789abcdef"), 4096)
	frame := append([]byte{0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0}, payload...)
	total := 0
	var rest []byte
	for {
		n, done, err := c.TryWrite([][]byte{frame})
		if err != nil {
			t.Fatal(err)
		}
		total++
		if !done {
			rest = frame[n:]
			break
		}
		if total > 10_000 {
			t.Fatal("the system takes everything")
		}
	}
	// A ping now must not put its pong inside the frame that is half out.
	p.send(clientFrame(0x89, []byte("a")), clientFrame(0x89, []byte("b")), clientFrame(0x81, []byte("x")))
	if _, _, err := c.Next(); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() { written <- c.Write(net.Buffers{rest}) }()
	got := make([]byte, total*len(frame))
	if _, err := io.ReadFull(p.br, got); err != nil {
		t.Fatal(err)
	}
	for i := range total {
		if !bytes.Equal(got[i*len(frame):(i+1)*len(frame)], frame) {
			t.Fatalf("frame %d is damaged", i)
		}
	}
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	if first, pong := p.frame(); first != 0x8a || string(pong) != "b" {
		t.Errorf("pong %x %q, want the last", first, pong)
	}
	if n, done, err := c.TryWrite([][]byte{{0x81, 1, 'y'}, {0x81, 1, 'z'}}); n != 6 || !done || err != nil {
		t.Errorf("TryWrite = %d, %v, %v", n, done, err)
	}
}

func TestRequestsThatCannotBeUpgraded(t *testing.T) {
	cases := []struct {
		name   string
		change func(*http.Request)
		status int
	}{
		{"method", func(r *http.Request) { r.Method = "POST" }, 405},
		{"HTTP/1.0", func(r *http.Request) { r.ProtoMinor = 0 }, 400},
		{"upgrade", func(r *http.Request) { r.Header.Set("Upgrade", "h2c") }, 400},
		{"connection", func(r *http.Request) { r.Header.Del("Connection") }, 400},
		{"version", func(r *http.Request) { r.Header.Set("Sec-WebSocket-Version", "8") }, 426},
		{"key", func(r *http.Request) { r.Header.Set("Sec-WebSocket-Key", "short") }, 400},
		{"no hijacker", func(*http.Request) {}, 500},
	}
	for _, tc := range cases {
		r := httptest.NewRequest("GET", "/", nil)
		for k, v := range map[string]string{"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="} {
			r.Header.Set(k, v)
		}
		tc.change(r)
		_, err := Upgrade(httptest.NewRecorder(), r, Options{MaxMessage: 1})
		var refused *HandshakeError
		if !errors.As(err, &refused) || refused.Status != tc.status {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

func TestDeflateOffers(t *testing.T) {
	for offer, want := range map[string]bool{
		"permessage-deflate":                                                         true,
		"permessage-deflate; client_max_window_bits":                                 true,
		"permessage-deflate; client_max_window_bits=10":                              true,
		"permessage-deflate; server_max_window_bits=15":                              true,
		`permessage-deflate; server_max_window_bits="15"`:                            true,
		"permessage-deflate; server_max_window_bits=10":                              false,
		"permessage-deflate; server_max_window_bits":                                 false,
		"permessage-deflate; client_max_window_bits=16":                              false,
		"permessage-deflate; unknown":                                                false,
		"permessage-deflate; server_no_context_takeover=1":                           false,
		"x-webkit-deflate-frame":                                                     false,
		"permessage-deflate; server_max_window_bits=10, permessage-deflate":          true,
		"permessage-deflate; client_no_context_takeover; client_no_context_takeover": false,
	} {
		if got := acceptDeflate([]string{offer}); got != want {
			t.Errorf("%s: %v, want %v", offer, got, want)
		}
	}
}

func TestSmallMessageAllocatesOnlyItself(t *testing.T) {
	c, p := connect(t, Options{})
	message := bytes.Repeat(clientFrame(0x81, []byte("hello")), 10)
	// One run more than asked for: AllocsPerRun warms up.
	allocs := testing.AllocsPerRun(100, func() {
		p.send(message)
		for range 10 {
			if _, _, err := c.Next(); err != nil {
				t.Fatal(err)
			}
		}
	})
	// p.send joins its frames: one allocation of the test's own.
	if allocs > 11 {
		t.Errorf("%.1f allocations for 10 messages", allocs)
	}
}

// memory is a connection that reads from memory and writes nowhere.
type memory struct {
	net.Conn
	r io.Reader
}

func (m memory) Read(b []byte) (int, error)       { return m.r.Read(b) }
func (m memory) Write(b []byte) (int, error)      { return len(b), nil }
func (m memory) SetDeadline(time.Time) error      { return nil }
func (m memory) SetWriteDeadline(time.Time) error { return nil }
func (m memory) SetReadDeadline(time.Time) error  { return nil }
func (m memory) Close() error                     { return nil }

func FuzzNext(f *testing.F) {
	f.Add(clientFrame(0x81, []byte("hello")))
	f.Add(append(clientFrame(0x01, []byte("a")), clientFrame(0x80, []byte("b"))...))
	f.Add(append(clientFrame(0x89, []byte("ping")), clientFrame(0x88, []byte{3, 232})...))
	f.Add(clientFrame(0xc1, []byte{0xca, 0x48, 0xcd, 0xc9, 0xc9, 7, 0}))
	f.Add([]byte{0x82, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0, 1, 2, 3, 4, 5})
	f.Fuzz(func(t *testing.T, b []byte) {
		const limit = 1 << 16
		c := newConn(memory{r: bytes.NewReader(b)}, Options{MaxMessage: limit}, true)
		for range len(b) + 1 {
			_, message, err := c.Next()
			if err != nil {
				c.Finish()
				return
			}
			if len(message) > limit {
				t.Fatalf("a message of %d bytes", len(message))
			}
		}
		t.Fatal(fmt.Errorf("more messages than bytes"))
	})
}
