package badinput

import "strings"

// handshakeCases ask for a session in ways that give none.
var handshakeCases = []badCase{
	{
		name:   "no query at all",
		script: asks("GET /socket.io/"),
		want:   unknownTransport,
	},
	{
		name:   "no transport",
		script: asks("GET /socket.io/?EIO=4"),
		want:   unknownTransport,
	},
	{
		name:   "an unknown transport",
		script: asks("GET /socket.io/?EIO=4&transport=pigeon"),
		want:   unknownTransport,
	},
	{
		name:   "a transport named as a property of every object",
		script: asks("GET /socket.io/?EIO=4&transport=constructor"),
		want:   unknownTransport,
	},
	{
		name:   "a transport that is off",
		script: asks("GET /socket.io/?EIO=4&transport=webtransport"),
		want:   unknownTransport,
	},
	{
		name:   "two transports, the last unknown",
		script: asks("GET /socket.io/?EIO=4&transport=polling&transport=pigeon"),
		want:   unknownTransport,
	},
	{
		name:   "no revision",
		script: asks("GET /socket.io/?transport=polling"),
		want:   unsupportedRevision,
	},
	{
		name:   "revision 3 where it is off",
		script: asks("GET /socket.io/?EIO=3&transport=polling"),
		want:   unsupportedRevision,
	},
	{
		name:   "revision 5",
		script: asks("GET /socket.io/?EIO=5&transport=polling"),
		want:   unsupportedRevision,
	},
	{
		name:   "a revision that is no number",
		script: asks("GET /socket.io/?EIO=4x&transport=polling"),
		want:   unsupportedRevision,
	},
	{
		name: "revision 3 over WebSocket where it is off",
		script: func(s *script) {
			s.handshake("http", "EIO=3&transport=websocket").statusLine().closed()
		},
		want: `
		http: 101
		http: closed`, rookery: badHTTP, why: "Node switches to WebSocket first and writes its refusal, in HTTP, behind that",
	},
	{
		name:   "a POST without a session",
		script: asks("POST /socket.io/?EIO=4&transport=polling", "Content-Length: 0"),
		want:   badMethod,
	},
	{
		name:   "a PUT without a session",
		script: asks("PUT /socket.io/?EIO=4&transport=polling", "Content-Length: 0"),
		want:   badMethod,
	},
	{
		name:   "an OPTIONS where there is no CORS",
		script: asks("OPTIONS /socket.io/?EIO=4&transport=polling", "Origin: http://evil.example", "Access-Control-Request-Method: GET"),
		want:   badMethod, rookery: `http: 403 {"code":4,"message":"Forbidden"}`, why: "it is refused for its origin, which Node does not look at here",
	},
	{
		name:   "the websocket transport without a WebSocket handshake",
		script: asks("GET /socket.io/?EIO=4&transport=websocket"),
		want:   `http: 400 {"code":3,"message":"Bad request"}`,
	},
	{
		name: "the polling transport with a WebSocket handshake",
		script: func(s *script) {
			s.switched("ws", "EIO=4&transport=polling").ends()
		},
		want: ended, rookery: `
		ws: 400 Bad request
		ws: closed`, why: "it is refused before the WebSocket is opened, not after",
	},
	{
		name: "an unknown transport with a WebSocket handshake",
		script: func(s *script) {
			s.handshake("http", "EIO=4&transport=pigeon").answer().closed()
		},
		want: `
		http: 400 Transport unknown
		http: closed`,
	},
	{
		name:   "an unknown session",
		script: asks("GET /socket.io/?EIO=4&transport=polling&sid=nobody"),
		want:   unknownSession,
	},
	{
		name:   "a POST to an unknown session",
		script: asks("POST /socket.io/?EIO=4&transport=polling&sid=nobody", "Content-Length: 0"),
		want:   unknownSession,
	},
	{
		name: "a WebSocket for an unknown session",
		script: func(s *script) {
			s.handshake("http", "EIO=4&transport=websocket&sid=nobody").answer().closed()
		},
		want: `
		http: 400 Session ID unknown
		http: closed`,
	},
	{
		name:   "a session named as a property of every object",
		script: asks("GET /socket.io/?EIO=4&transport=polling&sid=__proto__"),
		want:   unknownSession,
	},
	{
		name:   "an empty session id",
		script: asks("GET /socket.io/?EIO=4&transport=polling&sid="),
		want:   `http: 200 0{"sid":"…","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`,
	},
	{
		name:   "line breaks in the session id",
		script: asks("GET /socket.io/?EIO=4&transport=polling&sid=a%0d%0aSet-Cookie:%20a=b%0d%0a"),
		want:   unknownSession,
	},
	{
		name:   "a zero byte in the session id",
		script: asks("GET /socket.io/?EIO=4&transport=polling&sid=a%00b"),
		want:   unknownSession,
	},
	{
		name:   "a broken escape in the query",
		script: asks("GET /socket.io/?EIO=4&transport=polling&sid=%zz%"),
		want:   unknownSession, rookery: `http: 200 0{"sid":"…","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`, why: "net/url leaves broken parameters out, so that no session is named",
	},
	{
		name:   "a session id of 8,000 bytes",
		script: asks("GET /socket.io/?EIO=4&transport=polling&sid=" + strings.Repeat("s", 8000)),
		want:   unknownSession,
	},
	{
		name: "a session of another revision",
		script: func(s *script) {
			p := s.joined()
			s.get("http", "EIO=3&transport=polling&sid="+p.sid)
			p.lives()
		},
		want: `
		http: 400 {"code":3,"message":"Bad request"}
		session: lives`,
	},
	{
		name: "a WebSocket of another revision for a session",
		script: func(s *script) {
			p := s.joined()
			s.handshake("http", "EIO=3&transport=websocket&sid="+p.sid).answer().closed()
			p.lives()
		},
		want: `
		http: 400 Bad request
		http: closed
		session: lives`,
	},
	{
		name: "no Sec-WebSocket-Key",
		script: func(s *script) {
			s.dial("http").request("GET "+s.path("EIO=4&transport=websocket"), "Connection: Upgrade", "Upgrade: websocket",
				"Sec-WebSocket-Version: 13").status().closed()
		},
		want: `
		http: 400
		http: closed`,
	},
	{
		name: "a Sec-WebSocket-Key of the wrong length",
		script: func(s *script) {
			s.dial("http").request("GET "+s.path("EIO=4&transport=websocket"), "Connection: Upgrade", "Upgrade: websocket",
				"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: c2hvcnQ=").status().closed()
		},
		want: `
		http: 400
		http: closed`,
	},
	{
		name: "no Sec-WebSocket-Version",
		script: func(s *script) {
			s.dial("http").request("GET "+s.path("EIO=4&transport=websocket"), "Connection: Upgrade", "Upgrade: websocket",
				"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==").status().closed()
		},
		want: `
		http: 400
		http: closed`, rookery: `
		http: 426
		http: closed`, why: "RFC 6455, section 4.4, has 426 for a version that is not spoken",
	},
	{
		name: "an old Sec-WebSocket-Version",
		script: func(s *script) {
			s.dial("http").request("GET "+s.path("EIO=4&transport=websocket"), "Connection: Upgrade", "Upgrade: websocket",
				"Sec-WebSocket-Version: 7", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==").status().closed()
		},
		want: `
		http: 400
		http: closed`, rookery: `
		http: 426
		http: closed`, why: "RFC 6455, section 4.4, has 426 for a version that is not spoken",
	},
	{
		name: "an upgrade to another protocol",
		script: func(s *script) {
			s.dial("http").request("GET "+s.path("EIO=4&transport=websocket"), "Connection: Upgrade", "Upgrade: h2c",
				"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==").answer()
		},
		want: `http: 400 Invalid Upgrade header`, rookery: `http: 400 {"code":3,"message":"Bad request"}`, why: "what asks for no WebSocket is taken for a plain request",
	},
	{
		name: "a WebSocket handshake by POST",
		script: func(s *script) {
			s.dial("http").request("POST "+s.path("EIO=4&transport=websocket"), webSocketHeaders...).answer().closed()
		},
		want: `
		http: 400 Bad handshake method
		http: closed`,
	},
	{
		name: "a broken Sec-WebSocket-Protocol",
		script: func(s *script) {
			s.handshake("http", "EIO=4&transport=websocket", "Sec-WebSocket-Protocol: ,;,").statusLine()
		},
		want: `
		http: 400`, rookery: `http: 101`, why: "no subprotocol is ever chosen, so that none is parsed",
	},
	{
		name:   "a broken Sec-WebSocket-Extensions where compression is on",
		server: "deflate",
		script: func(s *script) {
			s.handshake("http", "EIO=4&transport=websocket", "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99").statusLine()
		},
		want: `
		http: 400`, rookery: `http: 101`, why: "RFC 7692, section 7.1, has an offer with wrong parameters declined, not the connection",
	},
	{
		name: "a broken Sec-WebSocket-Extensions where compression is off",
		script: func(s *script) {
			s.connected("Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99").lives()
		},
		want: lives,
	},
	{
		name:   "a foreign origin",
		server: "cors",
		script: func(s *script) {
			w := s.dial("http").request("GET "+s.path("EIO=4&transport=polling"), "Origin: http://evil.example", "Connection: close")
			w.header("Access-Control-Allow-Origin")
		},
		want: `http: 200 Access-Control-Allow-Origin: "http://good.example"`, rookery: `http: 403 Access-Control-Allow-Origin: ""`, why: "Node leaves it to the browser to keep a page from reading; a foreign origin opens no session here",
	},
}
