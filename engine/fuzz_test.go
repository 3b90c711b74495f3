package engine

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"unicode/utf8"
)

// FuzzScan compares the scanner with encoding/json, which differs in one thing
// alone: it lets bytes that are no UTF-8 pass, and so do we. Its depth limit is
// 10,000.
func FuzzScan(f *testing.F) {
	for _, s := range []string{
		``, ` `, `1`, `-0.5e+10`, `01`, `1.`, `.5`, `-`, `1e`, `"\ud800"`, "\"\x01\"", `"\x"`, `"\u12"`, `[1,]`, `[,]`, `{"a":1,}`,
		`{"a" : [ 1 , {} , [] ] }`, `[[[[]]]]`, `tru`, `true false`, `nul`, `{"a"}`, `{1:2}`, `["abcdefgh\"ijklmnop"]`, "\ufeff1", "[1]\x00", `[}`, `{]`,
		`["x",{"a":"0123456789abcdef","b":[null,true,false,-1.25E-3]}]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		s, problem, at := scanJSON(b, maxDepth)
		if !bytes.Equal(b, before) {
			t.Fatal("the scanner wrote")
		}
		if problem == "nested too deep" {
			if n := bytes.Count(b, []byte{'['}) + bytes.Count(b, []byte{'{'}); n <= maxDepth {
				t.Fatalf("too deep with %d brackets", n)
			}
			return
		}
		if valid := json.Valid(b); valid != (problem == "") {
			t.Fatalf("%q: encoding/json says %v, the scanner %q at %d", b, valid, problem, at)
		}
		if problem != "" {
			if at < 0 || at > len(b) {
				t.Fatalf("%q: offset %d", b, at)
			}
			return
		}
		if want := bytes.Trim(b, " \t\r\n"); !bytes.Equal(b[s.start:s.end], want) {
			t.Fatalf("value of %q is %q", b, b[s.start:s.end])
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, b); err != nil {
			t.Fatal(err)
		}
		if got := compactJSON(bytes.Clone(b)); !bytes.Equal(got, compact.Bytes()) {
			t.Fatalf("%q compacted is %q", b, got)
		}
		if s.kind != '[' {
			return
		}
		var elements []json.RawMessage
		if err := json.Unmarshal(b, &elements); err != nil {
			t.Fatal(err)
		}
		if s.n != len(elements) {
			t.Fatalf("%q: %d elements, want %d", b, s.n, len(elements))
		}
		if s.n > 0 && !bytes.Equal(b[s.firstStart:s.firstEnd], elements[0]) {
			t.Fatalf("%q: first element %q", b, b[s.firstStart:s.firstEnd])
		}
		i, list := 0, Args{Raw: b[s.start+1 : s.end-1], N: s.n}
		for v := range list.All() {
			if got := bytes.Trim(v, " \t\r\n"); !bytes.Equal(got, elements[i]) {
				t.Fatalf("%q: element %d is %q", b, i, got)
			}
			i++
		}
	})
}

// FuzzDecode feeds one session's messages, separated by separator bytes and
// binary where they begin with "b", to a decoder. Whatever it accepts must
// survive encoding and decoding again.
func FuzzDecode(f *testing.F) {
	for _, r := range recordings(f) {
		f.Add([]byte(r.Input), false)
	}
	f.Add([]byte("51-[\"a\",{\"_placeholder\":true,\"num\":0}]\x1ebAAAA\x1e2[\"b\"]"), false)
	f.Add([]byte("62-/n,7[{\"_placeholder\":true,\"num\":1}]\x1eb\x1ebx\x1ebx"), true)
	f.Add([]byte("0/nsp?a=b,\x1e2 [ \"a\" , { } ]\x1e21[1]"), true)
	f.Fuzz(func(t *testing.T, b []byte, v3 bool) {
		d := decoder{limits: limits{attachments: 10, depth: 32}, v3: v3}
		for m := range bytes.SplitSeq(b, []byte{separator}) {
			var p Packet
			var done bool
			var err error
			m = bytes.Clone(m)
			if len(m) > 0 && m[0] == 'b' {
				p, done, err = d.binary(m[1:])
			} else {
				p, done, err = d.text(m)
			}
			if err != nil {
				if done {
					t.Fatal("done, with an error")
				}
				return // the session would close
			}
			if done {
				checkRoundTrip(t, p)
			}
		}
	})
}

func checkRoundTrip(t *testing.T, p Packet) {
	t.Helper()
	if p.Args.N == 0 != (p.Args.Raw == nil) {
		t.Fatalf("args %+v", p.Args)
	}
	n := 0
	for v := range p.Args.All() {
		if n++; !json.Valid(v) {
			t.Fatalf("argument %q of %q", v, p.Args.Raw)
		}
	}
	if n != p.Args.N {
		t.Fatalf("%d arguments, want %d", n, p.Args.N)
	}
	valid := utf8.ValidString(p.Event) && utf8.ValidString(p.Namespace)
	if p.Type != Disconnect && valid {
		fr, err := newFrame(p)
		if err != nil {
			t.Fatalf("%+v cannot be encoded: %v", p, err)
		}
		if len(fr.appendPolling(nil)) != fr.pollingLen() {
			t.Fatalf("%+v: %d bytes, said %d", p, len(fr.appendPolling(nil)), fr.pollingLen())
		}
	}
	if !valid {
		return // U+FFFD takes the place of broken bytes, which transports refuse
	}
	d := decoder{limits: limits{attachments: 10, depth: 32}}
	text := appendPacket(nil, &p)
	again, done, err := d.text(bytes.Clone(text))
	for _, a := range p.Attachments {
		if err != nil {
			break
		}
		again, done, err = d.binary(a)
	}
	if err != nil || !done {
		t.Fatalf("%+v encoded as %q: done %v, %v", p, text, done, err)
	}
	if !reflect.DeepEqual(again, p) {
		t.Fatalf("%+v encoded as %q\ncame back as %+v", p, text, again)
	}
}

// FuzzPayloadV4 checks that what is accepted, joined again, is accepted again and
// is the same.
func FuzzPayloadV4(f *testing.F) {
	for _, s := range []string{"", "4", "42[\"a\"]\x1e3\x1ebAAEC", "\x1e", "4a\x1e", "b", "bA", "b====", "7", "2probe", "4\xff", "4é😀\x1e6"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var joined []byte
		got, failed := collect(t, payloadV4(bytes.Clone(body)), len(body))
		if failed {
			return
		}
		for i, m := range got {
			if i > 0 {
				joined = append(joined, separator)
			}
			if m.binary {
				joined = appendBase64(append(joined, 'b'), m.data)
			} else {
				joined = append(append(joined, m.kind), m.data...)
			}
		}
		again, failed := collect(t, payloadV4(joined), len(joined))
		if failed || !reflect.DeepEqual(again, got) {
			t.Fatalf("%q joined as %q came back as %+v", body, joined, again)
		}
	})
}

// FuzzPayloadV3 does the same with both forms of revision 3.
func FuzzPayloadV3(f *testing.F) {
	for _, s := range []string{
		"", "0:", "1:2", "5:4hél😀", "3:4😀", "2:4😀", "6:b4AAEC", "2:b4", "1:b", "1:b2:4x", "99999999999999999999:4", "1:21:3", "1", ":", "a:4", "01:4", "-1:4", "1:4\xff",
	} {
		f.Add([]byte(s), false)
	}
	for _, s := range []string{
		"", "\x00\x01\xff2", "\x01\x03\xff\x04ab", "\x00\x06\xffb4AAEC", "\x00\x02\xff4", "\x00\x00\xff", "\x00\xff", "\x00\x01", "\x02\x01\xff4", "\x01\x01\xff\x02",
		"\x00\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\xff4", "\x00\x02\xff4\xff", "\x00\x00\x01\xff2",
	} {
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, body []byte, binaryForm bool) {
		parse := payloadV3
		if binaryForm {
			parse = payloadV3Binary
		}
		got, failed := collect(t, parse(bytes.Clone(body)), len(body))
		if failed {
			return
		}
		var joined []byte
		for _, m := range got {
			text := append([]byte{m.kind}, m.data...)
			if m.binary {
				text = appendBase64([]byte{'b', messageType}, m.data)
			}
			if binaryForm {
				joined = appendTextV3Binary(joined, text)
			} else {
				joined = appendTextV3(joined, text)
			}
		}
		if len(got) == 0 {
			return
		}
		again, failed := collect(t, parse(joined), len(joined))
		if failed || !reflect.DeepEqual(again, got) {
			t.Fatalf("%q joined as %q came back as %+v", body, joined, again)
		}
	})
}
