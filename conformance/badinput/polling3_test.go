package badinput

import (
	"strconv"
	"strings"
)

// polling3 is a session of Engine.IO 3 over long-polling.
type polling3 struct {
	s   *script
	sid string
}

// cutOpen takes the OPEN packet off a payload.
func cutOpen(payload string) (open, rest string, ok bool) {
	length, rest, _ := strings.Cut(payload, ":")
	n, err := strconv.Atoi(length)
	if err != nil || n > len(rest) || !strings.HasPrefix(rest, "0{") {
		return "0{}", "", false
	}
	return rest[:n], rest[n:], true
}

func (p *polling3) path() string { return p.s.path("EIO=3&transport=polling&b64=1&sid=" + p.sid) }

func (p *polling3) post(payload string) {
	p.s.dial("post").write("POST " + p.path() + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
		"Content-Type: text/plain;charset=UTF-8\r\n" + body(payload)).answer()
}

// gone notes the answer to a poll.
func (p *polling3) gone() {
	p.s.dial("session").request("GET "+p.path(), "Connection: close").answer()
}

// posts3 posts a payload to a session of Engine.IO 3.
func posts3(payload string) func(*script) {
	return func(s *script) {
		p := s.opened3()
		p.post(payload)
		p.gone()
	}
}
