package badinput

import "strings"

// badCase is one way to misbehave, and what comes of it.
type badCase struct {
	name   string
	server string // the settings in server.cjs; "" is "plain"
	script func(*script)
	// deadly says that Node's process does not survive it: it gets one for itself.
	deadly bool
	// want is what the client sees of the Node.js server, a line each, and of
	// Rookery too where rookery is empty.
	want string
	// rookery is what the client sees of Rookery, and why says why that is so.
	rookery, why string
	// gateway is what else the client may see of a gateway, which lets clients in
	// and handles events while the engine goes on reading.
	gateway string
}

// cases returns all of them.
func cases() []badCase {
	var all []badCase
	for _, some := range [][]badCase{
		requestCases, handshakeCases, postCases, pollCases, packetCases, binaryCases, jsonCases, namespaceCases,
		frameCases, deflateCases, upgradeCases, slowCases, abruptCases, floodCases, revision3Cases,
	} {
		all = append(all, some...)
	}
	return all
}

// survives sends messages over a WebSocket and looks whether it still works.
func survives(messages ...string) func(*script) {
	return func(s *script) { s.connected().text(messages...).lives() }
}

// ends sends messages over a WebSocket and looks how it ends.
func ends(messages ...string) func(*script) {
	return func(s *script) {
		s.connected().text(messages...).ends()
		s.reason()
	}
}

// breaks sends raw frames over a WebSocket and looks how it ends.
func breaks(frames ...string) func(*script) {
	return func(s *script) {
		ws := s.connected()
		for _, f := range frames {
			ws.write(f)
		}
		ws.ends()
		s.reason()
	}
}

// bears sends raw frames over a WebSocket and looks whether it still works.
func bears(frames ...string) func(*script) {
	return func(s *script) {
		ws := s.connected()
		for _, f := range frames {
			ws.write(f)
		}
		ws.lives()
	}
}

// floods sends a raw frame n times over a WebSocket and reads nothing.
func floods(frame string, n int) func(*script) {
	return func(s *script) {
		ws := s.connected()
		_ = ws.conn.SetReadBuffer(4 << 10) // a hint
		written := make(chan struct{})
		go func() {
			defer close(written)
			ws.write(strings.Repeat(frame, n))
		}()
		s.over()
		ws.hangUp()
		<-written
	}
}

// posts sends a payload while a poll is pending, and looks how the session ends.
func posts(payload string) func(*script) {
	return func(s *script) {
		p := s.joined()
		poll := p.pending("poll")
		p.post(payload)
		poll.answer()
		p.gone()
		s.reason()
	}
}

// asks sends one request, and notes the answer.
func asks(line string, headers ...string) func(*script) {
	return func(s *script) { s.dial("http").request(line, append(headers, "Connection: close")...).answer() }
}

// refusesHTTP sends a request that the HTTP server refuses before it has read it
// all, so that its answer may be lost.
func refusesHTTP(line string, headers ...string) func(*script) {
	return func(s *script) { s.dial("http").request(line, headers...).closed() }
}

// asksHTTP is asks for what the HTTP server answers itself.
func asksHTTP(line string, headers ...string) func(*script) {
	return func(s *script) {
		s.dial("http").request(line, append(headers, "Connection: close")...).status().closed()
	}
}
