package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// fakeRoom starts a server that answers joins, and gives publish the broadcasts and
// all receivers; it connects a control and three of them.
func fakeRoom(t *testing.T, publish func(to []*fakeConn, seq int, packet string)) (*bench, *room) {
	t.Helper()
	members := []*fakeConn{}
	f := startFake(t, func(c *fakeConn, event string) {
		if id, isJoin := strings.CutSuffix(event, `["join",{"room":"bench"}]`); isJoin {
			members = append(members, c)
			c.send("43" + id + `[{"room":"bench"}]`)
			return
		}
		var seq int
		if _, err := fmt.Sscanf(event, `["publish",{"room":"bench","seq":%d,`, &seq); err != nil {
			t.Errorf("event %q: %v", event, err)
		}
		publish(members, seq, strings.Replace(event, `["publish",{"room":"bench",`, `42["news",{`, 1))
	})
	b, clients := connectTo(t, f, 4)
	r, err := b.room(clients[0], clients[1:])
	if err != nil {
		t.Fatal(err)
	}
	return b, r
}

func sendAll(to []*fakeConn, packets ...string) {
	for _, c := range to {
		c.send(packets...)
	}
}

func TestDeliveriesAreCounted(t *testing.T) {
	b, r := fakeRoom(t, func(to []*fakeConn, _ int, packet string) { sendAll(to, packet) })
	paced, err := r.paced(b, 100*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if want := 3 * perSecond / 10; paced != want {
		t.Errorf("%d deliveries at %d broadcasts a second to 3 in 100 ms; they should be %d", paced, perSecond, want)
	}
	saturated, err := r.saturate(b, 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if saturated < 3*ahead {
		t.Errorf("%d deliveries when saturated; at least %d broadcasts should have been under way", saturated, ahead)
	}
	if total := paced + saturated; total != 3*len(r.broadcasts) || total != r.delivered || uint64(total) != b.latency.count {
		t.Errorf("%d deliveries of %d broadcasts were returned, %d counted, %d timed", total, len(r.broadcasts), r.delivered, b.latency.count)
	}
}

func TestBadDeliveriesAreFound(t *testing.T) {
	var late string
	for name, test := range map[string]struct {
		publish func(to []*fakeConn, seq int, packet string)
		want    string
	}{
		"lost by one": {func(to []*fakeConn, seq int, packet string) {
			if seq == 3 {
				to = to[1:]
			}
			sendAll(to, packet)
		}, "broadcast 4 came where 3 was due"},
		"the last one lost": {func(to []*fakeConn, seq int, packet string) {
			if seq == 9 {
				to = to[2:]
			}
			sendAll(to, packet)
		}, "2 deliveries are missing, from broadcast 9 on"},
		"lost by all": {func(to []*fakeConn, seq int, packet string) {
			if seq < 9 {
				sendAll(to, packet)
			}
		}, "3 deliveries are missing, from broadcast 9 on"},
		"twice": {func(to []*fakeConn, seq int, packet string) {
			sendAll(to, packet)
			if seq == 3 {
				to[2].send(packet)
			}
		}, "broadcast 3 came twice or late"},
		"out of order": {func(to []*fakeConn, seq int, packet string) {
			switch seq {
			case 3:
				late = packet
			case 4:
				sendAll(to, packet, late)
			default:
				sendAll(to, packet)
			}
		}, "broadcast 4 came where 3 was due"},
		"other content": {func(to []*fakeConn, _ int, packet string) {
			sendAll(to, strings.Replace(packet, "fox", "cat", 1))
		}, "instead of"},
		"unasked": {func(to []*fakeConn, seq int, packet string) {
			sendAll(to, packet)
			if seq == 9 {
				sendAll(to, strings.Replace(packet, `"seq":9`, `"seq":10`, 1))
			}
		}, "which nobody asked for"},
		"another event": {func(to []*fakeConn, _ int, _ string) {
			sendAll(to, `42["exception",{}]`)
		}, "unexpected packet"},
	} {
		t.Run(name, func(t *testing.T) {
			b, r := fakeRoom(t, test.publish)
			b.impatient()
			if err := r.publish(10); err != nil {
				t.Fatal(err)
			}
			err := r.drain()
			if err == nil {
				err = b.loop.during(100 * time.Millisecond) // what comes too much comes last
			}
			checkError(t, err, test.want)
		})
	}
}
