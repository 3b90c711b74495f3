package badinput

import (
	"fmt"
	"strings"
)

// postCases send payloads that are none.
var postCases = []badCase{
	{name: "an empty payload", script: posts(""), want: pollParseError, rookery: pollRefused, why: refusesPost},
	{name: "a payload of separators", script: posts("\x1e\x1e"), want: pollParseError, rookery: pollRefused, why: refusesPost},
	{name: "a separator behind the last packet", script: posts("42[\"sink\"]\x1e"), want: pollParseError, rookery: pollRefused, why: refusesPost},
	{name: "an unknown Engine.IO packet", script: posts("9"), want: pollParseError, rookery: pollRefused, why: refusesPost},
	{name: "a letter for a packet", script: posts("x"), want: pollParseError, rookery: pollRefused, why: refusesPost},
	{name: "a zero byte for a packet", script: posts("\x00"), want: pollParseError, rookery: pollRefused, why: refusesPost},
	{name: "a byte order mark", script: posts("\ufeff42[\"sink\"]"), want: pollParseError, rookery: pollRefused, why: refusesPost},
	{name: "a ping from the client", script: posts("2"), want: `
		post: 200 ok
		poll: 200 1
		session: 400 {"code":1,"message":"Session ID unknown"}
		server: transport error`},
	{name: "an event behind a bad packet", script: posts("9\x1e42[\"echo\"]"), want: pollParseError, rookery: pollRefused, why: refusesPost},
	{name: "an event before a bad packet", script: posts("42[\"echo\"]\x1e9"), want: pollParseError, rookery: `
		post: 400
		poll: 200 42["echo","echo"]
		session: 200 1
		server: parse error`, why: "what came before the bad packet stands", gateway: pollRefused},
	{name: "bad base64 where no attachment is awaited", script: posts("b!!!"), want: pollForcedClose, rookery: pollRefused, why: refusesPost},
	{name: "an attachment where none is awaited", script: posts("bAQID"), want: pollForcedClose, rookery: pollParseError, why: tellsReason},
	{
		name: "bad base64 for an attachment",
		script: func(s *script) {
			p := s.joined()
			p.post("451-[\"sink\",{\"_placeholder\":true,\"num\":0}]\x1eb!!!")
			p.lives()
		},
		want: `
		post: 200 ok
		session: lives`, rookery: `
		post: 400
		poll: 1
		poll: 400 {"code":1,"message":"Session ID unknown"} <nil>`, why: "Node makes what it can of bad base64; half a file is worse than none",
	},
	{
		name: "a payload that is not UTF-8",
		script: func(s *script) {
			p := s.joined()
			p.post("42[\"echo\",\"\xff\xfe\"]")
			p.lives()
		},
		want: `
		post: 200 ok
		poll: 42["echo","echo","��"]
		session: lives`, rookery: `
		post: 400
		poll: 1
		poll: 400 {"code":1,"message":"Session ID unknown"} <nil>`, why: "Node puts U+FFFD for it; no text is better than another",
	},
	{name: "a compressed payload", script: posts("\x1f\x8b\x08\x00\x00"), want: pollParseError, rookery: pollRefused, why: refusesPost},
	{name: "a close", script: posts("1"), want: `
		post: 200 ok
		poll: 200 6
		session: 400 {"code":1,"message":"Session ID unknown"}
		server: transport close`},
	{name: "an event behind a close", script: posts("1\x1e42[\"echo\"]"), want: `
		post: 200 ok
		poll: 200 6
		session: 400 {"code":1,"message":"Session ID unknown"}
		server: transport close`},
	{
		name: "packets that only a server sends",
		script: func(s *script) {
			p := s.joined()
			p.post("0{}\x1e5\x1e6\x1e3probe")
			p.lives()
		},
		want: `
		post: 200 ok
		session: lives`,
	},
	{
		name: "an octet stream",
		script: func(s *script) {
			p := s.joined()
			poll := p.pending("poll")
			s.dial("post").write("POST " + p.path() + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
				"Content-Type: application/octet-stream\r\n" + body("\x01\x02")).answer()
			poll.answer()
			p.gone()
			s.reason()
		},
		want: `
		post: 400
		poll: 200 1
		session: 400 {"code":1,"message":"Session ID unknown"}
		server: transport error`,
	},
	{
		name: "a body above the limit",
		script: func(s *script) {
			p := s.joined()
			p.send("42[\"sink\",\"" + strings.Repeat("x", 1_000_000) + "\"]").status()
			p.lives()
		},
		want: `
		post: 413
		session: lives`,
	},
	{
		name: "a chunked body above the limit",
		script: func(s *script) {
			p := s.joined()
			w := s.dial("post").request("POST "+p.path(), "Transfer-Encoding: chunked")
			w.write("f4240\r\n" + strings.Repeat("6", 1_000_000) + "\r\n10\r\n" + strings.Repeat("6", 16) + "\r\n")
			w.status()
			p.lives()
		},
		want: `
		post: 413
		session: lives`,
	},
	{
		name: "a chunk of a length that is none",
		script: func(s *script) {
			p := s.joined()
			s.dial("post").request("POST "+p.path(), "Transfer-Encoding: chunked").write("zz\r\n42\r\n").status().closed()
			p.gone()
			s.reason()
		},
		want: `
		post: 400
		post: closed
		session: 400 {"code":1,"message":"Session ID unknown"}
		server: transport error`,
	},
	{
		name: "a chunk that claims 2^64 bytes",
		script: func(s *script) {
			p := s.joined()
			s.dial("post").request("POST "+p.path(), "Transfer-Encoding: chunked").write("10000000000000000\r\n42\r\n").status().closed()
			p.gone()
			s.reason()
		},
		want: `
		post: 400
		post: closed
		session: 400 {"code":1,"message":"Session ID unknown"}
		server: transport error`,
	},
	{
		name: "a body cut off",
		script: func(s *script) {
			p := s.joined()
			before := s.requests()
			w := s.dial("post").request("POST "+p.path(), "Content-Length: 100").write("42[\"sink\"")
			s.arrived(before)
			w.hangUp()
			s.reason()
			p.gone()
		},
		want: pollReset,
	},
	{
		name: "a chunked body cut off",
		script: func(s *script) {
			p := s.joined()
			before := s.requests()
			w := s.dial("post").request("POST "+p.path(), "Transfer-Encoding: chunked").write("5\r\n42[\"s")
			s.arrived(before)
			w.hangUp()
			s.reason()
			p.gone()
		},
		want: pollReset,
	},
	{
		name: "a second POST before the first is whole",
		script: func(s *script) {
			p := s.joined()
			before := s.requests()
			first := s.dial("first").request("POST "+p.path(), "Content-Length: 10").write("4")
			s.arrived(before)
			p.post("42[\"sink\"]")
			first.closed()
			p.gone()
			s.reason()
		},
		want: `
		post: 400
		first: closed
		session: 400 {"code":1,"message":"Session ID unknown"}
		server: transport error`,
	},
	{
		name: "a payload of 5,000 packets",
		script: func(s *script) {
			p := s.joined()
			p.post(strings.Repeat("6\x1e", 4999) + "42[\"echo\",\"last\"]")
			p.lives()
		},
		want: `
		post: 200 ok
		poll: 42["echo","echo","last"]
		session: lives`,
	},
	{
		name: "a PUT to a session",
		script: func(s *script) {
			p := s.joined()
			s.dial("put").request("PUT "+p.path(), "Content-Length: 0", "Connection: close").answer()
			p.lives()
		},
		want: `
		put: 500
		session: lives`,
	},
	{
		name: "a DELETE of a session",
		script: func(s *script) {
			p := s.joined()
			s.dial("delete").request("DELETE "+p.path(), "Connection: close").answer()
			p.lives()
		},
		want: `
		delete: 500
		session: lives`,
	},
	{
		name: "a POST to a session on WebSocket",
		script: func(s *script) {
			ws := s.switched("ws", "EIO=4&transport=websocket")
			open := ws.open()
			p := &polling{s, sidOf(open)}
			p.post("40")
			ws.text("40").shows(1).lives()
		},
		want: `
		post: 400 {"code":3,"message":"Bad request"}
		ws: 40{"sid":"…"}
		session: lives`,
	},
	{
		name: "an Expect header",
		script: func(s *script) {
			p := s.joined()
			w := s.dial("post").request("POST "+p.path(), "Expect: 100-continue", "Content-Length: 1", "Connection: close")
			w.status().write("6").answer()
			p.lives()
		},
		want: `
		post: 100
		post: 200 ok
		session: lives`,
	},
	{
		name: "fifty POSTs of garbage, one after another",
		script: func(s *script) {
			p := s.joined()
			answers := map[int]int{}
			for range 50 {
				status, _, _ := p.send("garbage").response()
				answers[status]++
			}
			s.notef("post", "%s", fmt.Sprint(answers))
			s.reason()
		},
		want: `
		post: map[200:1 400:49]
		server: parse error`, rookery: `
		post: map[400:50]
		server: parse error`, why: refusesPost,
	},
}
