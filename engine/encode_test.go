package engine

import (
	"encoding/json"
	"reflect"
	"testing"
	"unicode/utf8"
)

// decodeAll feeds the Socket.IO messages of one packet to a fresh decoder.
func decodeAll(t *testing.T, text []byte, attachments ...[]byte) (Packet, error) {
	t.Helper()
	d := decoder{limits: limits{attachments: 10, depth: 64}}
	p, done, err := d.text(text)
	for _, a := range attachments {
		if err != nil || done {
			break
		}
		p, done, err = d.binary(a)
	}
	if err == nil && !done {
		t.Fatalf("packet %q is not done after %d attachments", text, len(attachments))
	}
	return p, err
}

func args(raw string, n int) Args {
	if n == 0 {
		return Args{}
	}
	return Args{Raw: []byte(raw), N: n}
}

var encodings = []struct {
	p    Packet
	want string
}{
	{Packet{Type: Connect}, `0`},
	{Packet{Type: Connect, Namespace: "/"}, `0`},
	{Packet{Type: Connect, Namespace: "/chat", Args: args(`{"sid":"x"}`, 1)}, `0/chat,{"sid":"x"}`},
	{Packet{Type: Disconnect, Namespace: "/chat"}, `1/chat,`},
	{Packet{Type: Event, Event: "a"}, `2["a"]`},
	{Packet{Type: Event, Namespace: "/n", HasID: true, ID: 0, Event: "a\"\\\n\x01é😀", Args: args(`1,"x"`, 2)}, `2/n,0["a\"\\\n\u0001é😀",1,"x"]`},
	{Packet{Type: Event, Event: "", Args: args(`[1,[2]],{}`, 2)}, `2["",[1,[2]],{}]`},
	{Packet{Type: Ack, HasID: true, ID: 18446744073709551615}, `318446744073709551615[]`},
	{Packet{Type: Ack, HasID: true, ID: 12, Namespace: "/n", Args: args(`null`, 1)}, `3/n,12[null]`},
	{Packet{Type: ConnectError, Args: args(`{"message":"no"}`, 1)}, `4{"message":"no"}`},
	{Packet{Type: ConnectError, Args: args(`"no"`, 1)}, `4"no"`},
	{
		Packet{Type: Event, Event: "b", Args: args(`{"_placeholder":true,"num":0}`, 1), Attachments: [][]byte{{1}}},
		`51-["b",{"_placeholder":true,"num":0}]`,
	},
	{
		Packet{Type: Ack, Namespace: "/n", HasID: true, ID: 7, Args: args(`{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}`, 2), Attachments: [][]byte{{1}, {}}},
		`62-/n,7[{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]`,
	},
}

func TestAppendPacket(t *testing.T) {
	for _, c := range encodings {
		if got := string(appendPacket([]byte("x"), &c.p)); got != "x"+c.want {
			t.Errorf("appendPacket(%+v)\n got %s\nwant x%s", c.p, got, c.want)
		}
	}
}

func TestDecodeReturnsWhatWasEncoded(t *testing.T) {
	for _, c := range encodings {
		got, err := decodeAll(t, appendPacket(nil, &c.p), c.p.Attachments...)
		if err != nil {
			t.Errorf("%s: %v", c.want, err)
			continue
		}
		want := c.p
		if want.Namespace == "" {
			want.Namespace = "/"
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s\n got %+v\nwant %+v", c.want, got, want)
		}
	}
}

func TestAppendJSONString(t *testing.T) {
	for _, s := range []string{"", "plain", `"\/`, "\b\f\n\r\t\x00\x1f\x7f", "é\u2028😀\uFFFD", "bad\xffbytes\xc3", "\xed\xa0\x80"} {
		got := appendJSONString(nil, s)
		if !utf8.Valid(got) {
			t.Errorf("%q: %q is no UTF-8", s, got)
		}
		var back string
		if err := json.Unmarshal(got, &back); err != nil {
			t.Errorf("%q: %q: %v", s, got, err)
		}
		if want := string([]rune(s)); back != want {
			t.Errorf("%q came back as %q, want %q", s, back, want)
		}
	}
}

func TestEncodingAllocates(t *testing.T) {
	ack := Packet{Type: Ack, Namespace: "/chat", HasID: true, ID: 12, Args: args(`{"success":true}`, 1)}
	buf := make([]byte, 0, 256)
	if n := testing.AllocsPerRun(100, func() { buf = appendWebSocket(buf[:0], &ack, false) }); n != 0 {
		t.Errorf("an ack into a large enough buffer: %v allocations, want 0", n)
	}
	var out []byte
	if n := testing.AllocsPerRun(100, func() { out = appendPacket(make([]byte, 0, packetBound(&ack)), &ack) }); n > 1 {
		t.Errorf("an ack into a new buffer: %v allocations, want 1 at most", n)
	}
	if len(out) == 0 {
		t.Error("nothing was encoded")
	}
}

func BenchmarkEncodeAck(b *testing.B) {
	ack := Packet{Type: Ack, Namespace: "/chat", HasID: true, ID: 12, Args: args(`{"success":true,"messageId":"01J0000000"}`, 1)}
	buf := make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		buf = appendWebSocket(buf[:0], &ack, false)
	}
}

func BenchmarkNewFrame(b *testing.B) {
	p := Packet{Type: Event, Namespace: "/chat", Event: "message", Args: args(`{"userId":"u1","text":"hello world","timestamp":1700000000000}`, 1)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := newFrame(p); err != nil {
			b.Fatal(err)
		}
	}
}
