package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// question takes an event of the load apart.
func question(t *testing.T, event string) (id, seq int) {
	t.Helper()
	if _, err := fmt.Sscanf(event, `%d["message",{"seq":%d,`, &id, &seq); err != nil {
		t.Errorf("event %q: %v", event, err)
	}
	return id, seq
}

func ack(id, seq int) string { return fmt.Sprintf(`43%d[{"seq":%d,"success":true}]`, id, seq) }

// askersOf are askers with four questions in a burst.
func askersOf(b *bench, clients []*client) []*asker {
	var askers []*asker
	for _, c := range clients {
		a := &asker{client: c, inFlight: 4, latency: &b.latency}
		c.receive = a.receive
		askers = append(askers, a)
	}
	return askers
}

func TestAcksAreCounted(t *testing.T) {
	asked := map[*fakeConn]int{}
	f := startFake(t, func(c *fakeConn, event string) {
		asked[c]++
		c.send(ack(question(t, event)))
	})
	b, clients := connectTo(t, f, 3)
	askers := askersOf(b, clients)
	total := 0
	for range 2 {
		n, err := askAll(b, askers, 20*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		total += n
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	want := 0
	for _, n := range asked {
		want += n
	}
	if total != want || len(asked) != 3 || uint64(total) != b.latency.count {
		t.Errorf("%d answers and %d latencies were counted; %d questions came from %d clients", total, b.latency.count, want, len(asked))
	}
}

func TestAcksOfABurstMayComeInAnyOrder(t *testing.T) {
	held := []string{}
	f := startFake(t, func(c *fakeConn, event string) {
		if held = append([]string{ack(question(t, event))}, held...); len(held) == 4 {
			c.send(held...)
			held = nil
		}
	})
	b, clients := connectTo(t, f, 1)
	if n, err := askAll(b, askersOf(b, clients), 0); err != nil || n < 4 {
		t.Errorf("%d answers, error %v", n, err)
	}
}

func TestBadAcksAreFound(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(c *fakeConn, id, seq int)
		want   string
	}{
		"lost": {func(c *fakeConn, id, seq int) {
			if id != 6 {
				c.send(ack(id, seq))
			}
		}, "1 acks have not come"},
		"twice": {func(c *fakeConn, id, seq int) {
			c.send(ack(id, seq), ack(id, seq))
		}, "came twice"},
		"of the burst before": {func(c *fakeConn, id, seq int) {
			if id < 4 {
				c.send(ack(id, seq))
			} else {
				c.send(ack(id-4, seq-4))
			}
		}, "came twice"},
		"another's id": {func(c *fakeConn, id, seq int) {
			c.send(ack(id+100, seq+100))
		}, "nobody asked for"},
		"another's content": {func(c *fakeConn, id, seq int) {
			c.send(ack(id, seq+1))
		}, "instead of"},
		"no content": {func(c *fakeConn, id, _ int) {
			c.send(fmt.Sprintf("43%d[]", id))
		}, "instead of"},
		"an error": {func(c *fakeConn, _, _ int) {
			c.send(`42["exception",{"status":"error"}]`)
		}, "where an ack was due"},
		"no number": {func(c *fakeConn, _, _ int) {
			c.send(`43x[]`)
		}, "no number"},
		"closed": {func(c *fakeConn, _, _ int) {
			c.Close()
		}, "client 0"},
	} {
		t.Run(name, func(t *testing.T) {
			f := startFake(t, func(c *fakeConn, event string) {
				id, seq := question(t, event)
				test.answer(c, id, seq)
			})
			b, clients := connectTo(t, f, 1)
			askers := askersOf(b, clients)
			b.impatient()
			_, err := askAll(b, askers, 20*time.Millisecond)
			if err == nil { // the second burst had no time yet
				_, err = askAll(b, askers, 0)
			}
			checkError(t, err, test.want)
		})
	}
}

func TestARefusedConnectIsFound(t *testing.T) {
	l, err := newLoop()
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	c := &client{}
	checkError(t, c.onFrame(frame{opText, []byte(`44{"message":"no"}`)}), "CONNECT was answered with")
}

func TestRequestChecksTheAnswers(t *testing.T) {
	f := startFake(t, func(c *fakeConn, event string) {
		id, _, _ := strings.Cut(event, "[")
		c.send("43" + id + `[{"room":"other"}]`)
	})
	b, clients := connectTo(t, f, 2)
	checkError(t, b.loop.request(clients, "join", `{"room":"bench"}`, `{"room":"bench"}`), "instead of")
}
