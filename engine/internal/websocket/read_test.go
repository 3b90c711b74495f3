package websocket

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// fromMemory returns a connection to which b has been sent.
func fromMemory(b []byte, limit int64) *Conn {
	return newConn(memory{r: bytes.NewReader(b)}, Options{MaxMessage: limit}, true)
}

func TestMemoryGrowsWithWhatHasCome(t *testing.T) {
	part := []byte("fifteen bytes..")
	many := clientFrame(0x02, part)
	for range maxFragments - 2 {
		many = append(many, clientFrame(0x00, part)...)
	}
	many = append(many, clientFrame(0x80, part)...)
	large := make([]byte, 40<<10)
	var larger []byte
	for i := range 100 {
		larger = append(larger, clientFrame(map[bool]byte{true: 0x02}[i == 0], large)...)
	}
	larger = append(larger, clientFrame(0x80, large)...)
	announced := []byte{0x82, 0xff, 0, 0, 0, 0, 0x10, 0, 0, 0, 1, 2, 3, 4, 'x'}

	for _, tc := range []struct {
		name   string
		sent   []byte
		length int // of the message, or -1 when it does not come
		most   uint64
	}{
		{"in 65536 parts", many, maxFragments * len(part), 8 << 20},
		{"in 101 large parts", larger, 101 * len(large), 32 << 20},
		{"announced only", announced, -1, 256 << 10},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := fromMemory(tc.sent, 1<<30)
			var message []byte
			var err error
			if n := allocated(func() { _, message, err = c.Next() }); n > tc.most {
				t.Errorf("%d bytes allocated for %d that came", n, len(tc.sent))
			}
			if tc.length < 0 {
				if !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("err = %v", err)
				}
				return
			}
			if err != nil || len(message) != tc.length || cap(message) >= len(message)+len(message)/8 {
				t.Errorf("%d bytes in %d, %v; want %d", len(message), cap(message), err, tc.length)
			}
		})
	}
}

func TestEndlessFragments(t *testing.T) {
	b := clientFrame(0x02, nil)
	for range maxFragments {
		b = append(b, clientFrame(0x00, nil)...)
	}
	_, _, err := fromMemory(b, 100).Next()
	var closed *CloseError
	if !errors.As(err, &closed) || closed.Code != PolicyViolation {
		t.Errorf("err = %v", err)
	}
}

func TestBuffered(t *testing.T) {
	text, ping := clientFrame(0x81, []byte("text")), clientFrame(0x89, []byte("ping"))
	long := clientFrame(0x81, make([]byte, 300))
	huge := clientFrame(0x81, make([]byte, 70_000))
	for _, tc := range []struct {
		name string
		then []byte // sent right behind a first message
		want bool
	}{
		{"nothing", nil, false},
		{"half a header", text[:1], false},
		{"half a message", text[:len(text)-1], false},
		{"a message", text, true},
		{"a long message", long, true},
		{"most of a long message", long[:len(long)-1], false},
		{"part of a long header", long[:3], false},
		{"the beginning of a huge message", huge[:2000], false},
		{"pings", append(ping[:len(ping):len(ping)], ping...), false},
		{"a message behind a ping", append(ping[:len(ping):len(ping)], text...), true},
		{"part of a fragmented message", clientFrame(0x01, []byte("a")), false},
		{"a fragmented message", append(clientFrame(0x01, []byte("a")), clientFrame(0x80, nil)...), true},
		{"a close frame", clientFrame(0x88, nil), true},
	} {
		c := fromMemory(append(text[:len(text):len(text)], tc.then...), 1<<20)
		if _, _, err := c.Next(); err != nil {
			t.Fatal(err)
		}
		if got := c.Buffered(); got != tc.want {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
}

func TestBytesMayComeOneByOne(t *testing.T) {
	server, client := net.Pipe()
	c := newConn(server, Options{MaxMessage: 1 << 20}, false)
	long := strings.Repeat("0123456789", 500)
	sent := bytes.Join([][]byte{
		clientFrame(0x01, []byte("\xf0\x9f")), clientFrame(0x8a, []byte("unasked")), clientFrame(0x80, []byte("\x99\x82")),
		clientFrame(0x82, []byte(long)), clientFrame(0x88, []byte{0x0f, 0xa0}),
	}, nil)
	go func() {
		for i := range sent {
			if _, err := client.Write(sent[i : i+1]); err != nil {
				return // the test has failed and closed it
			}
		}
		_, _ = io.Copy(io.Discard, client)
	}()
	defer client.Close()
	defer c.CloseNow()
	for _, want := range []string{"🙂", long} {
		if _, got, err := c.Next(); err != nil || string(got) != want {
			t.Fatalf("%q, %v", got, err)
		}
	}
	var closed *CloseError
	if _, _, err := c.Next(); !errors.As(err, &closed) || !closed.ByPeer || closed.Code != 4000 {
		t.Errorf("err = %v", err)
	}
}

func TestUnmask(t *testing.T) {
	mask := [4]byte{0x12, 0x34, 0x56, 0x78}
	for length := range 40 {
		got, want := make([]byte, length), make([]byte, length)
		for i := range got {
			got[i] = byte(i * 7)
			want[i] = byte(i*7) ^ mask[i%4]
		}
		if unmask(got, mask); !bytes.Equal(got, want) {
			t.Errorf("%d bytes: %x, want %x", length, got, want)
		}
	}
}

func TestCloseCodesAreAnswered(t *testing.T) {
	allowed := func(code int) bool {
		return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006 || code >= 3000 && code <= 4999
	}
	for code := range 1 << 16 {
		payload := binary.BigEndian.AppendUint16(nil, uint16(code))
		_, _, err := fromMemory(clientFrame(0x88, payload), 10).Next()
		var closed *CloseError
		if !errors.As(err, &closed) || closed.ByPeer != allowed(code) || closed.ByPeer && int(closed.Code) != code || !closed.ByPeer && closed.Code != ProtocolError {
			t.Fatalf("code %d: %v", code, err)
		}
	}
}

func TestSetReadDeadline(t *testing.T) {
	c, p := connect(t, Options{})
	if err := c.SetReadDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Next(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("err = %v", err)
	}
	if err := c.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	p.send(clientFrame(0x81, []byte("on")))
	if _, got, err := c.Next(); err != nil || string(got) != "on" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestPreload(t *testing.T) {
	// As much as a server with large buffers may have read on.
	var sent []byte
	for range 1000 {
		sent = append(sent, clientFrame(0x81, []byte("message"))...)
	}
	br := bufio.NewReaderSize(bytes.NewReader(sent), 1<<20)
	if _, err := br.Peek(len(sent)); err != nil {
		t.Fatal(err)
	}
	c := fromMemory(nil, 100)
	if err := c.reader.preload(br); err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		if _, got, err := c.Next(); err != nil || string(got) != "message" {
			t.Fatalf("message %d: %q, %v", i, got, err)
		}
	}
	if _, _, err := c.Next(); err != io.EOF {
		t.Errorf("err = %v", err)
	}
}
