package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
)

// recording is what socket.io-parser 4.2.7 made of the messages of Input, which
// are separated by 0x1e; those that begin with "b" are binary.
type recording struct {
	Input   string
	Failed  bool
	Pending bool // attachments are still awaited
	Packets []recordedPacket
}

type recordedPacket struct {
	Type int
	NSP  string
	ID   *float64
	Data string // as JSON, "" for undefined, an attachment as {"buffer":text}
}

func recordings(tb testing.TB) (list []recording) {
	tb.Helper()
	b, err := os.ReadFile("testdata/socket.io-parser-4.2.7.json")
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(b, &list); err != nil {
		tb.Fatal(err)
	}
	if len(list) < 150 {
		tb.Fatalf("only %d recordings", len(list))
	}
	return list
}

// stricter lists the inputs that Node's parser takes and we refuse, each for
// the reason given.
var stricter = map[string]string{
	`2`:    "event without a name",
	`2/n,`: "event without a name",
	`212`:  "event without a name",
	`51-`:  "event without a name",
	// The namespace reaches to the end, for want of a comma.
	`2/n["a"]`: "event without a name",
	// To JavaScript a byte order mark is a space, and a space the number 0.
	"21\ufeff[\"a\"]": "unexpected character",
}

func TestDecodeAsNode(t *testing.T) {
	seen := 0
	for _, r := range recordings(t) {
		d := decoder{limits: limits{attachments: 10, depth: 64}}
		var packets []recordedPacket
		var failure error
		for m := range strings.SplitSeq(r.Input, "\x1e") {
			var p Packet
			var done bool
			if strings.HasPrefix(m, "b") && len(r.Input) > 1 {
				p, done, failure = d.binary([]byte(m[1:]))
			} else {
				p, done, failure = d.text([]byte(m))
			}
			if failure != nil {
				break
			}
			if done {
				packets = append(packets, record(t, p))
			}
		}
		var e *PacketError
		if failure != nil && !errors.As(failure, &e) {
			t.Errorf("%q: %#v is no PacketError", r.Input, failure)
		}
		if want, ok := stricter[r.Input]; ok {
			seen++
			if r.Failed || e == nil || e.Problem != want {
				t.Errorf("%q: got %v, want %s", r.Input, failure, want)
			}
			continue
		}
		if (failure != nil) != r.Failed || failure == nil && d.missing > 0 != r.Pending {
			t.Errorf("%q: got %v, %d missing; Node failed: %v, pending: %v", r.Input, failure, d.missing, r.Failed, r.Pending)
			continue
		}
		if len(packets) != len(r.Packets) {
			t.Errorf("%q: %d packets, want %d", r.Input, len(packets), len(r.Packets))
			continue
		}
		for i, got := range packets {
			want := r.Packets[i]
			if got.Type != want.Type || got.NSP != want.NSP || !reflect.DeepEqual(got.ID, want.ID) || !sameJSON(t, got.Data, want.Data) {
				t.Errorf("%q\n got %+v\nwant %+v", r.Input, got, want)
			}
		}
	}
	if seen != len(stricter) {
		t.Errorf("%d of the %d known differences were recorded", seen, len(stricter))
	}
}

// record writes p the way the recordings do.
func record(t *testing.T, p Packet) recordedPacket {
	t.Helper()
	r := recordedPacket{Type: int(p.Type), NSP: p.Namespace}
	if p.HasID {
		id := float64(p.ID)
		r.ID = &id
	}
	switch {
	case p.Type == Event || p.Type == Ack:
		var list []any
		if p.Type == Event {
			list = append(list, p.Event)
		}
		for v := range p.Args.All() {
			list = append(list, withAttachments(parseJSON(t, v), p.Attachments))
		}
		b, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		r.Data = string(b)
	case p.Args.N > 0:
		r.Data = string(p.Args.Raw)
	}
	return r
}

// withAttachments does what a decoding handler does with the placeholders.
func withAttachments(v any, attachments [][]byte) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = withAttachments(v[i], attachments)
		}
	case map[string]any:
		if len(attachments) > 0 && v["_placeholder"] == true {
			return map[string]any{"buffer": string(attachments[int(v["num"].(float64))])}
		}
		for k := range v {
			v[k] = withAttachments(v[k], attachments)
		}
	}
	return v
}

func parseJSON(t *testing.T, b []byte) (v any) {
	t.Helper()
	if bytes.Equal(b, []byte("1E400")) {
		return nil // JavaScript's Infinity, which JSON.stringify makes null
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatalf("%q: %v", b, err)
	}
	return v
}

// sameJSON compares values, where an ack without payload equals an empty array and
// the event name 1 equals "1": packets here have no place for the difference.
func sameJSON(t *testing.T, got, want string) bool {
	t.Helper()
	if want == "" {
		return got == "" || got == "null"
	}
	if got == "null" {
		return want == "[]"
	}
	g, w := parseJSON(t, []byte(got)), parseJSON(t, []byte(want))
	if list, ok := w.([]any); ok && len(list) > 0 {
		if _, ok := list[0].(float64); ok {
			first, ok := g.([]any)[0].(string)
			if ok && parseJSON(t, []byte(first)) == list[0] {
				list[0] = first
			}
		}
	}
	return reflect.DeepEqual(g, w)
}

// TestDecodeErrors names problem and place, also where Node's parser, which
// converts as JavaScript does, would let the packet pass.
func TestDecodeErrors(t *testing.T) {
	for _, c := range []struct {
		in, problem string
		offset      int
	}{
		{"", "empty packet", 0},
		{" ", "unknown packet type", 0},
		{"7", "unknown packet type", 0},
		{"1{}", "disconnect with a payload", 1},
		{"2", "event without a name", 1},
		{"2[]", "event without a name", 1},
		{"2/n,7[null]", "event name is neither string nor number", 6},
		{`2["connect"]`, "reserved event name", 2},
		{`2["a",}`, "unexpected character", 6},
		{`2["a"`, "unexpected end", 5},
		{`2["a`, "unterminated string", 4},
		{`2["a"]]`, "unexpected character behind the value", 6},
		{`2["a","` + "\n" + `"]`, "control character in string", 7},
		{`2["\q"]`, "invalid escape in string", 4},
		{`2{}`, "payload is no array", 1},
		{`0[]`, "payload of the wrong type", 1},
		{`318446744073709551616[]`, "ack id above 64 bits", 20},
		{`3184467440737095516150[]`, "ack id above 64 bits", 21},
		{`511-["a"]`, "too many attachments", 2},
		{`51e0-["a"]`, "illegal number of attachments", 2},
		{`5 1-["a"]`, "illegal number of attachments", 1},
		{`50x1-["a"]`, "illegal number of attachments", 2},
		{`5-["a"]`, "illegal number of attachments", 1},
		{`51-["a",{"_placeholder":true,"num":0.5}]`, "placeholder without its attachment in the arguments", 3},
		{`51-["a",{"_placeholder":true,"num":99999999999999999999}]`, "placeholder without its attachment in the arguments", 3},
		{`2["a",` + strings.Repeat("[", 64), "nested too deep", 69},
		{`2` + strings.Repeat(`{"a":`, 65), "nested too deep", 1 + 64*5},
	} {
		p, err := decodeAll(t, []byte(c.in))
		var e *PacketError
		if !errors.As(err, &e) || e.Problem != c.problem || e.Offset != c.offset {
			t.Errorf("%q: got %v, want %s at %d", c.in, err, c.problem, c.offset)
		}
		if !reflect.DeepEqual(p, Packet{}) {
			t.Errorf("%q: got %+v with the error", c.in, p)
		}
	}
	want := "engine: malformed packet: unterminated string at byte 9"
	if _, err := decodeAll(t, []byte(`2["secret`)); err == nil || err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func TestDecodeDepth(t *testing.T) {
	nested := func(n int) []byte { // the array of arguments makes one more
		return []byte(`2["a",` + strings.Repeat("[", n-1) + "1" + strings.Repeat("]", n))
	}
	for _, c := range []struct {
		limit, depth int
		ok           bool
	}{{1, 1, true}, {1, 2, false}, {64, 64, true}, {64, 65, false}, {65, 65, true}, {maxDepth, maxDepth, true}, {maxDepth * 2, maxDepth + 1, false}} {
		d := decoder{limits: limits{depth: c.limit}}
		if _, _, err := d.text(nested(c.depth)); (err == nil) != c.ok {
			t.Errorf("limit %d, depth %d: %v", c.limit, c.depth, err)
		}
	}
}

// TestDecodeSpaced checks that the whitespace of JSON goes, and only that.
func TestDecodeSpaced(t *testing.T) {
	p, err := decodeAll(t, []byte("2/n,3 [ \"a b\" ,\n{ \"c\" : \" \\\" \" }\t, [ 1 , 2 ] ]\r"))
	want := Packet{Type: Event, Namespace: "/n", HasID: true, ID: 3, Event: "a b", Args: args(`{"c":" \" "},[1,2]`, 2)}
	if err != nil || !reflect.DeepEqual(p, want) {
		t.Errorf("got %+v, %v\nwant %+v", p, err, want)
	}
}

// TestDecodeSpaceIsNoID: Node takes the space for the ack id 0 and would answer an
// ack that nobody asked for.
func TestDecodeSpaceIsNoID(t *testing.T) {
	p, err := decodeAll(t, []byte(`2 ["a"]`))
	if want := (Packet{Type: Event, Namespace: "/", Event: "a"}); err != nil || !reflect.DeepEqual(p, want) {
		t.Errorf("got %+v, %v\nwant %+v", p, err, want)
	}
}

func TestDecodeBinarySequence(t *testing.T) {
	d := decoder{limits: limits{attachments: 2, depth: 8}}
	if _, _, err := d.binary([]byte("x")); err == nil {
		t.Error("an attachment out of nowhere was taken")
	}
	for range 2 { // the second round shows that the first left nothing behind
		if _, done, err := d.text([]byte(`52-/n,9["a",{"_placeholder":true,"num":1}]`)); done || err != nil {
			t.Fatal(done, err)
		}
		if _, done, err := d.binary([]byte("x")); done || err != nil {
			t.Fatal(done, err)
		}
		p, done, err := d.binary(nil)
		want := Packet{
			Type: Event, Namespace: "/n", HasID: true, ID: 9, Event: "a",
			Args: args(`{"_placeholder":true,"num":1}`, 1), Attachments: [][]byte{[]byte("x"), nil},
		}
		if err != nil || !done || !reflect.DeepEqual(p, want) {
			t.Fatalf("got %+v, %v, %v\nwant %+v", p, done, err, want)
		}
	}
	if _, _, err := d.text([]byte(`53-["a"]`)); err == nil {
		t.Error("three attachments were taken, the limit being two")
	}
	if _, _, err := d.text([]byte(`51-["a"]`)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.text([]byte(`2["b"]`)); err == nil {
		t.Error("text was taken between packet and attachment")
	}
	none := decoder{limits: limits{depth: 8}}
	if _, _, err := none.text([]byte(`51-["a"]`)); err == nil {
		t.Error("an attachment was taken, the limit being none")
	}
}

func TestDecodeV3(t *testing.T) {
	for _, c := range []struct{ in, namespace, query string }{
		{"0", "/", ""},
		{"0/chat", "/chat", ""},
		{"0/chat,", "/chat", ""},
		{"0/chat?token=a%20b&x=1,", "/chat", "token=a%20b&x=1"},
		{"0/?a=b", "/", "a=b"},
		{"1/chat?a=b,", "/chat", "a=b"},
		{`2/chat,["a"]`, "/chat", ""},
		{`4/chat,"no"`, "/chat", ""},
	} {
		d := decoder{limits: limits{depth: 8}, v3: true, query: "left over"}
		p, done, err := d.text([]byte(c.in))
		if err != nil || !done || p.Namespace != c.namespace || d.query != c.query {
			t.Errorf("%q: namespace %q, query %q, %v", c.in, p.Namespace, d.query, err)
		}
	}
	d := decoder{limits: limits{depth: 8}}
	if p, _, err := d.text([]byte("0/chat?a=b,")); err != nil || p.Namespace != "/chat?a=b" || d.query != "" {
		t.Errorf("protocol 5: namespace %q, query %q, %v", p.Namespace, d.query, err)
	}
}

// TestConnectOutlivesItsBytes: the session keeps the namespace of a CONNECT, which
// must not pin or share the message.
func TestConnectOutlivesItsBytes(t *testing.T) {
	d := decoder{limits: limits{depth: 8}, v3: true}
	b := []byte("0/chat?a=b,")
	p, _, err := d.text(b)
	clear(b)
	if err != nil || p.Namespace != "/chat" || d.query != "a=b" {
		t.Errorf("namespace %q, query %q, %v", p.Namespace, d.query, err)
	}
}

func TestDecodingAllocates(t *testing.T) {
	d := decoder{limits: limits{attachments: 10, depth: 64}}
	for _, in := range []string{
		`2/chat,12["message",{"text":"hello","roomId":"r1"}]`,
		`2["ping"]`,
		`3/chat,7[{"ok":true}]`,
	} {
		b := []byte(in)
		if n := testing.AllocsPerRun(100, func() {
			if _, _, err := d.text(b); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations, want 0", in, n)
		}
	}
}

func BenchmarkDecodeEvent(b *testing.B) {
	d := decoder{limits: limits{attachments: 10, depth: 64}}
	in := []byte(`2/chat,12["message",{"text":"hello world","roomId":"r1"}]`)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := d.text(in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	for name, in := range map[string]string{
		"object":  `["message",{"userId":"u-12345","text":"the quick brown fox jumps over the lazy dog","timestamp":1700000000000,"tags":["a","b"],"ok":true}]`,
		"text":    `["message",{"text":"` + strings.Repeat("the quick brown fox jumps over the lazy dog ", 100) + `"}]`,
		"numbers": `[` + strings.Repeat(`1234.5678,`, 400) + `0]`,
	} {
		b.Run(name, func(b *testing.B) {
			in := []byte(in)
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				if _, problem, at := scanJSON(in, 64); problem != "" {
					b.Fatal(problem, at)
				}
			}
		})
	}
}
