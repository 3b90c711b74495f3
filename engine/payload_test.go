package engine

import (
	"encoding/base64"
	"errors"
	"iter"
	"reflect"
	"strings"
	"testing"
)

func appendBase64(dst, b []byte) []byte { return base64.StdEncoding.AppendEncode(dst, b) }

// collect returns the messages of a payload of size bytes, and whether it ended
// in an error.
func collect(t *testing.T, messages iter.Seq2[message, error], size int) (got []message, failed bool) {
	t.Helper()
	for m, err := range messages {
		if failed {
			t.Fatal("the iteration goes on behind an error")
		}
		if err != nil {
			var e *PacketError
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > size {
				t.Fatalf("%#v is no PacketError within the payload", err)
			}
			failed = true
			continue
		}
		if m.kind < openType || m.kind > noopType || m.binary && m.kind != messageType {
			t.Fatalf("message %+v", m)
		}
		got = append(got, m)
	}
	return got, failed
}

func text(kind byte, data string) message { return message{kind, false, []byte(data)} }

func attachment(data string) message { return message{messageType, true, []byte(data)} }

type payloadCase struct {
	body   string
	want   []message
	failed bool
}

func checkPayloads(t *testing.T, parse func([]byte) iter.Seq2[message, error], cases []payloadCase) {
	t.Helper()
	for _, c := range cases {
		got, failed := collect(t, parse([]byte(c.body)), len(c.body))
		if failed != c.failed || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q\n got %v, failed %v\nwant %v, failed %v", c.body, got, failed, c.want, c.failed)
		}
	}
}

func TestPayloadV4(t *testing.T) {
	checkPayloads(t, payloadV4, []payloadCase{
		{"4", []message{text('4', "")}, false},
		{"42[\"a\"]\x1e3\x1ebAAEC\x1e1", []message{text('4', `2["a"]`), text('3', ""), attachment("\x00\x01\x02"), text('1', "")}, false},
		{"0\x1e2probe\x1e5\x1e6", []message{text('0', ""), text('2', "probe"), text('5', ""), text('6', "")}, false},
		{"b", []message{attachment("")}, false},
		{"4é😀", []message{text('4', "é😀")}, false},
		{"", nil, true},
		{"\x1e", nil, true},
		{"4a\x1e", []message{text('4', "a")}, true},
		{"4a\x1e\x1e4b", []message{text('4', "a")}, true},
		{"7", nil, true},
		{"x", nil, true},
		{"4a\x1e9", []message{text('4', "a")}, true},
		{"bAAE", nil, true},
		{"bA===", nil, true},
		{"b-_-_", nil, true},
		{"bAAEC!", nil, true},
		{"4\xff", nil, true},
		{"4\xed\xa0\x80", nil, true},
	})
}

func TestPayloadV3(t *testing.T) {
	checkPayloads(t, payloadV3, []payloadCase{
		{"1:2", []message{text('2', "")}, false},
		{"8:42[\"a\"]1:3", []message{text('4', `2["a"]1`)}, true},
		{"7:42[\"a\"]1:3", []message{text('4', `2["a"]`), text('3', "")}, false},
		{"4:4é😀", []message{text('4', "é😀")}, false},
		{"3:4é😀", nil, true}, // ends within the surrogate pair
		{"4:4\u20ac😀1:2", []message{text('4', "\u20ac😀"), text('2', "")}, false},
		{"6:b4AAEC", []message{attachment("\x00\x01\x02")}, false},
		{"2:b4", []message{attachment("")}, false},
		{"0:", nil, false},
		{"0:1:2", []message{text('2', "")}, false},
		{"01:2", []message{text('2', "")}, false},
		{"", nil, true},
		{"1", nil, true},
		{":2", nil, true},
		{"a:2", nil, true},
		{"-1:2", nil, true},
		{"1e0:2", nil, true},
		{"2:2", nil, true},
		{"1:21", []message{text('2', "")}, true},
		{"1:7", nil, true},
		{"1:b", nil, true},
		{"2:b2", nil, true},
		{"5:b4AAE", nil, true},
		{"2:4\xff", nil, true},
		{strings.Repeat("9", 400) + ":4", nil, true},
	})
}

func TestPayloadV3Binary(t *testing.T) {
	checkPayloads(t, payloadV3Binary, []payloadCase{
		{"", nil, false}, // as Node: nothing in it, nothing wrong
		{"\x00\x01\xff2", []message{text('2', "")}, false},
		{"\x01\x03\xff\x04ab\x00\x01\xff3", []message{attachment("ab"), text('3', "")}, false},
		{"\x00\x07\xff4é😀", []message{text('4', "é😀")}, false},
		{"\x00\x01\x00\xff4012345678", []message{text('4', "012345678")}, false},
		{"\x00\x06\xffb4AAEC", []message{attachment("\x00\x01\x02")}, false},
		{"\x01\x01\xff\x04", []message{attachment("")}, false},
		{"\x00\x00\xff", nil, true},
		{"\x01\x00\xff", nil, true},
		{"\x00\xff4", nil, true},
		{"\x00\x01", nil, true},
		{"\x00", nil, true},
		{"\x02\x01\xff4", nil, true},
		{"\x01\x01\xff\x02", nil, true},
		{"\x00\x02\xff4", nil, true},
		{"\x00\x0a\xff4", nil, true},
		{"\x00\x02\xff4\xff", nil, true},
		{"\x00" + strings.Repeat("\x09", 400) + "\xff4", nil, true},
	})
}

func TestPayloadsStopWhenTold(t *testing.T) {
	for name, messages := range map[string]iter.Seq2[message, error]{
		"v4":        payloadV4([]byte("2\x1e3\x1e4")),
		"v3":        payloadV3([]byte("1:21:31:4")),
		"v3 binary": payloadV3Binary([]byte("\x00\x01\xff2\x00\x01\xff3")),
	} {
		n := 0
		for _, err := range messages {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			n++
			break
		}
		if n != 1 {
			t.Errorf("%s: %d messages, want 1", name, n)
		}
	}
}

func TestPayloadV3Form(t *testing.T) {
	f, err := newFrame(Packet{Type: Event, Event: "é😀", Args: args(`{"_placeholder":true,"num":0}`, 1), Attachments: [][]byte{{0, 1, 2}}})
	if err != nil {
		t.Fatal(err)
	}
	packet := `51-["é😀",{"_placeholder":true,"num":0}]`
	if got, want := string(f.appendPollingV3(nil, false)), `41:4`+packet+`6:b4AAEC`; got != want {
		t.Errorf("string form\n got %q\nwant %q", got, want)
	}
	if got, want := string(f.appendPollingV3(nil, true)), "\x00\x04\x04\xff4"+packet+"\x01\x04\xff\x04\x00\x01\x02"; got != want {
		t.Errorf("binary form\n got %q\nwant %q", got, want)
	}
}

func BenchmarkPayloadV4(b *testing.B) {
	body := []byte(`42["message",{"text":"hello"}]` + "\x1e" + `42["typing",{"roomId":"r"}]` + "\x1e3")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range payloadV4(body) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
