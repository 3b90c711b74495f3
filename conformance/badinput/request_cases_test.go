package badinput

import "strings"

// requestCases are HTTP that is wrong whatever it is for.
var requestCases = []badCase{
	{
		name:   "bytes that are no HTTP",
		script: func(s *script) { s.dial("http").write("\x16\x03\x01\x02\x00\x01\x00\r\n\r\n").status().closed() },
		want:   badHTTP,
	},
	{
		name: "a request without a Host",
		script: func(s *script) {
			s.dial("http").write("GET " + s.path("EIO=4&transport=polling") + " HTTP/1.1\r\n\r\n").status().closed()
		},
		want: badHTTP,
	},
	{
		name: "an unknown version of HTTP",
		script: func(s *script) {
			s.dial("http").write("GET " + s.path("EIO=4&transport=polling") + " HTTP/9.9\r\nHost: localhost\r\n\r\n").status().closed()
		},
		want: badHTTP, rookery: `
		http: 505
		http: closed`, why: netHTTP,
	},
	{
		name: "HTTP/1.0",
		script: func(s *script) {
			s.dial("http").write("GET " + s.path("EIO=4&transport=polling") + " HTTP/1.0\r\n\r\n").answer().closed()
		},
		want: `
		http: 200 0{"sid":"…","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}
		http: closed`,
	},
	{
		name:   "a header of 100 KB",
		script: refusesHTTP("GET /socket.io/?EIO=4&transport=polling", "X-Large: "+strings.Repeat("x", 100_000)),
		want:   `http: closed`,
	},
	{
		name:   "5,000 headers",
		script: refusesHTTP("GET /socket.io/?EIO=4&transport=polling", repeat("X-Some: header", 5000)...),
		want:   `http: closed`,
	},
	{
		name:   "a request line of 100 KB",
		script: refusesHTTP("GET /socket.io/?EIO=4&transport=polling&x=" + strings.Repeat("x", 100_000)),
		want:   `http: closed`,
	},
	{
		name:   "a zero byte in a header",
		script: asksHTTP("GET /socket.io/?EIO=4&transport=polling", "X-Zero: a\x00b"),
		want:   badHTTP,
	},
	{
		name:   "a space in a header's name",
		script: asksHTTP("GET /socket.io/?EIO=4&transport=polling", "X Space: a"),
		want:   badHTTP,
	},
	{
		name:   "a negative Content-Length",
		script: asksHTTP("POST /socket.io/?EIO=4&transport=polling&sid=nobody", "Content-Length: -1"),
		want:   badHTTP,
	},
	{
		name:   "two lengths that differ",
		script: asksHTTP("POST /socket.io/?EIO=4&transport=polling&sid=nobody", "Content-Length: 1", "Content-Length: 2"),
		want:   badHTTP,
	},
	{
		name:   "an unknown Transfer-Encoding",
		script: asksHTTP("POST /socket.io/?EIO=4&transport=polling&sid=nobody", "Transfer-Encoding: cloudy"),
		want:   badHTTP, rookery: `
		http: 501
		http: closed`, why: netHTTP,
	},
	{
		name: "two handshakes in one write",
		script: func(s *script) {
			handshake := head("GET " + s.path("EIO=4&transport=polling"))
			s.dial("http").write(handshake + handshake).answer().answer()
		},
		want: `
		http: 200 0{"sid":"…","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}
		http: 200 0{"sid":"…","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`,
	},
	{
		name: "garbage behind a request",
		script: func(s *script) {
			s.dial("http").write(head("GET "+s.path("EIO=4&transport=polling&sid=nobody")) + "garbage\r\n\r\n").closed()
		},
		want: `http: closed`,
	},
}

func repeat(text string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = text
	}
	return all
}
