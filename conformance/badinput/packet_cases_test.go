package badinput

// packetCases are Socket.IO packets that are none, or come when they must not.
var packetCases = []badCase{
	{name: "a message without a packet", script: ends("4"), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "an event without anything", script: survives("42"), want: `
		ws: 42["echo",null]
		session: lives`, rookery: ended, why: "an event has a name"},
	{name: "an event with an id and nothing else", script: survives("421"), want: lives, rookery: ended, why: "an event has a name"},
	{name: "an event of no elements", script: ends("42[]"), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "an event that is an object", script: ends("42{}"), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "an event that is a string", script: ends(`42"echo"`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "an event whose name is null", script: ends("42[null]"), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "an event whose name is an object", script: ends("42[{}]"), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "an event whose name is a number", script: survives("42[1]"), want: `
		ws: 42["echo",1]
		session: lives`, rookery: `
		ws: 42["echo","1"]
		session: lives`, why: "names are strings to a Go handler"},
	{name: "an event whose name is empty", script: survives(`42[""]`), want: `
		ws: 42["echo",""]
		session: lives`},
	{name: "an event of a reserved name", script: ends(`42["disconnect"]`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "an event of a reserved name, escaped", script: ends(`42["conn\u0065ct"]`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "an event named as a property of every object", script: survives(`42["__proto__"]`), want: `
		ws: 42["echo","__proto__"]
		session: lives`},
	{name: "packet type 7", script: ends("47"), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "packet type 9", script: ends("49"), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "a letter for a packet type", script: ends("4x"), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "a space for a packet type", script: ends(`4 ["echo"]`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "a CONNECT twice", script: ends("40"), want: forcedClose, rookery: forcedServerClose, why: tellsReason},
	{name: "a CONNECT twice in one write", script: func(s *script) {
		s.opened().write(frameOf(fin|opText, "40") + frameOf(fin|opText, "40")).shows(1).tells()
	}, want: `
		ws: 40{"sid":"…"}
		ws: 40{"sid":"…"}`, rookery: `
		ws: 40{"sid":"…"}
		ws: close without a code`, why: "Node joins twice while its middleware is still at the first", gateway: `
		ws: 40{"sid":"…"}
		ws: silent`},
	{name: "a CONNECT_ERROR from the client", script: ends(`44{"message":"x"}`), want: forcedClose, rookery: forcedServerClose, why: tellsReason},
	{name: "a DISCONNECT with a payload", script: ends(`41{"a":1}`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "an event behind DISCONNECT", script: func(s *script) {
		ws := s.connected().text("41")
		s.reason()
		ws.text(`42["echo"]`).ends()
	}, want: `
		server: client namespace disconnect
		ws: close without a code
		ws: closed`},
	{name: "an ack without an id", script: survives("43[]"), want: lives},
	{name: "an ack without anything", script: survives("43"), want: lives},
	{name: "an ack of an unknown id", script: survives("43999[]"), want: lives},
	{name: "an ack whose payload is an object", script: ends("430{}"), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "an ack of a huge id", script: survives("4399999999999999999999999[]"), want: lives, rookery: ended, why: wantsUint64},
	{name: "an ack twice", script: func(s *script) {
		ws := s.connected()
		id := ws.question()
		ws.text("43"+id+`["first"]`, "43"+id+`["second"]`).shows(1).lives()
	}, want: `
		ws: ["question"]
		ws: 42["answered","first"]
		session: lives`},
	{name: "an event with a huge id", script: survives(`4299999999999999999999999["sink"]`), want: `
		ws: 431e+23["sunk"]
		session: lives`, rookery: ended, why: wantsUint64},
	{name: "an event with an id beyond 2^53", script: survives(`429007199254740993["sink"]`), want: `
		ws: 439007199254740992["sunk"]
		session: lives`, rookery: `
		ws: 439007199254740993["sunk"]
		session: lives`, why: wantsUint64},
	{name: "an event with a negative id", script: ends(`42-1["sink"]`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "an event with a space before its id", script: survives(`42 1["sink"]`), want: `
		ws: 431["sunk"]
		session: lives`, rookery: ended, why: wantsDigits},
	{name: "an event before CONNECT", script: func(s *script) { s.opened().text(`42["echo"]`).ends() }, want: ended},
	{name: "an ack before CONNECT", script: func(s *script) { s.opened().text("430[]").ends() }, want: ended},
	{name: "a DISCONNECT before CONNECT", script: func(s *script) { s.opened().text("41").ends() }, want: ended},
	{name: "a binary event before CONNECT", script: func(s *script) {
		s.opened().text(`451-["sink",{"_placeholder":true,"num":0}]`).binary("x").ends()
	}, want: ended},
	{name: "a CONNECT whose auth is an array", script: func(s *script) { s.opened().text("40[]").ends() }, want: ended},
	{name: "a CONNECT whose auth is a string", script: func(s *script) { s.opened().text(`40"token"`).ends() }, want: ended},
	{name: "a CONNECT whose auth is null", script: func(s *script) { s.opened().text("40null").ends() }, want: ended},
	{name: "a CONNECT whose auth is cut off", script: func(s *script) { s.opened().text(`40{"token":`).ends() }, want: ended},
	{name: "a CONNECT whose auth names __proto__", script: func(s *script) {
		s.opened().text(`40{"__proto__":{"admin":true}}`).shows(1).lives()
	}, want: `
		ws: 40{"sid":"…"}
		session: lives`},
	{name: "a CONNECT with an id", script: func(s *script) { s.opened().text("401").shows(1).lives() }, want: `
		ws: 40{"sid":"…"}
		session: lives`},
	{name: "an Engine.IO ping from the client", script: ends("2"), want: transportError},
	{name: "a probe on a session that is on WebSocket", script: ends("2probe"), want: transportError},
	{name: "an empty text message", script: ends(""), want: parseError},
	{name: "an unknown Engine.IO packet over WebSocket", script: ends("9"), want: parseError},
	{name: "a zero byte over WebSocket", script: ends("\x00"), want: parseError},
	{name: "two packets in one message", script: ends("42[\"sink\"]\x1e42[\"sink\"]"), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "packets that only a server sends, over WebSocket", script: survives("0{}", "5", "6", "3", "3probe"), want: lives},
	{name: "an Engine.IO close over WebSocket", script: survives("1"), want: lives, rookery: ended, why: "the protocol lets the client close so; Node forgets it"},
}
