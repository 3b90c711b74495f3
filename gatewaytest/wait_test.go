package gatewaytest

import (
	"testing"
	"time"
)

func TestWaitingEnds(t *testing.T) {
	c := &Client{}
	c.changed.L = &c.mu
	for range 20_000 {
		if c.wait(time.Microsecond, func() bool { return false }) {
			t.Fatal("what never comes has come")
		}
	}
}
