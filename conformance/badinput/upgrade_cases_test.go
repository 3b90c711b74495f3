package badinput

// garbles opens a WebSocket for a session that polls, says something that is no
// probe, and looks what becomes of either.
func garbles(frames ...string) func(*script) {
	return func(s *script) {
		p := s.joined()
		ws := p.upgrading("ws")
		for _, f := range frames {
			ws.write(f)
		}
		ws.ends()
		p.lives()
	}
}

// upgradeCases take a session over to a WebSocket, but not quite.
var upgradeCases = []badCase{
	{name: "a probe of something else", script: garbles(frameOf(fin|opText, "2probeX")), want: upgradeRefused},
	{name: "a bare ping for a probe", script: garbles(frameOf(fin|opText, "2")), want: upgradeRefused},
	{name: "a pong for a probe", script: garbles(frameOf(fin|opText, "3probe")), want: upgradeRefused},
	{name: "an event for a probe", script: garbles(frameOf(fin|opText, `42["echo"]`)), want: upgradeRefused},
	{name: "a binary message for a probe", script: garbles(frameOf(fin|opBinary, "2probe")), want: upgradeRefused},
	{name: "an unknown packet for a probe", script: garbles(frameOf(fin|opText, "9")), want: upgradeRefused},
	{name: "an empty message for a probe", script: garbles(frameOf(fin|opText, "")), want: upgradeRefused},
	{name: "text that is not UTF-8 for a probe", script: garbles(frameOf(fin|opText, "2probe\xff")), want: `
		ws: close 1007
		ws: closed
		session: lives`},
	{name: "a frame without a mask for a probe", script: garbles(frameHead(fin|opText, false, 6) + "2probe"), want: `
		ws: close 1002
		ws: closed
		session: lives`},
	{name: "a message above the limit for a probe", script: garbles(frameHead(fin|opText, true, 2_000_000)), want: `
		ws: close 1009
		ws: closed
		session: lives`},
	{name: "an event between probe and upgrade", script: garbles(frameOf(fin|opText, "2probe"), frameOf(fin|opText, `42["echo"]`)), want: `
		ws: 3probe
		ws: close without a code
		ws: closed
		session: lives`},
	{name: "a close for a probe", script: garbles(frameOf(fin|opClose, closing(1000, ""))), want: `
		ws: close 1000
		ws: closed
		session: lives`},
	{name: "a probe twice", script: func(s *script) {
		p := s.joined()
		ws := p.upgrading("ws").text("2probe").shows(1).text("2probe").shows(1).text("5")
		ws.lives()
	}, want: `
		ws: 3probe
		ws: 3probe
		session: lives`},
	{name: "an upgrade without a probe", script: func(s *script) {
		p := s.joined()
		p.upgrading("ws").text("5").lives()
	}, want: lives},
	{name: "an upgrade twice", script: func(s *script) {
		p := s.joined()
		p.upgrade().text("5").lives()
	}, want: lives},
	{name: "a probe and then silence", server: "hasty", script: func(s *script) {
		p := s.joined()
		p.upgrading("ws").text("2probe").ends()
		p.lives()
	}, want: `
		ws: 3probe
		ws: close without a code
		ws: closed
		session: lives`},
	{name: "a WebSocket without a probe", server: "hasty", script: func(s *script) {
		p := s.joined()
		p.upgrading("ws").ends()
		p.lives()
	}, want: upgradeRefused},
	{name: "a probe hung up on", script: func(s *script) {
		p := s.joined()
		p.upgrading("ws").text("2probe").shows(1).hangUp()
		p.lives()
	}, want: `
		ws: 3probe
		session: lives`},
	{name: "a probe reset", script: func(s *script) {
		p := s.joined()
		p.upgrading("ws").text("2probe").shows(1).reset()
		p.lives()
	}, want: `
		ws: 3probe
		session: lives`},
	{name: "two upgrades at once", script: func(s *script) {
		p := s.joined()
		first := p.upgrading("first").text("2probe").shows(1)
		p.upgrading("second").ends()
		first.text("5").lives()
	}, want: `
		first: 3probe
		second: close without a code
		second: closed
		session: lives`},
	{name: "an upgrade of a session that was upgraded", script: func(s *script) {
		p := s.joined()
		ws := p.upgrade()
		ws.lives()
		p.upgrading("second").ends()
		ws.lives()
	}, want: `
		session: lives
		second: close without a code
		second: closed
		session: lives`},
	{name: "an upgrade of a session that began on WebSocket", script: func(s *script) {
		ws := s.switched("ws", "EIO=4&transport=websocket")
		open := ws.open()
		ws.text("40").shows(1)
		second := (&polling{s, sidOf(open)}).upgrading("second")
		second.text("2probe").shows(1)
	}, want: `
		ws: 40{"sid":"…"}
		second: 3probe`, rookery: `
		ws: 40{"sid":"…"}
		second: close without a code`, why: "there is nothing to upgrade; Node would swap one WebSocket for another"},
	{name: "an upgrade of a session that was closed", script: func(s *script) {
		p := s.joined()
		p.post("1")
		s.handshake("http", "EIO=4&transport=websocket&sid="+p.sid).answer().closed()
	}, want: `
		post: 200 ok
		http: 400 Session ID unknown
		http: closed`},
	{name: "a close by POST while a probe is under way", script: func(s *script) {
		p := s.joined()
		ws := p.upgrading("ws").text("2probe").shows(1)
		p.post("1")
		ws.ends()
		s.reason()
	}, want: `
		ws: 3probe
		post: 200 ok
		ws: close without a code
		ws: closed
		server: transport close`, rookery: `
		ws: 3probe
		post: 200 ok
		ws: closed
		server: transport close`, why: "the session is over, and with it the probe: nobody waits for a close frame"},
	{name: "a bad POST while a probe is under way", server: "hasty", script: func(s *script) {
		p := s.joined()
		ws := p.upgrading("ws").text("2probe").shows(1)
		p.post("9")
		ws.ends()
		s.reason()
	}, want: `
		ws: 3probe
		post: 200 ok
		ws: close without a code
		ws: closed
		server: parse error`, rookery: `
		ws: 3probe
		post: 400
		ws: close without a code
		ws: closed
		server: parse error`, why: refusesPost},
	{name: "a POST behind the upgrade", script: func(s *script) {
		p := s.joined()
		ws := p.upgrade()
		ws.lives()
		p.post(`42["echo"]`)
		ws.lives()
	}, want: `
		session: lives
		post: 400 {"code":3,"message":"Bad request"}
		session: lives`},
	{name: "a poll behind the upgrade", script: func(s *script) {
		p := s.joined()
		ws := p.upgrade()
		ws.lives()
		p.poll()
		ws.lives()
	}, want: `
		session: lives
		poll: 400 {"code":3,"message":"Bad request"}
		session: lives`},
	{name: "a poll that waits when the upgrade comes", script: func(s *script) {
		p := s.joined()
		poll := p.pending("poll")
		ws := p.upgrade()
		poll.answer()
		ws.lives()
	}, want: `
		poll: 200 1
		session: lives`, rookery: `
		poll: 200 6
		session: lives`, why: "a noop lets the poll return; Node says that the session is closed, which it is not"},
	{name: "a POST cut by the upgrade", script: func(s *script) {
		p := s.joined()
		before := s.requests()
		post := s.dial("post").request("POST "+p.path(), "Content-Length: 12", "Connection: close").write(`42["e`)
		s.arrived(before)
		ws := p.upgrade()
		ws.lives()
		post.write(`cho",1]`)
		post.answer()
		ws.lives()
	}, want: `
		session: lives
		post: closed
		session: lives`, rookery: `
		session: lives
		post: 200 ok
		ws: 42["echo","echo",1]
		session: lives`, why: "the POST began before the upgrade and is taken when it is whole; Node drops it"},
	{name: "an attachment over the WebSocket for a header by POST", script: func(s *script) {
		p := s.joined()
		p.post(`451-["echo",` + placeholder + `]`)
		p.upgrade().binary("x").lives()
	}, want: `
		post: 200 ok
		ws: 451-["echo","echo",{"_placeholder":true,"num":0}]
		ws: binary "x"
		session: lives`},
}
