package badinput

import (
	"encoding/json"
	"fmt"
	"strings"
)

// polling is an Engine.IO session over HTTP long-polling. Every request has a
// connection of its own.
type polling struct {
	s   *script
	sid string
}

// poller opens a session.
func (s *script) poller() *polling {
	w := s.dial("open").request("GET "+s.path("EIO=4&transport=polling"), "Connection: close")
	status, body, err := w.response()
	if err != nil || status != 200 || !strings.HasPrefix(body, "0{") {
		s.notef("open", "%d %s %v", status, body, err)
		return &polling{s, "none"}
	}
	return &polling{s, sidOf(body)}
}

// forget ends a session if it has not ended, when the script is over: it would last
// until its ping timeout otherwise.
func (s *script) forget(path string) {
	one := &script{addr: s.addr, label: s.label}
	defer one.end()
	one.dial("end").write("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + body("1")).closed()
	one.dial("end").request("GET "+path, "Connection: close").closed() // fetches the close, if there is one
}

// joined opens a session and joins the main namespace.
func (s *script) joined() *polling {
	p := s.poller()
	if status, body, err := p.send("40").response(); status != 200 || body != "ok" {
		s.notef("join", "%d %s %v", status, body, err)
	}
	if status, body, err := p.ask("join").response(); status != 200 || !strings.HasPrefix(body, "40{") {
		s.notef("join", "%d %s %v", status, body, err)
	}
	return p
}

func sidOf(open string) string {
	var fields struct{ SID string }
	_ = json.Unmarshal([]byte(strings.TrimPrefix(open, "0")), &fields) // the sid stays empty, which shows
	return fields.SID
}

// path returns the path of the session's requests.
func (p *polling) path() string { return p.s.path("EIO=4&transport=polling&sid=" + p.sid) }

// send posts a payload and leaves the answer to be read.
func (p *polling) send(payload string) *wire {
	return p.s.dial("post").write("POST " + p.path() + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
		"Content-Type: text/plain;charset=UTF-8\r\n" + body(payload))
}

// post posts a payload and notes the answer.
func (p *polling) post(payload string) { p.send(payload).answer() }

// ask sends a poll and leaves the answer to be read.
func (p *polling) ask(name string) *wire {
	return p.s.dial(name).request("GET "+p.path(), "Connection: close")
}

// poll notes the answer to a poll.
func (p *polling) poll() { p.ask("poll").answer() }

// pending sends a poll and returns once the server is serving it.
func (p *polling) pending(name string) *wire {
	before := p.s.requests()
	w := p.ask(name)
	p.s.arrived(before)
	return w
}

// lives notes whether the session still carries an event and its ack, and what
// came before the ack.
func (p *polling) lives() {
	id := p.s.nextAck()
	if status, body, err := p.send("42" + id + `["sink"]`).response(); err != nil || status != 200 {
		p.s.notef("post", "%d %s %v", status, body, err)
		return
	}
	for range 20 {
		status, body, err := p.ask("poll").response()
		if err != nil || status != 200 {
			p.s.notef("poll", "%d %s %v", status, body, err)
			return
		}
		for packet := range strings.SplitSeq(body, "\x1e") {
			switch packet {
			case "43" + id + `["sunk"]`:
				p.s.notef("session", "lives")
				return
			case "2": // a heartbeat, where the machine is slow
				_ = p.send("3").drain() // the next poll tells
			default:
				p.s.notef("poll", "%s", packet)
			}
		}
	}
}

// joinedLate joins the main namespace, and notes that the server serves.
func (p *polling) joinedLate() {
	p.post("40")
	p.lives()
}

// gone notes the answer to one more poll; a session that has ended is unknown.
func (p *polling) gone() { p.ask("session").answer() }

func (s *script) nextAck() string {
	s.acks++
	return fmt.Sprint(7000 + s.acks)
}
