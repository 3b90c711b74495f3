package badinput

// opened3 opens a session of Engine.IO 3 over long-polling.
func (s *script) opened3() *polling3 {
	w := s.dial("open").request("GET "+s.path("EIO=3&transport=polling&b64=1"), "Connection: close")
	status, body, err := w.response()
	open, connect, found := cutOpen(body)
	if !found {
		s.notef("open", "%d %s %v", status, body, err)
	}
	p := &polling3{s, sidOf(open)}
	s.atEnd(func() { s.forget(p.path()) })
	if connect == "" { // it comes unasked, with OPEN or behind it
		_, connect, _ = s.dial("open").request("GET "+p.path(), "Connection: close").response()
	}
	if connect != "2:40" {
		s.notef("open", "%s", connect)
	}
	return p
}

// revision3Cases are payloads of Engine.IO 3, which have lengths of their own.
var revision3Cases = []badCase{
	{name: "revision 3: no length", server: "eio3", script: posts3("40"), want: closed3, rookery: closePending3, why: closeWaits3},
	{name: "revision 3: a length of zero", server: "eio3", script: func(s *script) {
		p := s.opened3()
		p.post("0:1:2")
		p.gone()
	}, want: `
		post: 200 ok
		session: 200 1:3`},
	{name: "revision 3: a length beyond the payload", server: "eio3", script: posts3("100:42[\"sink\"]"), want: closed3, rookery: closePending3, why: closeWaits3},
	{name: "revision 3: a negative length", server: "eio3", script: posts3("-1:2"), want: closed3, rookery: closePending3, why: closeWaits3},
	{name: "revision 3: a huge length", server: "eio3", script: posts3("99999999999999999999999:2"), want: closed3, rookery: closePending3, why: closeWaits3},
	{name: "revision 3: an empty payload", server: "eio3", script: posts3(""), want: closed3, rookery: closePending3, why: closeWaits3},
	{name: "revision 3: an unknown packet", server: "eio3", script: posts3("1:9"), want: closed3, rookery: closePending3, why: closeWaits3},
	{name: "revision 3: a pong from the client", server: "eio3", script: posts3("1:3"), want: closed3},
	{name: "revision 3: an octet stream that is none", server: "eio3", script: func(s *script) {
		p := s.opened3()
		s.dial("post").write("POST " + p.path() + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
			"Content-Type: application/octet-stream\r\n" + body("\x07\x09\x09")).answer()
		p.gone()
	}, want: `
		post: 200 ok
		session: 400 {"code":1,"message":"Session ID unknown"}`, rookery: closePending3, why: closeWaits3},
	{name: "revision 3: a poll of revision 4", server: "eio3", script: func(s *script) {
		p := s.opened3()
		s.get("http", "EIO=4&transport=polling&sid="+p.sid)
		p.post("1:2")
		p.gone()
	}, want: `
		http: 400 {"code":3,"message":"Bad request"}
		post: 200 ok
		session: 200 1:3`},
}
