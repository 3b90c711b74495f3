package websocket

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

func TestCloseWaitsNoLongerThanThat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := net.Pipe()
		defer client.Close()
		c := newConn(server, Options{MaxMessage: 100}, false)
		begin := time.Now()
		// Nobody reads, and nobody answers.
		if err := c.Close(GoingAway, "bye"); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("close: %v", err)
		}
		if d := time.Since(begin); d != lingerTimeout {
			t.Errorf("close took %v", d)
		}
		if _, _, err := c.Next(); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("next: %v", err)
		}
		if c.Finish(); time.Since(begin) > lingerTimeout+closeTimeout+lingerTimeout {
			t.Errorf("the end took %v", time.Since(begin))
		}
		if _, err := server.Write([]byte{0}); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("not closed: %v", err)
		}
	})
}

func TestCloseNowEndsNext(t *testing.T) {
	c, _ := connect(t, Options{})
	ended := make(chan error, 1)
	go func() { _, _, err := c.Next(); ended <- err }()
	for range 2 {
		if err := c.CloseNow(); err != nil {
			t.Error(err)
		}
	}
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("err = %v", err)
	}
	c.Finish()
}

// counting changes what a TCP connection does.
type counting struct{ *net.TCPConn }

func TestAWrappedConnectionIsNotBypassed(t *testing.T) {
	plain, _ := connect(t, Options{})
	if rawIO != (plain.raw != nil) {
		t.Error("a plain socket is not used as such")
	}
	if c := newConn(counting{plain.nc.(*net.TCPConn)}, Options{}, false); c.raw != nil {
		t.Error("the methods of a wrapped connection are bypassed")
	}
}
