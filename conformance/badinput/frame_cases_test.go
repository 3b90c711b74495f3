package badinput

import "strings"

// frameCases break RFC 6455.
var frameCases = []badCase{
	{name: "a frame without a mask", script: breaks(frameHead(fin|opText, false, 1) + "6"), want: protocolError},
	{name: "a frame with RSV1 where compression is off", script: breaks(frameOf(fin|rsv1|opText, "6")), want: protocolError},
	{name: "a frame with RSV2", script: breaks(frameOf(fin|rsv2|opText, "6")), want: protocolError},
	{name: "a frame with RSV3", script: breaks(frameOf(fin|rsv3|opText, "6")), want: protocolError},
	{name: "a frame of opcode 3", script: breaks(frameOf(fin|0x3, "6")), want: protocolError},
	{name: "a frame of opcode 15", script: breaks(frameOf(fin|0xF, "")), want: protocolError},
	{name: "a continuation of nothing", script: breaks(frameOf(fin|opContinuation, "6")), want: protocolError},
	{name: "a message within a message", script: breaks(frameOf(opText, "4"), frameOf(fin|opText, "6")), want: protocolError},
	{name: "a ping cut in fragments", script: breaks(frameOf(opPing, "x")), want: protocolError},
	{name: "a ping of 126 bytes", script: breaks(frameOf(fin|opPing, strings.Repeat("x", 126))), want: protocolError},
	{name: "a close of 126 bytes", script: breaks(frameOf(fin|opClose, closing(1000, strings.Repeat("x", 124)))), want: protocolError},
	{name: "a ping between fragments", script: bears(frameOf(opText, "4"), frameOf(fin|opPing, "in between"), frameOf(fin|opContinuation, `2["echo"]`)), want: `
		ws: pong frame "in between"
		ws: 42["echo","echo"]
		session: lives`},
	{name: "a pong nobody asked for", script: bears(frameOf(fin|opPong, "x")), want: lives},
	{name: "text that is not UTF-8", script: breaks(frameOf(fin|opText, "42[\"sink\",\"\xff\"]")), want: notUTF8},
	{name: "text with an overlong form", script: breaks(frameOf(fin|opText, "42[\"sink\",\"\xc0\xaf\"]")), want: notUTF8},
	{name: "text with half a surrogate pair", script: breaks(frameOf(fin|opText, "42[\"sink\",\"\xed\xa0\x80\"]")), want: notUTF8},
	{name: "text that ends within a character", script: breaks(frameOf(fin|opText, "42[\"sink\",\"\xe2\x82")), want: notUTF8},
	{name: "text that is not UTF-8, in fragments", script: breaks(frameOf(opText, "42[\"sink\",\""), frameOf(fin|opContinuation, "\xff\"]")), want: notUTF8},
	{name: "a character over two fragments", script: bears(frameOf(opText, "42[\"echo\",\"\xe2\x82"), frameOf(fin|opContinuation, "\xac\"]")), want: `
		ws: 42["echo","echo","€"]
		session: lives`},
	{name: "a message above the limit", script: breaks(frameOf(fin|opText, `42["sink","`+strings.Repeat("x", 1_000_000)+`"]`)), want: tooLarge},
	{name: "a binary message above the limit", script: breaks(frameOf(fin|opBinary, strings.Repeat("x", 1_000_001))), want: tooLarge},
	{name: "a head that announces more than the limit", script: breaks(frameHead(fin|opText, true, 1_000_001)), want: tooLarge},
	{name: "a head that announces 2^62 bytes", script: breaks(frameHead(fin|opText, true, 1<<62)), want: tooLarge},
	{name: "a head that announces 2^63 bytes", script: breaks("\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00" + key), want: tooLarge},
	{name: "a head that announces 2^64-1 bytes", script: breaks("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff" + key), want: tooLarge},
	{name: "fragments above the limit together", script: breaks(
		frameOf(opText, strings.Repeat("x", 400_000)), frameOf(opContinuation, strings.Repeat("x", 400_000)), frameOf(opContinuation, strings.Repeat("x", 400_000))), want: tooLarge},
	{name: "a length in more bytes than it needs", script: bears("\x81\xff\x00\x00\x00\x00\x00\x00\x00\x01" + key + mask("6")), want: lives},
	{name: "a close without a code", script: breaks(frameOf(fin|opClose, "")), want: `
		ws: close without a code
		ws: closed
		server: transport close`},
	{name: "a close with half a code", script: breaks(frameOf(fin|opClose, "\x03")), want: protocolError},
	{name: "a close with code 1000", script: breaks(frameOf(fin|opClose, closing(1000, "bye"))), want: `
		ws: close 1000
		ws: closed
		server: transport close`},
	{name: "a close with code 3000", script: breaks(frameOf(fin|opClose, closing(3000, ""))), want: `
		ws: close 3000
		ws: closed
		server: transport close`},
	{name: "a close with code 4999", script: breaks(frameOf(fin|opClose, closing(4999, ""))), want: `
		ws: close 4999
		ws: closed
		server: transport close`},
	{name: "a close with code 0", script: breaks(frameOf(fin|opClose, closing(0, ""))), want: protocolError},
	{name: "a close with code 999", script: breaks(frameOf(fin|opClose, closing(999, ""))), want: protocolError},
	{name: "a close with code 1004", script: breaks(frameOf(fin|opClose, closing(1004, ""))), want: protocolError},
	{name: "a close with code 1005", script: breaks(frameOf(fin|opClose, closing(1005, ""))), want: protocolError},
	{name: "a close with code 1006", script: breaks(frameOf(fin|opClose, closing(1006, ""))), want: protocolError},
	{name: "a close with code 1016", script: breaks(frameOf(fin|opClose, closing(1016, ""))), want: protocolError},
	{name: "a close with code 5000", script: breaks(frameOf(fin|opClose, closing(5000, ""))), want: protocolError},
	{name: "a close whose reason is not UTF-8", script: breaks(frameOf(fin|opClose, closing(1000, "\xff"))), want: notUTF8},
	{name: "an event behind a close frame", script: breaks(frameOf(fin|opClose, closing(1000, "")) + frameOf(fin|opText, `42["echo"]`)), want: `
		ws: close 1000
		ws: closed
		server: transport close`},
	{name: "a frame byte by byte", script: func(s *script) {
		ws := s.connected()
		ws.trickle(frameOf(fin|opText, `42["echo","drip"]`))
		ws.lives()
	}, want: `
		ws: 42["echo","echo","drip"]
		session: lives`},
	{name: "a first frame in the same write as the handshake", script: func(s *script) {
		w := s.dial("ws").write(head("GET "+s.path("EIO=4&transport=websocket"), webSocketHeaders...) + frameOf(fin|opText, "40"))
		w.statusLine()
		(&socket{w}).shows(1).tells()
	}, want: `
		ws: 101
		ws: 0{"sid":"…","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}
		ws: silent`, rookery: `
		ws: 101
		ws: 0{"sid":"…","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}
		ws: 40{"sid":"…"}`, why: "Node loses it"},
	{name: "10,000 empty fragments", script: bears(frameOf(opText, "6") + strings.Repeat(frameOf(opContinuation, ""), 10_000) + frameOf(fin|opContinuation, "")), want: lives},
	{name: "20,000 fragments of a byte", script: bears(frameOf(opText, "6") + strings.Repeat(frameOf(opContinuation, "x"), 20_000) + frameOf(fin|opContinuation, "")), want: `
		ws: close 1008
		ws: closed`, rookery: lives, why: "ws counts fragments, Rookery bytes: a message takes no more work and memory in parts than whole"},
	{name: "1,000 fragments", script: bears(frameOf(opText, `42["sink","`) + strings.Repeat(frameOf(opContinuation, "x"), 1000) + frameOf(fin|opContinuation, `"]`)), want: lives},
}
