package engine

import (
	"net/http"
	"strings"
	"testing"
)

func TestNamespaceLimit(t *testing.T) {
	s := serve(t, Options{MaxNamespaces: 2}, nil)
	c := s.webSocketSession()
	c.send("40/custom")
	c.expect("40/custom,{…", "42/custom,[…")
	c.send("40/third")
	c.expect(`44/third,{"message":"too many namespaces"}`)
	c.send("41/custom", "40/third")
	c.expect(`44/third,{"message":"Invalid namespace"}`)
}

func TestPacketLimits(t *testing.T) {
	s := serve(t, Options{MaxAttachments: 1, MaxDepth: 3}, nil)
	for _, sent := range []string{`452-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, `42["a",[[[]]]]`} {
		c := s.webSocketSession()
		c.send(sent)
		c.expectClose()
	}
	s.host.awaitClosed(t, ParseError, 2)
}

func TestSessionLimits(t *testing.T) {
	s := serve(t, Options{MaxSessions: 3, MaxHandshakes: 1}, nil)
	s.webSocketSession()
	s.webSocketSession()
	query := s.pollSession(false)
	if res := s.do(http.MethodGet, "EIO=4&transport=polling", ""); res.status != http.StatusServiceUnavailable {
		t.Error(res)
	}
	if _, err := s.tryDial("EIO=4&transport=websocket"); err == nil || !strings.HasPrefix(err.Error(), "status 503") {
		t.Error(err)
	}
	s.do(http.MethodPost, query, "1")
	s.webSocketSession()
	if _, err := s.tryDial("EIO=4&transport=websocket"); err == nil || !strings.HasPrefix(err.Error(), "status 503") {
		t.Error(err)
	}
}
