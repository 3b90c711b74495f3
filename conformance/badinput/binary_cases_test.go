package badinput

import "strings"

const placeholder = `{"_placeholder":true,"num":0}`

// attaches sends a packet and its attachments, and looks whether the session
// still works.
func attaches(header string, attachments ...string) func(*script) {
	return func(s *script) {
		ws := s.connected().text(header)
		for _, a := range attachments {
			ws.binary(a)
		}
		ws.lives()
	}
}

// overloads does the same, and looks how the session ends.
func overloads(header string, attachments ...string) func(*script) {
	return func(s *script) {
		ws := s.connected().text(header)
		for _, a := range attachments {
			ws.binary(a)
		}
		ws.ends()
		s.reason()
	}
}

// binaryCases are binary packets whose parts do not fit.
var binaryCases = []badCase{
	{name: "a binary message out of nowhere", script: func(s *script) {
		s.connected().binary("x").ends()
		s.reason()
	}, want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "text where an attachment is awaited", script: ends(`451-["sink",`+placeholder+`]`, `42["echo"]`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "a text attachment in base64 over WebSocket", script: survives(`451-["echo",`+placeholder+`]`, "bAQID"), want: `
		ws: 451-["echo","echo",{"_placeholder":true,"num":0}]
		ws: binary "\x01\x02\x03"
		session: lives`},
	{name: "one attachment too many", script: func(s *script) {
		ws := s.connected().text(`451-["echo",` + placeholder + `]`).binary("x").shows(2)
		ws.binary("y").ends()
		s.reason()
	}, want: `
		ws: 451-["echo","echo",{"_placeholder":true,"num":0}]
		ws: binary "x"
		ws: close without a code
		ws: closed
		server: forced close`, rookery: `
		ws: 451-["echo","echo",{"_placeholder":true,"num":0}]
		ws: binary "x"
		ws: close without a code
		ws: closed
		server: parse error`, why: tellsReason},
	{name: "an attachment that never comes", script: func(s *script) {
		ws := s.connected().text(`452-["sink",` + placeholder + `]`).binary("x")
		ws.waits()
		ws.write(frameOf(fin|opClose, closing(1000, ""))).ends()
		s.reason()
	}, want: `
		ws: waits
		ws: close 1000
		ws: closed
		server: transport close`},
	{name: "an empty attachment", script: attaches(`451-["sink",`+placeholder+`]`, ""), want: lives},
	{name: "no attachments", script: ends(`450-["sink"]`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "no number of attachments", script: ends(`45-["sink"]`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "nothing behind the number of attachments", script: ends("451-", `42["sink"]`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "no dash behind the number of attachments", script: ends(`451["sink"]`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "a negative number of attachments", script: ends(`45-1-["sink"]`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "half an attachment", script: ends(`451.5-["sink"]`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "a number of attachments that is none", script: ends(`45x-["sink"]`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "a number of attachments in hexadecimal", script: attaches(`450x1-["sink",`+placeholder+`]`, "x"), want: lives, rookery: ended, why: wantsDigits},
	{name: "a number of attachments with an exponent", script: attaches(`451e0-["sink",`+placeholder+`]`, "x"), want: lives, rookery: ended, why: wantsDigits},
	{name: "a number of attachments behind a space", script: attaches(`45 1-["sink",`+placeholder+`]`, "x"), want: lives, rookery: ended, why: wantsDigits},
	{name: "as many attachments as may be", script: attaches(`4510-["sink"]`, repeat("x", 10)...), want: lives},
	{name: "more attachments than may be", script: ends(`4511-["sink"]`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "10^30 attachments", script: ends(`45` + "1" + strings.Repeat("0", 30) + `-["sink"]`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "a number of attachments of 100,000 digits", script: ends(`45` + strings.Repeat("9", 100_000)), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "a placeholder beyond the attachments", script: overloads(`451-["sink",{"_placeholder":true,"num":1}]`, "x"), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "a placeholder of a negative number", script: overloads(`451-["sink",{"_placeholder":true,"num":-1}]`, "x"), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "a placeholder of half a number", script: attaches(`451-["sink",{"_placeholder":true,"num":0.5}]`, "x"), want: lives, rookery: ended, why: wantsDigits},
	{name: "a placeholder whose number is a string", script: overloads(`451-["sink",{"_placeholder":true,"num":"0"}]`, "x"), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "a placeholder without a number", script: overloads(`451-["sink",{"_placeholder":true}]`, "x"), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "a placeholder for the event's name", script: overloads(`451-[{"_placeholder":true,"num":0}]`, "x"), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "two placeholders of one attachment", script: attaches(`451-["sink",`+placeholder+`,`+placeholder+`]`, "x"), want: lives},
	{name: "an attachment without a placeholder", script: attaches(`451-["sink"]`, "x"), want: lives},
	{name: "a placeholder in a packet without attachments", script: survives(`42["sink",` + placeholder + `]`), want: lives},
	{name: "a binary event of no elements", script: overloads(`451-[]`, "x"), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "a binary ack without an id", script: attaches(`461-[`+placeholder+`]`, "x"), want: lives},
	{name: "a binary ack of an unknown id", script: attaches(`461-99[`+placeholder+`]`, "x"), want: lives},
	{name: "binary packets for two namespaces mixed", script: func(s *script) {
		ws := s.connected().text("40/b,").shows(1)
		ws.text(`451-["sink",`+placeholder+`]`, `451-/b,["sink",`+placeholder+`]`).ends()
		s.reasons(2)
	}, want: `
		ws: 40/b,{"sid":"…"}
		ws: close without a code
		ws: closed
		server: forced close, forced close`, rookery: `
		ws: 40/b,{"sid":"…"}
		ws: close without a code
		ws: closed
		server: parse error, parse error`, why: tellsReason},
}
