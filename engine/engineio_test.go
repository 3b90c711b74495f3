package engine

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// The tests of this file follow the scenarios of the Engine.IO protocol's test
// suite.

var quick = Options{PingInterval: 300 * time.Millisecond, PingTimeout: 200 * time.Millisecond}

func TestPollingHandshake(t *testing.T) {
	s := serve(t, quick, nil)
	res := s.do(http.MethodGet, "EIO=4&transport=polling", "")
	if res.status != 200 || res.body[0] != '0' {
		t.Fatalf("%d %q", res.status, res.body)
	}
	var o opening
	d := json.NewDecoder(strings.NewReader(res.body[1:]))
	d.DisallowUnknownFields()
	if err := d.Decode(&o); err != nil {
		t.Fatal(err)
	}
	if len(o.SID) != 20 || !slices.Equal(o.Upgrades, []string{"websocket"}) || o.PingInterval != 300 || o.PingTimeout != 200 || o.MaxPayload != 1000000 {
		t.Errorf("%+v", o)
	}
	if got := res.header.Get("Content-Type"); got != "text/plain; charset=UTF-8" {
		t.Error(got)
	}
	if got := res.header.Get("Cache-Control"); got != "no-store" {
		t.Error(got)
	}
}

func TestWebSocketHandshake(t *testing.T) {
	s := serve(t, quick, nil)
	c := s.dial("EIO=4&transport=websocket")
	got := c.expect("0{…")
	var o opening
	if err := json.Unmarshal([]byte(got[1:]), &o); err != nil {
		t.Fatal(err)
	}
	if len(o.SID) != 20 || len(o.Upgrades) != 0 || o.PingInterval != 300 || o.PingTimeout != 200 || o.MaxPayload != 1000000 {
		t.Errorf("%+v", o)
	}
}

func TestRefusedRequests(t *testing.T) {
	s := serve(t, Options{}, nil)
	sid := strings.TrimPrefix(s.pollSession(false), "EIO=4&transport=polling")
	for _, test := range []struct {
		method, query string
		status        int
		body          string
	}{
		{"GET", "transport=polling", 400, `{"code":5,"message":"Unsupported protocol version"}`},
		{"GET", "EIO=abc&transport=polling", 400, `{"code":5,"message":"Unsupported protocol version"}`},
		{"GET", "EIO=3&transport=polling", 400, `{"code":5,"message":"Unsupported protocol version"}`},
		{"GET", "EIO=4", 400, `{"code":0,"message":"Transport unknown"}`},
		{"GET", "EIO=4&transport=abc", 400, `{"code":0,"message":"Transport unknown"}`},
		{"GET", "EIO=4&transport=polling&transport=abc", 400, `{"code":0,"message":"Transport unknown"}`},
		{"POST", "EIO=4&transport=polling", 400, `{"code":2,"message":"Bad handshake method"}`},
		{"PUT", "EIO=4&transport=polling", 400, `{"code":2,"message":"Bad handshake method"}`},
		{"OPTIONS", "EIO=4&transport=polling", 400, `{"code":2,"message":"Bad handshake method"}`},
		{"GET", "EIO=4&transport=websocket", 400, `{"code":3,"message":"Bad request"}`},
		{"GET", "EIO=4&transport=polling&sid=nope", 400, `{"code":1,"message":"Session ID unknown"}`},
		{"GET", "EIO=4&transport=websocket" + sid, 400, `{"code":3,"message":"Bad request"}`},
		{"GET", "EIO=3&transport=polling" + sid, 400, `{"code":3,"message":"Bad request"}`},
		{"DELETE", "EIO=4&transport=polling" + sid, 500, ``},
	} {
		if res := s.do(test.method, test.query, ""); res.status != test.status || res.body != test.body {
			t.Errorf("%s %s: %d %s, want %d %s", test.method, test.query, res.status, res.body, test.status, test.body)
		}
	}
	for query, want := range map[string]string{
		"transport=websocket":                "status 400: Unsupported protocol version",
		"EIO=abc&transport=websocket":        "status 400: Unsupported protocol version",
		"EIO=4":                              "status 400: Transport unknown",
		"EIO=4&transport=abc":                "status 400: Transport unknown",
		"EIO=4&transport=websocket&sid=nope": "status 400: Session ID unknown",
		"EIO=3&transport=websocket" + sid:    "status 400: Bad request",
	} {
		if _, err := s.tryDial(query); err == nil || err.Error() != want {
			t.Errorf("WebSocket %s: %v, want %s", query, err, want)
		}
	}
}

func TestPollingHeartbeat(t *testing.T) {
	s := serve(t, quick, nil)
	query := s.pollSession(false)
	for range 3 {
		s.expectPoll(query, "2")
		if res := s.do(http.MethodPost, query, "3"); res.body != "ok" {
			t.Fatal(res)
		}
	}
}

func TestPingTimeout(t *testing.T) {
	s := serve(t, quick, nil)
	query := s.pollSession(true)
	c := s.webSocketSession()
	c.expectClose()
	s.host.awaitClosed(t, PingTimeout, 2)
	if res := s.do(http.MethodGet, query, ""); res.status != 400 {
		t.Error(res)
	}
	if n := s.Stats().Closed[PingTimeout]; n != 2 {
		t.Errorf("%d counted", n)
	}
}

func TestWebSocketHeartbeat(t *testing.T) {
	s := serve(t, quick, nil)
	c := s.dial("EIO=4&transport=websocket")
	c.expect("0{…")
	for range 3 {
		c.expect("2")
		c.send("3")
	}
}

func TestClientClosesPolling(t *testing.T) {
	s := serve(t, Options{}, nil)
	query := s.pollSession(true)
	answer := make(chan response, 1)
	go func() { answer <- s.do(http.MethodGet, query, "") }()
	s.awaitPoll(query)
	if res := s.do(http.MethodPost, query, "1"); res.status != 200 || res.body != "ok" {
		t.Error(res)
	}
	if res := <-answer; res.status != 200 || res.body != "6" {
		t.Error(res)
	}
	s.host.awaitClosed(t, TransportClose, 1)
	if res := s.do(http.MethodGet, query, ""); res.status != 400 {
		t.Error(res)
	}
}

// awaitPoll waits until the session has a poll waiting.
func (s *testServer) awaitPoll(query string) {
	s.t.Helper()
	sess := s.session(query[strings.Index(query, "sid=")+4:])
	eventually(s.t, "a poll", func() bool {
		sess.mu.Lock()
		defer sess.mu.Unlock()
		return sess.poll != nil
	})
}

func TestClientClosesWebSocket(t *testing.T) {
	s := serve(t, Options{}, nil)
	c := s.webSocketSession()
	c.send("1")
	c.expectClose()
	c = s.webSocketSession()
	c.write(maskedFrame(0x88, []byte{3, 232}))
	if code := c.expectClose(); code != 1000 {
		t.Errorf("close code %d echoed", code)
	}
	s.host.awaitClosed(t, TransportClose, 2)
}

func TestInvalidPacketsClose(t *testing.T) {
	s := serve(t, Options{}, nil)
	bodies := []string{"abc", "", "4abc", "42", "6\x1eabc", "4\xff", "2"}
	for _, body := range bodies {
		query := s.pollSession(false)
		if res, err := s.try(http.MethodPost, query, strings.NewReader(body)); err == nil && res.status != 400 && body != "4abc" && body != "42" && body != "2" {
			t.Errorf("POST %q: %d", body, res.status)
		}
		// What is left is to fetch the close packet, if it waits.
		if res := s.do(http.MethodGet, query, ""); res.status != 400 && res.body != "1" {
			t.Errorf("after %q: %d %q", body, res.status, res.body)
		}
		if res := s.do(http.MethodGet, query, ""); res.status != 400 {
			t.Errorf("after %q: %d %q", body, res.status, res.body)
		}
		if strings.Contains(body, "\x1e") {
			continue // a payload only
		}
		c := s.dial("EIO=4&transport=websocket")
		c.expect("0{…")
		c.send(body)
		c.expectClose()
	}
}

func TestSecondPollCloses(t *testing.T) {
	s := serve(t, Options{}, nil)
	query := s.pollSession(true)
	answer := make(chan response, 1)
	go func() { answer <- s.do(http.MethodGet, query, "") }()
	s.awaitPoll(query)
	if res := s.do(http.MethodGet, query, ""); res.status != 400 {
		t.Error(res)
	}
	if res := <-answer; res.status != 200 || res.body != "1" {
		t.Error(res)
	}
	s.host.awaitClosed(t, TransportError, 1)
	if res := s.do(http.MethodGet, query, ""); res.status != 400 {
		t.Error(res)
	}
}

func TestUpgrade(t *testing.T) {
	s := serve(t, Options{}, nil)
	query := s.pollSession(true)
	upgrade := strings.Replace(query, "polling", "websocket", 1)
	answer := make(chan response, 1)
	go func() { answer <- s.do(http.MethodGet, query, "") }()
	s.awaitPoll(query)
	c := s.dial(upgrade)
	c.send("2probe")
	c.expect("3probe")
	if res := <-answer; res.body != "6" {
		t.Errorf("poll: %v", res)
	}
	s.expectPoll(query, "6") // another one does not hang either
	if other := s.dial(upgrade); other.expectClose() != 1005 {
		t.Error("a second upgrade was not turned away")
	}
	if got := s.host.conn(t).Transport(); got != Polling {
		t.Error(got)
	}
	c.send("5", `42["message",1]`)
	c.expect(`42["message-back",1]`)
	if got := s.host.conn(t).Transport(); got != WebSocket {
		t.Error(got)
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if res := s.do(method, query, ""); res.status != 400 {
			t.Errorf("%s after the upgrade: %v", method, res)
		}
	}
	if other := s.dial(upgrade); other.expectClose() != 1005 {
		t.Error("an upgrade after the upgrade was not turned away")
	}
	c.send(`42["message",2]`)
	c.expect(`42["message-back",2]`)
}

func TestAbandonedUpgrade(t *testing.T) {
	s := serve(t, Options{UpgradeTimeout: 50 * time.Millisecond}, nil)
	query := s.pollSession(true)
	upgrade := strings.Replace(query, "polling", "websocket", 1)
	c := s.dial(upgrade)
	c.send("2probe")
	c.expect("3probe")
	c.expectClose()
	for _, bad := range []string{"2", "40", "x", "2nope"} {
		c = s.dial(upgrade)
		c.send(bad)
		c.expectClose()
	}
	c = s.dial(upgrade)
	_ = c.conn.Close()
	if res := s.do(http.MethodPost, query, `42["message",1]`); res.body != "ok" {
		t.Fatal(res)
	}
	s.expectPoll(query, `42["message-back",1]`)
}
