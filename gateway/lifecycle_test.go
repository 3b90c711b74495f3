package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rookery-go/rookery/engine"
	"github.com/rookery-go/rookery/gateway"
	"github.com/rookery-go/rookery/gatewaytest"
)

// hooked is a gateway with every hook.
type hooked struct {
	trail
	routes
	connect func(ctx context.Context, c *gateway.Client) error
	gone    chan string
}

func newHooked(f routes) *hooked { return &hooked{routes: f, gone: make(chan string, 16)} }

func (h *hooked) AfterInit(ns *gateway.Namespace) error {
	h.add("init:" + ns.Name())
	return nil
}

func (h *hooked) OnConnect(ctx context.Context, c *gateway.Client) error {
	h.add("connect")
	if h.connect != nil {
		return h.connect(ctx, c)
	}
	return nil
}

func (h *hooked) OnDisconnecting(_ context.Context, c *gateway.Client, _ gateway.Reason) {
	rooms := slices.DeleteFunc(c.Rooms(), func(r string) bool { return r == c.ID() })
	h.add("disconnecting:" + strings.Join(rooms, ","))
}

func (h *hooked) OnDisconnect(ctx context.Context, _ *gateway.Client, why gateway.Reason) {
	h.add(fmt.Sprintf("disconnect:%v", ctx.Err()))
	h.gone <- string(why)
}

func none(*gateway.Router) {}

func TestHooksRunOnceAndInOrder(t *testing.T) {
	h := newHooked(none)
	h.connect = func(_ context.Context, c *gateway.Client) error {
		c.Join("lobby")
		if _, err := c.EmitAck(context.Background(), "early"); !errors.Is(err, gateway.ErrNotConnected) {
			t.Errorf("ack awaited in OnConnect: %v", err)
		}
		return c.Emit("hello")
	}
	e, ns := serve(t, h)
	c := e.Connect(t, "/")
	c.Expect("hello")
	if ns.Client(c.ID()) == nil {
		t.Error("the namespace does not know its client")
	}
	c.Drop()
	if why := <-h.gone; why != string(engine.TransportClose) {
		t.Errorf("reason %q", why)
	}
	if got, want := h.take(), "init:/ connect disconnecting:lobby disconnect:<nil>"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if rooms, _ := ns.Rooms(t.Context()); len(rooms) != 0 {
		t.Errorf("rooms are left behind: %v", rooms)
	}
}

func TestOnConnectRefuses(t *testing.T) {
	first, second := newHooked(none), newHooked(none)
	second.connect = func(context.Context, *gateway.Client) error { return gateway.Errorf("full") }
	e := gatewaytest.NewEngine()
	s := gateway.New(gateway.WithEngine(e))
	s.Mount("/", first)
	ns := s.Mount("/", second)
	defer shutDown(t, s)
	_, err := e.TryConnect(t, "/")
	if err == nil || err.Error() != "full" {
		t.Fatalf("err = %v", err)
	}
	<-first.gone // its OnConnect had succeeded
	if got := second.take(); got != "init:/ connect" {
		t.Errorf("the gateway that refused: %s", got)
	}
	if n := len(ns.Clients()); n != 0 {
		t.Errorf("%d clients left", n)
	}
}

func TestPanicInHooksEndsNothing(t *testing.T) {
	h := newHooked(routes(func(r *gateway.Router) { gateway.Handle(r, "echo", echo) }))
	var fail atomic.Bool
	fail.Store(true)
	h.connect = func(context.Context, *gateway.Client) error {
		if fail.Load() {
			panic("in OnConnect")
		}
		return nil
	}
	e, _ := serve(t, h)
	if _, err := e.TryConnect(t, "/"); err == nil || err.Error() != "Internal server error" {
		t.Errorf("err = %v", err)
	}
	fail.Store(false)
	equal(t, "echo", e.Connect(t, "/").Call("echo", in{Text: "x"}).JSON(), `{"text":"x"}`)
}

func TestEventsKeepTheirOrder(t *testing.T) {
	const clients, events = 3, 2000
	var inversions atomic.Int64
	last := gateway.NewKey[int]("last")
	e, _ := serve(t, routes(func(r *gateway.Router) {
		gateway.Listen(r, "n", func(_ context.Context, c *gateway.Client, n int) error {
			before, _ := last.Get(c)
			if n%97 == 0 {
				time.Sleep(time.Millisecond)
			}
			if n != before+1 {
				inversions.Add(1)
			}
			last.Set(c, n)
			return nil
		})
	}), gateway.WithQueue(16, 1<<20))
	done := make(chan struct{}, clients)
	for range clients {
		c := e.Connect(t, "/")
		go func() {
			for n := 1; n < events; n++ {
				c.Emit("n", n)
			}
			c.Call("n", events)
			done <- struct{}{}
		}()
	}
	for range clients {
		<-done
	}
	if n := inversions.Load(); n != 0 {
		t.Errorf("%d events out of order", n)
	}
}

func TestHandlerAwaitsItsOwnClientsAck(t *testing.T) {
	ask := gateway.NewCall[string, gateway.Args2[string, int]]("ask")
	e, _ := serve(t, routes(func(r *gateway.Router) {
		gateway.Handle(r, "go", func(ctx context.Context, c *gateway.Client, _ any) (string, error) {
			ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
			defer cancel()
			a, err := ask.Do(ctx, c, "name?")
			return fmt.Sprint(a.A, a.B), err
		})
		gateway.Listen(r, "noise", func(context.Context, *gateway.Client, any) error { return nil })
	}), gateway.WithQueue(4, 1<<20))
	c := e.Connect(t, "/")
	c.Answer("ask", func(gateway.Payload) []any {
		for range 40 { // far more than the queue holds, and before the ack
			c.Emit("noise")
		}
		return []any{"rook", 7}
	})
	equal(t, "go", c.Call("go").JSON(), `"rook7"`)
}

func TestAcksTimeOutAndEndWithTheClient(t *testing.T) {
	e, ns := serve(t, routes(none))
	c := e.Connect(t, "/")
	client := ns.Client(c.ID())
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := client.EmitAck(ctx, "ask"); !errors.Is(err, gateway.ErrAckTimeout) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("timeout: %v", err)
	}
	failed := make(chan error)
	go func() {
		_, err := client.EmitAck(context.Background(), "ask")
		failed <- err
	}()
	c.Expect("ask")
	c.Expect("ask")
	c.Drop()
	if err := <-failed; !errors.Is(err, gateway.ErrDisconnected) {
		t.Errorf("client gone: %v", err)
	}
	if err := client.Emit("x"); !errors.Is(err, gateway.ErrDisconnected) {
		t.Errorf("emit to a client that is gone: %v", err)
	}
}

func TestBroadcasts(t *testing.T) {
	e, ns := serve(t, routes(func(r *gateway.Router) {
		gateway.Listen(r, "join", func(_ context.Context, c *gateway.Client, room string) error {
			c.Join(room)
			return nil
		})
		gateway.Listen(r, "others", func(_ context.Context, c *gateway.Client, room string) error {
			return c.To(room).Emit("news", room)
		})
	}))
	a, b, c := e.Connect(t, "/"), e.Connect(t, "/"), e.Connect(t, "/")
	a.Call("join", "x")
	b.Call("join", "x")
	b.Call("join", "y")
	a.Call("others", "x")
	equal(t, "b", b.Expect("news").JSON(), `"x"`)
	a.ExpectNone("news")
	c.ExpectNone("news")
	if err := ns.To("x", "y").Except(a.ID()).Emit("both"); err != nil {
		t.Fatal(err)
	}
	b.Expect("both")
	b.ExpectNone("both")
	a.ExpectNone("both")
	if err := ns.To(c.ID()).Emit("you"); err != nil {
		t.Fatal(err)
	}
	c.Expect("you")
	for _, x := range []*gatewaytest.Client{a, b} {
		x.Answer("vote", func(gateway.Payload) []any { return []any{x.ID()} })
	}
	vote := gateway.NewCall[struct{}, string]("vote")
	votes, err := vote.DoAll(t.Context(), ns.To("x"), struct{}{})
	if err != nil || len(votes) != 2 || !slices.Contains(votes, a.ID()) || !slices.Contains(votes, b.ID()) {
		t.Errorf("votes %v, %v", votes, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if votes, err = vote.DoAll(ctx, ns.All(), struct{}{}); !errors.Is(err, gateway.ErrAckTimeout) || len(votes) != 2 {
		t.Errorf("with one that does not answer: %v, %v", votes, err)
	}
	user := gateway.NewSharedKey[string]("user")
	if err := user.Set(ns.Client(b.ID()), "bea"); err != nil {
		t.Fatal(err)
	}
	found, err := ns.In("y").FetchSockets(t.Context())
	if err != nil || len(found) != 1 || found[0].ID != b.ID() {
		t.Fatalf("fetch: %v, %v", found, err)
	}
	if name, _ := user.Of(found[0]); name != "bea" {
		t.Errorf("shared value %q", name)
	}
	if err := ns.In("x").SocketsJoin("z"); err != nil {
		t.Fatal(err)
	}
	if err := ns.In("z").DisconnectSockets(false); err != nil {
		t.Fatal(err)
	}
	if why := a.ExpectDisconnect(); why != "io server disconnect" {
		t.Errorf("kicked: %s", why)
	}
	b.ExpectDisconnect()
	if !ns.Client(c.ID()).Connected() {
		t.Error("c was kicked too")
	}
}

func TestSeveralGatewaysOnOneNamespace(t *testing.T) {
	e := gatewaytest.NewEngine()
	s := gateway.New(gateway.WithEngine(e))
	answer := func(v string) routes {
		return func(r *gateway.Router) {
			gateway.Handle(r, "x", func(_ context.Context, c *gateway.Client, _ any) (string, error) {
				return v, c.Emit("ran", v)
			})
		}
	}
	s.Mount("/", answer("first"))
	s.Mount("/", answer("second"))
	defer shutDown(t, s)
	c := e.Connect(t, "/")
	equal(t, "ack", c.Call("x").JSON(), `"first"`)
	equal(t, "ran", c.Expect("ran").JSON(), `"first"`)
	equal(t, "ran", c.Expect("ran").JSON(), `"second"`)
}

func TestConcurrentEvents(t *testing.T) {
	var running, most atomic.Int64
	h := newHooked(routes(func(r *gateway.Router) {
		gateway.Listen(r, "slow", func(context.Context, *gateway.Client, any) error {
			n := running.Add(1)
			defer running.Add(-1)
			for {
				m := most.Load()
				if n <= m || most.CompareAndSwap(m, n) {
					break
				}
			}
			time.Sleep(20 * time.Millisecond)
			return nil
		}, gateway.Concurrent(3))
		gateway.Handle(r, "echo", echo)
	}))
	e, _ := serve(t, h)
	c := e.Connect(t, "/")
	for range 9 {
		c.Emit("slow")
	}
	c.Call("echo", in{})
	c.Disconnect()
	<-h.gone
	if n := running.Load(); n != 0 {
		t.Errorf("%d events still running when OnDisconnect ran", n)
	}
	if n := most.Load(); n != 3 {
		t.Errorf("%d events ran at once, want 3", n)
	}
}

func TestEventsBeforeADisconnectAreHandled(t *testing.T) {
	for _, lost := range []bool{false, true} {
		t.Run(fmt.Sprint("lost=", lost), func(t *testing.T) {
			started, release := make(chan struct{}), make(chan struct{})
			var l trail
			h := newHooked(routes(func(r *gateway.Router) {
				gateway.Listen(r, "first", func(ctx context.Context, _ *gateway.Client, _ any) error {
					close(started)
					<-release
					if lost {
						<-ctx.Done() // cancelled at once
					}
					l.add(fmt.Sprint("first:", ctx.Err()))
					return nil
				})
				gateway.Listen(r, "second", func(ctx context.Context, _ *gateway.Client, _ any) error {
					l.add(fmt.Sprint("second:", ctx.Err()))
					return nil
				})
			}))
			e, _ := serve(t, h)
			c := e.Connect(t, "/")
			c.Emit("first")
			c.Emit("second")
			<-started
			if lost {
				c.Drop()
			} else {
				c.Disconnect()
			}
			close(release)
			<-h.gone
			want := "first:<nil> second:<nil>"
			if lost {
				want = "first:context canceled second:<nil>"
			}
			if got := l.take(); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestShutdownFinishesHandlers(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	h := newHooked(routes(func(r *gateway.Router) {
		gateway.Handle(r, "slow", func(context.Context, *gateway.Client, any) (string, error) {
			close(started)
			<-release
			return "done", nil
		})
	}))
	e := gatewaytest.NewEngine()
	s := gateway.New(gateway.WithEngine(e))
	s.Mount("/", h)
	c := e.Connect(t, "/")
	answer := make(chan gateway.Payload)
	go func() { answer <- c.Call("slow") }()
	<-started
	ended := make(chan error)
	go func() { ended <- s.Shutdown(context.Background()) }()
	time.AfterFunc(30*time.Millisecond, func() { close(release) })
	equal(t, "slow", (<-answer).JSON(), `"done"`)
	if err := <-ended; err != nil {
		t.Errorf("shutdown: %v", err)
	}
	if why := <-h.gone; why != string(engine.ServerShuttingDown) {
		t.Errorf("reason %q", why)
	}
}

func TestShutdownCancelsHandlersAtItsDeadline(t *testing.T) {
	started := make(chan struct{})
	e := gatewaytest.NewEngine()
	s := gateway.New(gateway.WithEngine(e))
	s.Mount("/", routes(func(r *gateway.Router) {
		gateway.Listen(r, "stuck", func(ctx context.Context, _ *gateway.Client, _ any) error {
			close(started)
			<-ctx.Done()
			return ctx.Err()
		})
	}))
	e.Connect(t, "/").Emit("stuck")
	<-started
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("err = %v", err)
	}
}

func TestHandlerTimeout(t *testing.T) {
	e, _ := serve(t, routes(func(r *gateway.Router) {
		gateway.Handle(r, "stuck", func(ctx context.Context, _ *gateway.Client, _ any) (int, error) {
			<-ctx.Done()
			return 0, gateway.Errorf("gave up")
		})
	}), gateway.WithHandlerTimeout(10*time.Millisecond))
	var body struct{ Message string }
	if err := e.Connect(t, "/").Call("stuck").Decode(&body); err != nil || body.Message != "gave up" {
		t.Errorf("%+v, %v", body, err)
	}
}

func TestTapsSeeEverything(t *testing.T) {
	var l trail
	h := newHooked(routes(func(r *gateway.Router) {
		gateway.Handle(r, "echo", echo)
	}))
	h.connect = func(_ context.Context, c *gateway.Client) error {
		c.OnAny(func(event string, p gateway.Payload) { l.add("in:" + event + string(p.JSON())) })
		c.OnAnyOutgoing(func(event string, p gateway.Payload) { l.add("out:" + event + string(p.JSON())) })
		remove := c.OnAny(func(string, gateway.Payload) { l.add("removed") })
		remove()
		return nil
	}
	e, ns := serve(t, h)
	c := e.Connect(t, "/")
	c.Emit("nobody", 1)
	c.Call("echo", in{})
	if err := ns.Emit("all", 2); err != nil {
		t.Fatal(err)
	}
	c.Expect("all")
	if got, want := l.take(), `in:nobody1 in:echo{"text":""} out:all2`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestBlockedHandlersHoldUpNobody(t *testing.T) {
	release := make(chan struct{})
	e, _ := serve(t, routes(func(r *gateway.Router) {
		gateway.Listen(r, "block", func(context.Context, *gateway.Client, any) error {
			<-release
			return nil
		})
		gateway.Handle(r, "echo", echo)
	}))
	for range 200 {
		e.Connect(t, "/").Emit("block")
	}
	equal(t, "echo", e.Connect(t, "/").Call("echo", in{Text: "x"}).JSON(), `{"text":"x"}`)
	close(release)
}
