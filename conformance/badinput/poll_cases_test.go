package badinput

// pollCases poll in ways that no client does.
var pollCases = []badCase{
	{
		name: "a second poll",
		script: func(s *script) {
			p := s.joined()
			first := p.pending("first")
			p.ask("second").answer()
			first.answer()
			p.gone()
			s.reason()
		},
		want: `
		second: 400
		first: 200 1
		session: 400 {"code":1,"message":"Session ID unknown"}
		server: transport error`,
	},
	{
		name: "a third and a fourth poll",
		script: func(s *script) {
			p := s.joined()
			first := p.pending("first")
			p.ask("second").answer()
			first.answer()
			p.ask("third").answer()
			p.ask("fourth").answer()
			s.reason()
		},
		want: `
		second: 400
		first: 200 1
		third: 400 {"code":1,"message":"Session ID unknown"}
		fourth: 400 {"code":1,"message":"Session ID unknown"}
		server: transport error`,
	},
	{
		name: "a second poll in the same write",
		script: func(s *script) {
			p := s.joined()
			poll := head("GET " + p.path())
			before := s.requests()
			w := s.dial("polls").write(poll + poll)
			s.arrived(before)
			p.post("42[\"echo\"]")
			w.answer()
			s.notef("requests", "%d", min(2, s.requests()-before))
		},
		want: `
		post: 400 {"code":1,"message":"Session ID unknown"}
		polls: 200 1
		requests: 2`, rookery: `
		post: 200 ok
		polls: 200 42["echo","echo"]
		requests: 2`, why: "net/http serves the requests of one connection one after another, so that the polls do not overlap",
	},
	{
		name: "a poll hung up on",
		script: func(s *script) {
			p := s.joined()
			p.pending("poll").hangUp()
			s.reason()
			p.gone()
		},
		want: pollReset,
	},
	{
		name: "a poll reset",
		script: func(s *script) {
			p := s.joined()
			p.pending("poll").reset()
			s.reason()
			p.gone()
		},
		want: pollReset,
	},
	{
		name: "a poll with a body",
		script: func(s *script) {
			p := s.joined()
			p.post("42[\"echo\"]")
			s.dial("poll").write("GET " + p.path() + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + body("42[\"echo\",\"body\"]")).answer()
			p.lives()
		},
		want: `
		post: 200 ok
		poll: 200 42["echo","echo"]
		session: lives`,
	},
	{
		name: "a HEAD for a poll",
		script: func(s *script) {
			p := s.joined()
			w := s.dial("head").request("HEAD "+p.path(), "Connection: close")
			w.statusLine().closed()
			p.lives()
		},
		want: `
		head: 500
		head: closed
		session: lives`,
	},
	{
		name: "a poll of a session on WebSocket",
		script: func(s *script) {
			ws := s.switched("ws", "EIO=4&transport=websocket")
			open := ws.open()
			(&polling{s, sidOf(open)}).poll()
			ws.text("40").shows(1).lives()
		},
		want: `
		poll: 400 {"code":3,"message":"Bad request"}
		ws: 40{"sid":"…"}
		session: lives`,
	},
	{
		name: "a poll of a session that was closed",
		script: func(s *script) {
			p := s.joined()
			p.post("1")
			p.gone()
			p.post("42[\"echo\"]")
			s.reason()
		},
		want: `
		post: 200 ok
		session: 400 {"code":1,"message":"Session ID unknown"}
		post: 400 {"code":1,"message":"Session ID unknown"}
		server: transport close`,
	},
	{
		name: "a session kicked while it does not poll",
		script: func(s *script) {
			p := s.joined()
			p.post("42[\"kick\"]")
			s.reason()
			p.poll()
			p.poll()
			p.gone()
		},
		want: `
		post: 200 ok
		server: server namespace disconnect
		poll: 200 41
		poll: 200 6 | 1
		session: 400 {"code":1,"message":"Session ID unknown"}`,
		rookery: `
		post: 200 ok
		server: server namespace disconnect
		poll: 200 41
		poll: 200 1
		session: 400 {"code":1,"message":"Session ID unknown"}`,
		why: "the noop says nothing",
	},
	{
		name: "a poll behind events nobody polled for",
		script: func(s *script) {
			p := s.joined()
			for range 5 {
				p.post("42[\"echo\"]")
			}
			p.lives()
		},
		want: `
		post: 200 ok
		post: 200 ok
		post: 200 ok
		post: 200 ok
		post: 200 ok
		poll: 42["echo","echo"]
		poll: 42["echo","echo"]
		poll: 42["echo","echo"]
		poll: 42["echo","echo"]
		poll: 42["echo","echo"]
		session: lives`,
	},
}
