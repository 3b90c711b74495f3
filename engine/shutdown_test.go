package engine

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestShutdown(t *testing.T) {
	s := serve(t, Options{}, nil)
	c := s.webSocketSession()
	waiting := s.pollSession(true)
	answer := make(chan response, 1)
	go func() { answer <- s.do(http.MethodGet, waiting, "") }()
	s.awaitPoll(waiting)
	between := s.pollSession(true)
	_ = s.host.conn(t).Send(event("last"), SendOptions{})
	ended := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		ended <- s.Shutdown(ctx)
	}()
	if res := <-answer; res.body != "1" {
		t.Error(res)
	}
	s.host.awaitClosed(t, ServerShuttingDown, 3)
	s.expectPoll(between, `42["last"]`) // clients drop events beside a close packet
	s.expectPoll(between, "1")
	if code := c.expectClose(); code != 1005 {
		t.Error(code)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if res := s.do(http.MethodGet, "EIO=4&transport=polling", ""); res.status != http.StatusServiceUnavailable {
		t.Error(res)
	}
	if _, err := s.tryDial("EIO=4&transport=websocket"); err == nil || !strings.HasPrefix(err.Error(), "status 503") {
		t.Error(err)
	}
}

func TestShutdownDeadline(t *testing.T) {
	s := serve(t, Options{}, nil)
	s.webSocketSession() // does not answer the close frame
	s.pollSession(true)  // does not poll again
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	s.host.awaitClosed(t, ServerShuttingDown, 2)
}
