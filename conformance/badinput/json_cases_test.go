package badinput

import "strings"

func nested(n int) string {
	return strings.Repeat("[", n) + strings.Repeat("]", n)
}

// jsonCases are arguments that are no JSON, or too much of it.
var jsonCases = []badCase{
	{name: "JSON cut off", script: ends(`42["sink"`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "something behind the JSON", script: ends(`42["sink"]x`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "a comma behind the last argument", script: ends(`42["sink",]`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "single quotes", script: ends(`42['sink']`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "NaN", script: ends(`42["sink",NaN]`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "a number with a leading zero", script: ends(`42["sink",01]`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "a number with a leading plus", script: ends(`42["sink",+1]`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "a number beyond any double", script: survives(`42["sink",1e999999]`), want: lives},
	{name: "a number of 100,000 digits", script: survives(`42["sink",` + strings.Repeat("9", 100_000) + `]`), want: lives},
	{name: "a line break in a string", script: ends("42[\"sink\",\"a\nb\"]"), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "a zero byte in a string", script: ends("42[\"sink\",\"a\x00b\"]"), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "a zero byte in a string, escaped", script: survives(`42["echo","a\u0000b"]`), want: `
		ws: 42["echo","echo","a\u0000b"]
		session: lives`},
	{name: "half a surrogate pair, escaped", script: survives(`42["sink","\ud800"]`), want: lives},
	{name: "an unknown escape", script: ends(`42["sink","\x41"]`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "a comment", script: ends(`42["sink"/**/]`), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "white space around the tokens", script: survives(" 42", "42 [ \"echo\" , 1 ] "), want: ended},
	{name: "10,000 levels", script: survives(`42["sink",` + nested(10_000) + `]`), want: lives, rookery: ended, why: limitsDepth},
	{name: "490,000 levels", script: survives(`42["sink",` + nested(490_000) + `]`), want: lives, rookery: ended, why: limitsDepth},
	{name: "100,000 levels of objects", script: survives(`42["sink",` + strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000) + `]`), want: lives, rookery: ended, why: limitsDepth},
	{name: "990,000 brackets that nobody closes", script: ends(`42["sink",` + strings.Repeat("[", 990_000)), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "10,000 levels in auth", script: func(s *script) {
		s.opened().text(`40{"a":` + nested(10_000) + `}`).shows(1).lives()
	}, want: `
		ws: 40{"sid":"…"}
		session: lives`, rookery: ended, why: limitsDepth},
	{name: "10,000 levels in a binary event", script: overloads(`451-["sink",`+nested(10_000)+`]`, "x"), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "400,000 arguments", deadly: true, script: survives(`42["sink"` + strings.Repeat(",1", 400_000) + `]`), want: `
		ws: closed
		server: ends`, rookery: lives, why: "Node spreads the arguments over its stack; ours stay bytes"},
	{name: "an event name of 900,000 bytes", script: survives(`42["` + strings.Repeat("n", 900_000) + `"]`), want: `
		ws: 42["echo","nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn… (900013 bytes)
		session: lives`},
	{name: "a key 50,000 times", script: survives(`42["sink",{"a":1` + strings.Repeat(`,"a":1`, 50_000) + `}]`), want: lives},
}
