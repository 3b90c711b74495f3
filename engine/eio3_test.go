package engine

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// pollV3 opens a session of Engine.IO 3 and returns the query of further requests
// and what else came with the OPEN packet or in the next poll.
func (s *testServer) pollV3(more string) (query, rest string) {
	s.t.Helper()
	res := s.do(http.MethodGet, "EIO=3&transport=polling"+more, "")
	digits, packets, _ := strings.Cut(res.body, ":")
	n, err := strconv.Atoi(digits)
	if err != nil || res.status != 200 || packets[0] != '0' {
		s.t.Fatalf("%d %q", res.status, res.body)
	}
	var o opening
	if err := json.Unmarshal([]byte(packets[1:n]), &o); err != nil {
		s.t.Fatal(err)
	}
	query = "EIO=3&transport=polling&sid=" + o.SID + more
	if rest = packets[n:]; rest == "" {
		rest = s.do(http.MethodGet, query, "").body
	}
	return query, rest
}

func TestEIO3Polling(t *testing.T) {
	s := serve(t, Options{AllowEIO3: true}, nil)
	query, rest := s.pollV3("")
	if rest != `2:4013:42["auth",{}]` {
		t.Fatal(rest)
	}
	if p := s.host.conn(t).Handshake().Protocol; p != 3 {
		t.Error(p)
	}
	s.do(http.MethodPost, query, "1:2")
	s.expectPoll(query, "1:3")
	s.do(http.MethodPost, query, `19:42["message","é😀"]`)
	s.expectPoll(query, `24:42["message-back","é😀"]`)
	s.do(http.MethodPost, query, `99:42["message"]`)
	res := s.do(http.MethodGet, query, "")
	if res.status != 400 && !strings.HasSuffix(res.body, "1:1") {
		t.Errorf("a wrong length: %d %q", res.status, res.body)
	}
}

func TestEIO3Binary(t *testing.T) {
	s := serve(t, Options{AllowEIO3: true}, nil)
	packet := `451-["message",{"_placeholder":true,"num":0}]`
	answer := `451-["message-back",{"_placeholder":true,"num":0}]`
	binary := func(text, bytes string) string {
		b := appendTextV3Binary(nil, []byte(text))
		return string(append(append(b, 1, byte(len(bytes)+1), 0xff, 4), bytes...))
	}
	query, _ := s.pollV3("")
	if res := s.do(http.MethodPost, query, binary(packet, "\x01\x02\x03"), "Content-Type", "application/octet-stream"); res.body != "ok" {
		t.Fatal(res)
	}
	res := s.do(http.MethodGet, query, "")
	if res.body != binary(answer, "\x01\x02\x03") || res.header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("%q", res.body)
	}
	query, _ = s.pollV3("&b64=1")
	s.do(http.MethodPost, query, string(appendTextV3(nil, []byte(packet)))+"6:b4AQID")
	s.expectPoll(query, string(appendTextV3(nil, []byte(answer)))+"6:b4AQID")

	c := s.dial("EIO=3&transport=websocket")
	c.expect("0{…", "40", `42["auth",{}]`)
	c.send(packet)
	c.sendBinary([]byte{4, 1, 2, 3})
	c.expect(answer, "\x04\x01\x02\x03")
	c = s.dial("EIO=3&transport=websocket&b64=1")
	c.expect("0{…", "40", `42["auth",{}]`)
	c.send(packet, "b4AQID")
	c.expect(answer, "b4AQID")
}

func TestEIO3Namespaces(t *testing.T) {
	s := serve(t, Options{AllowEIO3: true}, nil)
	c := s.dial("EIO=3&transport=websocket")
	c.expect("0{…", "40", `42["auth",{}]`)
	c.send("40/custom?token=abc&n=1")
	c.expect("40/custom,", `42/custom,["auth",{"n":"1","token":"abc"}]`)
	c.send("40/random")
	c.expect(`44/random,"Invalid namespace"`)
	c.send("41/custom", `420["message",1]`)
	c.expect("430[1]")
	c.send("3") // the client's part is to ping
	c.expectClose()
	s.host.awaitClosed(t, TransportError, 1)
}

func TestEIO3Heartbeat(t *testing.T) {
	s := serve(t, Options{AllowEIO3: true, PingInterval: 40 * time.Millisecond, PingTimeout: 40 * time.Millisecond}, nil)
	c := s.dial("EIO=3&transport=websocket")
	c.expect("0{…", "40", `42["auth",{}]`)
	for range 4 {
		time.Sleep(30 * time.Millisecond)
		c.send("2")
		c.expect("3")
	}
	c.expectClose()
	s.host.awaitClosed(t, PingTimeout, 1)
}

func TestEIO3Upgrade(t *testing.T) {
	s := serve(t, Options{AllowEIO3: true}, nil)
	query, _ := s.pollV3("")
	answer := make(chan response, 1)
	go func() { answer <- s.do(http.MethodGet, query, "") }()
	s.awaitPoll(query)
	c := s.dial(strings.Replace(query, "polling", "websocket", 1))
	c.send("2probe")
	c.expect("3probe")
	if res := <-answer; res.body != "1:6" {
		t.Error(res)
	}
	c.send("5", `42["message",1]`)
	c.expect(`42["message-back",1]`)
}
