package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A fake is a Socket.IO server as bad as a test wants it.
type fake struct {
	addr netip.AddrPort
	// onEvent gets what follows "42" of each event, of all clients one at a time.
	onEvent func(from *fakeConn, event string)

	mu    sync.Mutex
	conns []*fakeConn // in the order in which they connected
}

type fakeConn struct {
	net.Conn
	t *testing.T
}

// startFake starts a server that ends with the test.
func startFake(t *testing.T, onEvent func(from *fakeConn, event string)) *fake {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{addr: l.Addr().(*net.TCPAddr).AddrPort(), onEvent: onEvent}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { f.serve(&fakeConn{c, t}) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		f.mu.Lock()
		for _, c := range f.conns {
			c.Close()
		}
		f.mu.Unlock()
		serving.Wait()
	})
	return f
}

func (f *fake) serve(c *fakeConn) {
	defer c.Close()
	f.mu.Lock()
	f.conns = append(f.conns, c)
	f.mu.Unlock()
	br := bufio.NewReader(c)
	if _, err := http.ReadRequest(br); err != nil {
		return
	}
	fmt.Fprintf(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n\r\n", upgradeAccept)
	c.send(`0{"sid":"x"}`)
	for {
		p, err := readMasked(br)
		if err != nil {
			return
		}
		switch event, isEvent := strings.CutPrefix(p, "42"); {
		case isEvent:
			f.mu.Lock()
			f.onEvent(c, event)
			f.mu.Unlock()
		case p == "40":
			c.send(`40{"sid":"x"}`)
		case p != "3":
			c.t.Errorf("the load sent %q", p)
		}
	}
}

// send sends packets, in one write.
func (c *fakeConn) send(packets ...string) {
	var b []byte
	for _, p := range packets {
		b = append(b, 0x81)
		if len(p) < 126 {
			b = append(b, byte(len(p)))
		} else {
			b = binary.BigEndian.AppendUint16(append(b, 126), uint16(len(p)))
		}
		b = append(b, p...)
	}
	if _, err := c.Write(b); err != nil && !errors.Is(err, net.ErrClosed) {
		c.t.Logf("fake server: %v", err) // the load has had enough of it
	}
}

// readMasked reads a text frame as a server does.
func readMasked(br *bufio.Reader) (string, error) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(br, head); err != nil {
		return "", err
	}
	if head[0] != 0x81 || head[1]&0x80 == 0 {
		return "", fmt.Errorf("frame begins with %x", head)
	}
	size := int(head[1] & 0x7f)
	if size == 126 {
		if _, err := io.ReadFull(br, head); err != nil {
			return "", err
		}
		size = int(binary.BigEndian.Uint16(head))
	}
	b := make([]byte, 4+size)
	if _, err := io.ReadFull(br, b); err != nil {
		return "", err
	}
	for i := range b[4:] {
		b[4+i] ^= b[i%4]
	}
	return string(b[4:]), nil
}

// connectTo connects clients to a fake.
func connectTo(t *testing.T, f *fake, n int) (*bench, []*client) {
	t.Helper()
	l, err := newLoop()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.close(); err != nil {
			t.Error(err)
		}
	})
	clients, err := l.connect(n, f.addr)
	if err != nil {
		t.Fatal(err)
	}
	return &bench{loop: l, addr: f.addr}, clients
}

// impatient lets a test that expects something to be lost not take long.
func (b *bench) impatient() { b.loop.patience = 100 * time.Millisecond }

func checkError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error is %v; it should say %q", err, want)
	}
}
