package badinput

import (
	"fmt"
	"strings"
)

// namespaceCases name namespaces that are not there, not joined, or too many.
var namespaceCases = []badCase{
	{name: "an unknown namespace", script: survives("40/unknown,"), want: `
		ws: 44/unknown,{"message":"Invalid namespace"}
		session: lives`},
	{name: "an unknown namespace first", script: func(s *script) {
		s.opened().text("40/unknown,").shows(1).text("40").shows(1).lives()
	}, want: `
		ws: 44/unknown,{"message":"Invalid namespace"}
		ws: 40{"sid":"…"}
		session: lives`},
	{name: "an event for an unknown namespace", script: ends(`42/unknown,["echo"]`), want: forcedClose, rookery: forcedServerClose, why: tellsReason},
	{name: "an event for a namespace not joined", script: ends(`42/b,["echo"]`), want: forcedClose, rookery: forcedServerClose, why: tellsReason},
	{name: "a DISCONNECT from a namespace not joined", script: ends("41/b,"), want: forcedClose, rookery: forcedServerClose, why: tellsReason},
	{name: "an event for a namespace that was left", script: func(s *script) {
		ws := s.connected().text("40/b,").shows(1).text("41/b,")
		s.reason()
		ws.text(`42/b,["echo"]`).ends()
		s.reasons(2)
	}, want: `
		ws: 40/b,{"sid":"…"}
		server: client namespace disconnect
		ws: close without a code
		ws: closed
		server: client namespace disconnect, forced close`, rookery: `
		ws: 40/b,{"sid":"…"}
		server: client namespace disconnect
		ws: close without a code
		ws: closed
		server: client namespace disconnect, forced server close`, why: tellsReason},
	{name: "a namespace without the comma behind it", script: func(s *script) {
		s.connected().text("40/b").shows(1).lives()
	}, want: `
		ws: 40/b,{"sid":"…"}
		session: lives`},
	{name: "two commas behind the namespace", script: ends("40/b,,"), want: forcedClose, rookery: parseError, why: tellsReason},
	{name: "a query behind the namespace", script: survives("40/b?x=1,"), want: `
		ws: 44/b?x=1,{"message":"Invalid namespace"}
		session: lives`},
	{name: "a namespace named as a property of every object", script: survives("40/__proto__,"), want: `
		ws: 44/__proto__,{"message":"Invalid namespace"}
		session: lives`},
	{name: "a namespace with a zero byte", script: survives("40/a\x00b,"), want: `
		ws: 44/a\0b,{"message":"Invalid namespace"}
		session: lives`},
	{name: "a namespace that is a path", script: survives("40/../b,"), want: `
		ws: 44/../b,{"message":"Invalid namespace"}
		session: lives`},
	{name: "a name of 1,000 bytes", script: survives("40/" + strings.Repeat("n", 1000) + ","), want: `
		ws: 44/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn… (1035 bytes)
		session: lives`},
	{name: "a name of 900,000 bytes", script: survives("40/" + strings.Repeat("n", 900_000) + ","), want: `
		ws: 44/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn… (900035 bytes)
		session: lives`},
	{name: "a slash for a namespace", script: ends("40/,"), want: forcedClose, rookery: forcedServerClose, why: tellsReason},
	{name: "10,000 unknown namespaces", script: func(s *script) {
		ws := s.connected()
		go func() {
			var b strings.Builder
			for i := range 10_000 {
				b.WriteString(frameOf(fin|opText, fmt.Sprintf("40/unknown-%d,", i)))
			}
			ws.write(b.String())
		}()
		refused := 0
		for {
			op, payload, err := ws.frame()
			if err != nil || op != opText || !strings.HasPrefix(payload, "44/unknown-") {
				ws.describe(op, payload)
				break
			}
			if refused++; refused == 10_000 {
				break
			}
		}
		s.notef("ws", "%d refused", refused)
		ws.lives()
	}, want: `
		ws: 10000 refused
		session: lives`},
	{name: "10,000 namespaces that exist", script: func(s *script) {
		ws := s.connected()
		go func() {
			var b strings.Builder
			for i := range 10_000 {
				b.WriteString(frameOf(fin|opText, fmt.Sprintf("40/dyn-%d,", i)))
			}
			ws.write(b.String())
		}()
		answers := map[string]int{}
		for range 10_000 {
			op, payload, err := ws.frame()
			if err != nil || op != opText {
				ws.describe(op, payload)
				break
			}
			answers[payload[:2]]++
		}
		s.notef("ws", "%v", answers)
		ws.lives()
	}, want: `
		ws: map[40:10000]
		session: lives`, rookery: `
		ws: map[40:99 44:9901]
		session: lives`, why: "one client joins 100 at most; the others are refused and the session goes on"},
}
