package websocket

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
)

func TestControlFramesDuringAWrite(t *testing.T) {
	for name, connect := range map[string]func() (*Conn, *peer){
		"plain": func() (*Conn, *peer) { return connect(t, Options{}) },
		"TLS":   func() (*Conn, *peer) { return connectTLS(t) },
	} {
		t.Run(name, func(t *testing.T) {
			c, p := connect()
			// More than the system's buffers hold: it waits for the client to read.
			const size = 64 << 20
			head := binary.BigEndian.AppendUint64([]byte{0x82, 127}, size)
			written := make(chan error, 1)
			go func() { written <- c.Write(net.Buffers{head, make([]byte, size)}) }()
			if _, err := p.br.Peek(10); err != nil {
				t.Fatal(err)
			}
			p.send(clientFrame(0x89, []byte("lost to the close frame")), clientFrame(0x81, []byte("hi")))
			if _, got, err := c.Next(); err != nil || string(got) != "hi" {
				t.Fatalf("%q, %v", got, err)
			}
			if err := c.Close(GoingAway, "bye"); err != nil {
				t.Fatal(err)
			}
			if _, err := io.CopyN(io.Discard, p.br, 10+size); err != nil {
				t.Fatal(err)
			}
			if first, payload := p.frame(); first != 0x88 || string(payload[2:]) != "bye" {
				t.Errorf("frame %x %q", first, payload)
			}
			if err := <-written; err != nil {
				t.Errorf("write: %v", err)
			}
			if err := c.Write(net.Buffers{{0x81, 0}}); !errors.Is(err, errClosed) {
				t.Errorf("write behind the close frame: %v", err)
			}
		})
	}
}

// broken takes so many bytes and then fails to write.
type broken struct {
	memory
	room *int
	sent *[]byte
}

var errBroken = errors.New("broken")

func (b broken) Write(p []byte) (int, error) {
	n := min(len(p), *b.room)
	*b.room -= n
	*b.sent = append(*b.sent, p[:n]...)
	if n < len(p) {
		return n, errBroken
	}
	return n, nil
}

func TestNothingFollowsAFrameBrokenOff(t *testing.T) {
	room, sent := 3, []byte(nil)
	c := newConn(broken{memory{r: bytes.NewReader(clientFrame(0x89, nil))}, &room, &sent}, Options{MaxMessage: 10}, false)
	if err := c.Write(net.Buffers{{0x81, 3, 'a', 'b', 'c'}}); !errors.Is(err, errBroken) {
		t.Fatalf("write: %v", err)
	}
	room = 100
	_ = c.Close(GoingAway, "")
	if _, _, err := c.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("next: %v", err)
	}
	if err := c.Write(net.Buffers{{0x81, 0}}); !errors.Is(err, errBroken) {
		t.Errorf("second write: %v", err)
	}
	if string(sent) != "\x81\x03a" {
		t.Errorf("sent %x", sent)
	}
}

func TestPingFloodOfAClientThatDoesNotRead(t *testing.T) {
	c, p := connect(t, Options{})
	pings := bytes.Repeat(clientFrame(0x89, make([]byte, 125)), 100)
	const floods = 1000 // 12 MB of pongs, more than the system's buffers hold
	go func() {
		for range floods {
			if _, err := p.nc.Write(pings); err != nil {
				return
			}
		}
		_, _ = p.nc.Write(clientFrame(0x81, []byte("end")))
	}()
	if _, got, err := c.Next(); err != nil || string(got) != "end" {
		t.Fatalf("%q, %v", got, err)
	}
	c.writer.mu.Lock()
	waiting := len(c.writer.urgent)
	c.writer.mu.Unlock()
	if waiting == 0 || waiting > 127 {
		t.Errorf("%d bytes of pongs wait", waiting)
	}
	// What the client reads at last is whole pongs.
	go func() {
		if err := c.Write(net.Buffers{{0x81, 3, 'e', 'n', 'd'}}); err != nil {
			t.Errorf("write: %v", err)
		}
	}()
	for pongs := 0; ; pongs++ {
		first, payload := p.frame()
		if first == 0x81 && string(payload) == "end" {
			if pongs == 0 || pongs > floods*100 {
				t.Errorf("%d pongs", pongs)
			}
			return
		}
		if first != 0x8a || len(payload) != 125 {
			t.Fatalf("frame %x of %d bytes", first, len(payload))
		}
	}
}

func TestCut(t *testing.T) {
	for _, tc := range []struct{ s, want string }{
		{"short", "short"}, {"12345678", "12345678"}, {"123456789", "12345678"}, {"1234567€", "1234567"}, {"12345€", "12345€"},
	} {
		if got := cut(tc.s, 8); got != tc.want {
			t.Errorf("cut(%q) = %q", tc.s, got)
		}
	}
}
