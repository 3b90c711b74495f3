package badinput

import "strings"

// slowCases begin something and do not go on. All of them run on the server whose
// time limits are short.
var slowCases = []badCase{
	{name: "silence instead of a request", server: "hasty", script: func(s *script) { s.dial("http").closed() }, want: `http: closed`},
	{name: "a request line cut off", server: "hasty", script: func(s *script) { s.dial("http").write("GET /socket").closed() }, want: `http: closed`},
	{name: "headers that do not end", server: "hasty", script: func(s *script) {
		s.dial("http").write("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").closed()
	}, want: `http: closed`},
	{name: "a body that does not end", server: "hasty", script: func(s *script) {
		p := s.joined()
		s.dial("post").request("POST "+p.path(), "Content-Length: 100").write("42[").closed()
		s.over()
	}, want: `
		post: closed
		server: the session is over`},
	{name: "a session that never joins a namespace", server: "hasty", script: func(s *script) { s.opened().ends() }, want: ended},
	{name: "a session that never joins a namespace, polling", server: "hasty", script: func(s *script) {
		p := s.poller()
		p.poll()
		p.gone()
	}, want: `
		poll: 200 1
		session: 400 {"code":1,"message":"Session ID unknown"}`},
	{name: "a session that joins an unknown namespace only", server: "hasty", script: func(s *script) {
		s.opened().text("40/unknown,").ends()
	}, want: `
		ws: 44/unknown,{"message":"Invalid namespace"}
		ws: close without a code
		ws: closed`},
	{name: "a poll whose answer is not read", server: "hasty", script: func(s *script) {
		p := s.joined()
		w := s.dial("poll")
		_ = w.conn.SetReadBuffer(4 << 10)
		p.send("42[\"echo\",\"" + strings.Repeat("x", 900_000) + "\"]").status()
		w.request("GET " + p.path())
		s.over()
	}, want: `
		post: 200
		server: the session is over`},
	{name: "a session that answers no ping", server: "hasty", script: func(s *script) {
		s.connected().ends()
		s.reason()
	}, want: pingTimeout},
	{name: "a session that never polls", server: "hasty", script: func(s *script) {
		p := s.joined()
		s.reason()
		p.gone()
	}, want: `
		server: ping timeout
		session: 400 {"code":1,"message":"Session ID unknown"}`},
	{name: "a session that polls but answers no ping", server: "hasty", script: func(s *script) {
		p := s.joined()
		p.poll()
		p.poll()
		s.reason()
	}, want: `
		poll: 200 2
		poll: 200 1
		server: ping timeout`},
	{name: "a frame that does not end", server: "hasty", script: func(s *script) {
		ws := s.connected()
		ws.write(announced(fin|opText, 100, "42["))
		ws.shows(2)
		s.reason()
	}, want: `
		ws: 2
		ws: close without a code
		server: ping timeout`},
	{name: "a message whose fragments do not end", server: "hasty", script: func(s *script) {
		ws := s.connected()
		ws.write(frameOf(opText, "42["))
		ws.ends()
		s.reason()
	}, want: pingTimeout},
	{name: "a WebSocket ping for a pong of Engine.IO's", server: "hasty", script: func(s *script) {
		ws := s.connected().shows(1)
		ws.write(frameOf(fin|opPong, "")).ends()
		s.reason()
	}, want: pingTimeout},
}

// abruptCases end at each stage without a word.
var abruptCases = []badCase{
	{name: "a reset instead of a request", script: func(s *script) {
		s.dial("http").reset()
		s.poller().joinedLate()
	}, want: `
		post: 200 ok
		poll: 40{"sid":"…"}
		session: lives`},
	{name: "a reset within the request line", script: func(s *script) {
		s.dial("http").write("GET /sock").reset()
		s.poller().joinedLate()
	}, want: `
		post: 200 ok
		poll: 40{"sid":"…"}
		session: lives`},
	{name: "a reset within the headers", script: func(s *script) {
		s.dial("http").write("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost:").reset()
		s.poller().joinedLate()
	}, want: `
		post: 200 ok
		poll: 40{"sid":"…"}
		session: lives`},
	{name: "a reset within a body", script: func(s *script) {
		p := s.joined()
		before := s.requests()
		w := s.dial("post").request("POST "+p.path(), "Content-Length: 100").write("42[")
		s.arrived(before)
		w.reset()
		s.reason()
	}, want: `server: transport error`},
	{name: "a reset behind the handshake", script: func(s *script) {
		s.handshake("ws", "EIO=4&transport=websocket").reset()
		s.connected().lives()
	}, want: lives},
	{name: "a reset behind OPEN", script: func(s *script) {
		s.opened().reset()
		s.connected().lives()
	}, want: lives},
	{name: "a reset behind CONNECT", script: func(s *script) {
		s.connected().reset()
		s.reason()
	}, want: transportClose},
	{name: "a hang-up behind CONNECT", script: func(s *script) {
		s.connected().hangUp()
		s.reason()
	}, want: transportClose},
	{name: "a reset within a frame", script: func(s *script) {
		s.connected().write(announced(fin|opText, 100, "42[")).reset()
		s.reason()
	}, want: transportClose},
	{name: "a hang-up within a frame", script: func(s *script) {
		s.connected().write(announced(fin|opText, 100, "42[")).hangUp()
		s.reason()
	}, want: transportClose},
	{name: "a reset within fragments", script: func(s *script) {
		s.connected().write(frameOf(opText, "42[")).reset()
		s.reason()
	}, want: transportClose},
	{name: "a reset where an attachment is awaited", script: func(s *script) {
		s.connected().text(`451-["sink",` + placeholder + `]`).reset()
		s.reason()
	}, want: transportClose},
	{name: "a reset where an ack is awaited", script: func(s *script) {
		ws := s.connected()
		ws.question()
		ws.reset()
		s.reason()
	}, want: `
		ws: ["question"]
		server: transport close`},
	{name: "a reset within the upgrade", script: func(s *script) {
		p := s.joined()
		p.upgrading("ws").text("2probe").shows(1).text("5").reset()
		s.reason()
	}, want: `
		ws: 3probe
		server: transport close`},
	{name: "a reset behind the upgrade", script: func(s *script) {
		p := s.joined()
		ws := p.upgrade()
		ws.lives()
		ws.reset()
		s.reason()
		p.gone()
	}, want: `
		session: lives
		server: transport close
		session: 400 {"code":1,"message":"Session ID unknown"}`},
	{name: "a reset instead of the close's echo", script: func(s *script) {
		ws := s.connected()
		ws.write(frameOf(fin|0x3, ""))
		op, payload, err := ws.frame()
		s.notef("ws", "opcode %d %q %v", op, payload, err)
		ws.reset()
		s.reason()
	}, want: `
		ws: opcode 8 "\x03\xea" <nil>
		server: transport error`, rookery: `
		ws: opcode 8 "\x03\xeaopcode 3 is reserved" <nil>
		server: transport error`, why: "the close frame says what was wrong"},
}
