package engine

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"
)

// wsMessage is a WebSocket message of one frame.
type wsMessage struct {
	first   byte
	payload string
}

// readMessages parses unmasked frames and inflates the compressed ones.
func readMessages(t *testing.T, parts [][]byte) (messages []wsMessage) {
	t.Helper()
	b := bytes.Join(parts, nil)
	for len(b) > 0 {
		if len(b) < 2 || b[1]&0x80 != 0 {
			t.Fatalf("no unmasked frame: % x", b[:min(len(b), 10)])
		}
		first, n, head := b[0], int(b[1]), 2
		switch n {
		case 126:
			n, head = int(binary.BigEndian.Uint16(b[2:])), 4
			if n < 126 {
				t.Fatalf("length %d in the longer form", n)
			}
		case 127:
			n, head = int(binary.BigEndian.Uint64(b[2:])), 10
			if n < 1<<16 {
				t.Fatalf("length %d in the longest form", n)
			}
		}
		if len(b) < head+n {
			t.Fatalf("a frame of %d bytes, %d are there", n, len(b)-head)
		}
		payload := b[head : head+n]
		if first&wsCompressed != 0 {
			tail := strings.NewReader("\x00\x00\xff\xff\x01\x00\x00\xff\xff")
			inflated, err := io.ReadAll(flate.NewReader(io.MultiReader(bytes.NewReader(payload), tail)))
			if err != nil {
				t.Fatal(err)
			}
			payload = inflated
		}
		messages = append(messages, wsMessage{first, string(payload)})
		b = b[head+n:]
	}
	return messages
}

func mustFrame(t *testing.T, p Packet) *frame {
	t.Helper()
	f, err := newFrame(p)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// withBytes is an event with these attachments.
func withBytes(attachments ...[]byte) Packet {
	p := Packet{Type: Event, Event: "b", Attachments: attachments}
	for i := range attachments {
		if i > 0 {
			p.Args.Raw = append(p.Args.Raw, ',')
		}
		p.Args.Raw = append(p.Args.Raw, `{"_placeholder":true,"num":`...)
		p.Args.Raw = append(p.Args.Raw, byte('0'+i), '}')
		p.Args.N++
	}
	return p
}

func TestFrameForms(t *testing.T) {
	for _, c := range encodings {
		f := mustFrame(t, c.p)
		want, wantV3 := []wsMessage{{wsText, "4" + c.want}}, []wsMessage{{wsText, "4" + c.want}}
		size, polling := len(c.want), "4"+c.want
		for _, a := range c.p.Attachments {
			want = append(want, wsMessage{wsBinary, string(a)})
			wantV3 = append(wantV3, wsMessage{wsBinary, "\x04" + string(a)})
			size += len(a)
			polling += "\x1eb" + string(appendBase64(nil, a))
		}
		if got := f.Size(); got != size {
			t.Errorf("%s: size %d, want %d", c.want, got, size)
		}
		if got := readMessages(t, f.webSocket()); !reflect.DeepEqual(got, want) {
			t.Errorf("WebSocket\n got %q\nwant %q", got, want)
		}
		if got := readMessages(t, f.webSocketV3()); !reflect.DeepEqual(got, wantV3) {
			t.Errorf("WebSocket, revision 3\n got %q\nwant %q", got, wantV3)
		}
		if n := len(f.webSocket()); n != 1 {
			t.Errorf("%s: %d slices, want one for a small packet", c.want, n)
		}
		for _, v3 := range []bool{false, true} {
			whole := bytes.Join(f.plain(v3), nil)
			if got := appendWebSocket([]byte("x"), &c.p, v3); string(got) != "x"+string(whole) {
				t.Errorf("for one receiver\n got %q\nwant x%q", got, whole)
			}
		}
		if got := string(f.appendPolling([]byte("x"))); got != "x"+polling || f.pollingLen() != len(polling) {
			t.Errorf("polling\n got %s, length %d\nwant x%s", got, f.pollingLen(), polling)
		}
		if f.binary() != (len(c.p.Attachments) > 0) {
			t.Errorf("%s: binary is %v", c.want, f.binary())
		}
	}
}

func TestFrameHeaderLengths(t *testing.T) {
	for _, n := range []int{124, 125, 126, 127, 128, 65534, 65535, 65536, 65537, 100_000} {
		raw := `"` + strings.Repeat("x", n-len(`42["a",""]`)) + `"`
		p := Packet{Type: Event, Event: "a", Args: args(raw, 1)}
		want := []wsMessage{{wsText, `42["a",` + raw + `]`}}
		if len(want[0].payload) != n {
			t.Fatal("the test counts wrong")
		}
		if got := readMessages(t, mustFrame(t, p).webSocket()); !reflect.DeepEqual(got, want) {
			t.Errorf("%d bytes: frame differs", n)
		}
		if got := readMessages(t, [][]byte{appendWebSocket(nil, &p, false)}); !reflect.DeepEqual(got, want) {
			t.Errorf("%d bytes: frame for one receiver differs", n)
		}
	}
}

func TestFrameDoesNotCopyLargeAttachments(t *testing.T) {
	large, small := bytes.Repeat([]byte("L"), inlineAttachment+1), []byte("small")
	f := mustFrame(t, withBytes(small, large, small, large))
	parts := f.webSocket()
	if len(parts) != 4 {
		t.Fatalf("%d slices, want small, large, small, large", len(parts))
	}
	for _, i := range []int{1, 3} {
		if &parts[i][0] != &large[0] {
			t.Errorf("slice %d is a copy", i)
		}
	}
	if got := readMessages(t, parts); len(got) != 5 || got[2].payload != string(large) || got[3].payload != "small" {
		t.Errorf("%d messages", len(got))
	}
	if &f.webSocket()[0][0] != &parts[0][0] {
		t.Error("the form was built twice")
	}
}

func TestFrameDeflated(t *testing.T) {
	long := strings.Repeat("rookery ", 1000)
	noise := make([]byte, 8000)
	random := rand.NewChaCha8([32]byte{1})
	if _, err := random.Read(noise); err != nil {
		t.Fatal(err)
	}
	p := withBytes([]byte(long), []byte("short"), noise)
	p.Args = Args{Raw: append(p.Args.Raw, `,"`+long+`"`...), N: p.Args.N + 1}
	text := "4" + string(appendPacket(nil, &p))
	for _, level := range []int{flate.HuffmanOnly, flate.DefaultCompression, flate.BestSpeed, flate.BestCompression, 77} {
		f := mustFrame(t, p)
		want := []wsMessage{{wsText | wsCompressed, text}, {wsBinary | wsCompressed, long}, {wsBinary, "short"}, {wsBinary, string(noise)}}
		got := f.deflated(level, 1024, false)
		if messages := readMessages(t, got); !reflect.DeepEqual(messages, want) {
			t.Errorf("level %d: messages differ", level)
		}
		if a, b := len(bytes.Join(got, nil)), len(bytes.Join(f.webSocket(), nil)); a >= b {
			t.Errorf("level %d: %d bytes, %d uncompressed", level, a, b)
		}
		for i := range want[1:] {
			want[i+1].payload = "\x04" + want[i+1].payload
		}
		if messages := readMessages(t, f.deflated(level, 1024, true)); !reflect.DeepEqual(messages, want) {
			t.Errorf("level %d, revision 3: messages differ", level)
		}
	}
	short := mustFrame(t, Packet{Type: Event, Event: "a"})
	if got := readMessages(t, short.deflated(flate.BestSpeed, 1024, false)); !reflect.DeepEqual(got, []wsMessage{{wsText, `42["a"]`}}) {
		t.Errorf("below the threshold: %q", got)
	}
}

func TestFrameServesManyAtOnce(t *testing.T) {
	f := mustFrame(t, withBytes([]byte(strings.Repeat("x", 5000)), []byte("y")))
	want := readMessages(t, f.webSocket())
	var receivers sync.WaitGroup
	forms := make([][][][]byte, 16)
	for i := range forms {
		receivers.Go(func() {
			forms[i] = [][][]byte{f.webSocket(), f.webSocketV3(), f.deflated(1, 100, false), f.deflated(1, 100, true), {f.appendPolling(nil)}}
		})
	}
	receivers.Wait()
	for _, form := range forms {
		if !reflect.DeepEqual(form, forms[0]) {
			t.Error("receivers differ")
		}
		if got := readMessages(t, form[0]); !reflect.DeepEqual(got, want) {
			t.Error("a receiver got other messages")
		}
	}
}

func TestNewFrameRefuses(t *testing.T) {
	two := args(`1,2`, 2)
	for _, c := range []struct {
		p    Packet
		says string
	}{
		{Packet{Type: 5}, "no type 5"},
		{Packet{Type: Event, Namespace: "chat", Event: "a"}, "namespace"},
		{Packet{Type: Event, Namespace: "/a,b", Event: "a"}, "namespace"},
		{Packet{Type: Event, Namespace: "/\xff", Event: "a"}, "namespace"},
		{Packet{Type: Event, Event: "connect"}, "reserved"},
		{Packet{Type: Event, Event: "a", Args: Args{N: 1}}, "1 arguments in 0 bytes"},
		{Packet{Type: Event, Event: "a", Args: Args{Raw: []byte("1")}}, "0 arguments in 1 bytes"},
		{Packet{Type: Connect, Args: two}, "one payload"},
		{Packet{Type: ConnectError, Args: two}, "one payload"},
		{Packet{Type: Disconnect, Args: two}, "no payload"},
		{Packet{Type: Disconnect, Attachments: [][]byte{nil}}, "no attachments"},
		{Packet{Type: Connect, Attachments: [][]byte{nil}}, "no attachments"},
		{Packet{Type: Event, Event: "a", Args: args(`{"_placeholder":true,"num":1}`, 1), Attachments: [][]byte{nil}}, "placeholder at byte 0"},
		{Packet{Type: Ack, Args: args(`1, {"x": [ { "num" : -1 , "_placeholder" : true } ] }`, 2), Attachments: [][]byte{nil}}, "placeholder at byte 11"},
		{Packet{Type: Ack, Args: args(`1,2`, 3), Attachments: [][]byte{nil}}, "2 arguments are said to be 3"},
		{Packet{Type: Ack, Args: args(`[{`, 1), Attachments: [][]byte{nil}}, "not JSON"},
	} {
		if f, err := newFrame(c.p); err == nil || !strings.Contains(err.Error(), c.says) || f != nil {
			t.Errorf("%+v: got %v, want %q", c.p, err, c.says)
		}
	}
}

func BenchmarkFrameWebSocket(b *testing.B) {
	f, err := newFrame(withBytes(make([]byte, 100), make([]byte, 1<<16)))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if len(f.webSocket()) == 0 {
			b.Fatal("nothing")
		}
	}
}
