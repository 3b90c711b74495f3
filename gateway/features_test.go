package gateway_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/rookery-go/rookery/gateway"
	"github.com/rookery-go/rookery/gatewaytest"
)

// items yields values, and ends with an error if the last one is an error.
func items(values ...any) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for _, v := range values {
			if err, failed := v.(error); failed {
				yield(nil, err)
				return
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}

func streamOf(values ...any) func(context.Context, *gateway.Client, any) iter.Seq2[any, error] {
	return func(context.Context, *gateway.Client, any) iter.Seq2[any, error] { return items(values...) }
}

func TestStreams(t *testing.T) {
	double := gateway.InterceptorFunc(func(ctx context.Context, x *gateway.Exec, next gateway.Next) (any, error) {
		v, err := next(ctx, x)
		if s, ok := v.(gateway.Items); ok {
			return s.Map(func(item any) (any, error) { return item.(int) * 2, nil }), err
		}
		return v, err
	})
	e, _ := serve(t, routes(func(r *gateway.Router) {
		gateway.Stream(r, "mixed", streamOf(gateway.Reply{Event: "a", Data: 1}, "ackme", "dropped", &gateway.Reply{Event: "b"}))
		gateway.Stream(r, "empty", streamOf())
		gateway.Stream(r, "fails", streamOf(gateway.Reply{Event: "a", Data: 2}, errors.New("inside")))
		gateway.Stream(r, "mapped", streamOf(1, 2), gateway.UseInterceptors(double))
		gateway.Stream(r, "panics", func(context.Context, *gateway.Client, any) iter.Seq2[int, error] {
			return func(func(int, error) bool) { panic("in the iterator") }
		})
		gateway.Stream(r, "none", func(context.Context, *gateway.Client, any) iter.Seq2[int, error] { return nil })
	}))
	c := e.Connect(t, "/")
	equal(t, "mixed", c.Call("mixed").JSON(), `"ackme"`)
	equal(t, "a", c.Expect("a").JSON(), `1`)
	equal(t, "b", c.Expect("b").JSON(), `null`)
	for _, event := range []string{"empty", "none"} {
		if p := c.Call(event); p.Len() != 0 {
			t.Errorf("%s answered %s", event, p.JSON())
		}
	}
	equal(t, "mapped", c.Call("mapped").JSON(), `2`)
	for _, event := range []string{"fails", "panics"} {
		equal(t, event, c.Call(event).JSON(), `{"status":"error","message":"Internal server error","cause":{"pattern":"`+event+`"}}`)
		c.Expect("exception")
	}
	equal(t, "a", c.Expect("a").JSON(), `2`)
}

func TestStreamEndsWithItsClient(t *testing.T) {
	ended := make(chan error, 1)
	h := newHooked(routes(func(r *gateway.Router) {
		gateway.Stream(r, "ticks", func(ctx context.Context, _ *gateway.Client, _ any) iter.Seq2[gateway.Reply, error] {
			return func(yield func(gateway.Reply, error) bool) {
				for n := 0; yield(gateway.Reply{Event: "tick", Data: n}, nil); n++ {
					select {
					case <-ctx.Done():
						ended <- ctx.Err()
						return
					case <-time.After(time.Millisecond):
					}
				}
				ended <- errors.New("not stopped by its context")
			}
		})
		gateway.Handle(r, "echo", echo)
	}))
	e, _ := serve(t, h)
	c := e.Connect(t, "/")
	c.Emit("ticks")
	c.Expect("tick")
	c.Call("echo", in{}) // the stream holds up nothing
	c.Disconnect()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	<-h.gone
}

func TestManualAcks(t *testing.T) {
	kept := make(chan gateway.Ack, 1)
	e, _ := serve(t, routes(func(r *gateway.Router) {
		gateway.HandleAck(r, "now", func(_ context.Context, _ *gateway.Client, n int, ack gateway.Ack) error {
			first, err := ack.Send(n, "two")
			second, _ := ack.Send("ignored")
			if !first || second || err != nil {
				t.Errorf("sent %v, %v, %v", first, second, err)
			}
			return nil
		})
		gateway.HandleAck(r, "later", func(_ context.Context, _ *gateway.Client, _ any, ack gateway.Ack) error {
			kept <- ack
			return nil
		})
		gateway.HandleAck(r, "never", func(context.Context, *gateway.Client, any, gateway.Ack) error { return nil })
		gateway.HandleAck(r, "fails", func(_ context.Context, _ *gateway.Client, _ any, ack gateway.Ack) error {
			if sent, err := ack.Send(func() {}); sent || err == nil {
				t.Errorf("a func was sent: %v", err)
			}
			return gateway.Errorf("no")
		})
	}))
	c := e.Connect(t, "/")
	if p := c.Call("now", 1); string(p.Args().Raw) != `1,"two"` {
		t.Errorf("now = %s", p.Args().Raw)
	}
	c.CallUnanswered("never")
	answer := make(chan gateway.Payload, 1)
	go func() { answer <- c.Call("later") }()
	ack := <-kept
	if !ack.Wanted() {
		t.Error("the ack is not wanted")
	}
	if _, err := ack.Send("late"); err != nil {
		t.Fatal(err)
	}
	equal(t, "later", (<-answer).JSON(), `"late"`)
	equal(t, "fails", c.Call("fails").JSON(), `{"status":"error","message":"no","cause":{"pattern":"fails"}}`)
	c.Emit("later")
	if ack := <-kept; ack.Wanted() {
		t.Error("an ack is wanted that nobody asked for")
	}
}

func TestFallback(t *testing.T) {
	e, _ := serve(t, routes(func(r *gateway.Router) {
		gateway.Handle(r, "echo", echo)
		gateway.Handle(r, "*", func(context.Context, *gateway.Client, any) (string, error) { return "star", nil })
		gateway.Fallback(r, func(ctx context.Context, _ *gateway.Client, event string, p gateway.Payload) (any, error) {
			x := gateway.ExecFrom(ctx)
			return fmt.Sprint(event, string(p.JSON()), x.Event(), x.Route().Event), nil
		})
	}))
	c := e.Connect(t, "/")
	equal(t, "unknown", c.Call("who", 1).JSON(), `"who1who*"`)
	equal(t, "known", c.Call("echo", in{Text: "x"}).JSON(), `{"text":"x"}`)
	equal(t, "an event named *", c.Call("*").JSON(), `"star"`)
}

func TestMiddleware(t *testing.T) {
	e, ns := serve(t, routes(func(r *gateway.Router) { gateway.Handle(r, "echo", echo) }))
	ns.Use(func(_ context.Context, c *gateway.Client) error {
		if c.Handshake().Query.Get("who") == "bad" {
			return &gateway.Error{Message: "not you", Details: 1}
		}
		c.Use(func(event string, p gateway.Payload) error {
			if strings.Contains(string(p.JSON()), "drop") {
				return errors.New("dropped")
			}
			return nil
		})
		return nil
	})
	_, err := e.TryConnect(t, "/", gatewaytest.Query("who", "bad"))
	var refused *gatewaytest.ConnectError
	if !errors.As(err, &refused) || refused.Message != "not you" || string(refused.Data) != "1" {
		t.Errorf("err = %v", err)
	}
	c := e.Connect(t, "/")
	c.CallUnanswered("echo", in{Text: "drop"})
	c.ExpectNone("exception")
	equal(t, "echo", c.Call("echo", in{Text: "keep"}).JSON(), `{"text":"keep"}`)
}

func TestPatternNamespaces(t *testing.T) {
	e := gatewaytest.NewEngine()
	s := gateway.New(gateway.WithEngine(e))
	defer s.Shutdown(context.Background())
	h := newHooked(routes(func(r *gateway.Router) {
		gateway.Handle(r, "where", func(_ context.Context, c *gateway.Client, _ any) (string, error) {
			return c.Namespace().Name() + " " + c.Param("id"), nil
		})
	}))
	p := s.MountPattern(`/room-{id:\d{1,3}}`, h)
	s.MountPattern("/any/{rest}", routes(none))
	a, b, other := e.Connect(t, "/room-7"), e.Connect(t, "/room-7"), e.Connect(t, "/room-8")
	equal(t, "where", a.Call("where").JSON(), `"/room-7 7"`)
	equal(t, "where", other.Call("where").JSON(), `"/room-8 8"`)
	for _, ns := range p.Namespaces() {
		if ns.Name() == "/room-7" {
			_ = ns.Emit("seven")
		}
	}
	a.Expect("seven")
	b.Expect("seven")
	other.ExpectNone("seven")
	if err := p.Emit("all"); err != nil {
		t.Fatal(err)
	}
	a.Expect("all")
	other.Expect("all")
	e.Connect(t, "/any/x")
	for _, name := range []string{"/room-", "/room-x", "/room-1234", "/room-7/x", "/any/x/y"} {
		if _, err := e.TryConnect(t, name); err == nil || err.Error() != "Invalid namespace" {
			t.Errorf("%s: %v", name, err)
		}
	}
	a.Disconnect()
	b.Disconnect()
	<-h.gone
	<-h.gone
	for deadline := time.Now().Add(5 * time.Second); len(p.Namespaces()) > 1; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the namespace outlives its clients")
		}
	}
}

func TestNestExact(t *testing.T) {
	refuse := gateway.GuardFunc(func(context.Context, *gateway.Exec) error { return gateway.ErrForbidden })
	release := make(chan struct{})
	e := gatewaytest.NewEngine()
	s := gateway.New(gateway.WithEngine(e), gateway.NestExact())
	defer s.Shutdown(context.Background())
	s.Mount("/", routes(func(r *gateway.Router) {
		gateway.Handle(r, "nil", func(context.Context, *gateway.Client, any) (*in, error) { return nil, nil })
		gateway.Listen(r, "listen", func(context.Context, *gateway.Client, any) error { return nil })
		gateway.Stream(r, "empty", streamOf())
		gateway.Handle(r, "echo", echo)
		gateway.Listen(r, "slow", func(context.Context, *gateway.Client, any) error { <-release; return nil })
	}))
	s.Mount("/guarded", routes(func(r *gateway.Router) {
		r.Use(gateway.UseGuards(refuse))
		gateway.Handle(r, "echo", echo)
	}))
	c := e.Connect(t, "/")
	for _, event := range []string{"nil", "listen", "empty", "unknown"} {
		c.CallUnanswered(event)
	}
	c.ExpectNone("exception")
	c.Emit("slow")
	equal(t, "echo beside a slow event", c.Call("echo", in{Text: "x"}).JSON(), `{"text":"x"}`)
	close(release)
	c.CallUnanswered("echo", "no object")
	equal(t, "bad payload", c.Expect("exception").JSON(), `{"status":"error","message":"Internal server error","cause":{"pattern":"echo","data":"no object"}}`)
	g := e.Connect(t, "/guarded")
	g.CallUnanswered("echo", in{})
	equal(t, "guard", g.Expect("exception").JSON(), `{"status":"error","message":"Forbidden resource","cause":{"pattern":"echo","data":{"text":""}}}`)
}

// catchAll is a filter that claims everything.
type catchAll struct{}

func (catchAll) Catch(context.Context, *gateway.Exec, error) error { return nil }
func (catchAll) CatchesAll() bool                                  { return true }

func TestStartUpChecks(t *testing.T) {
	recovered := func(f func()) (err error) {
		defer func() { err, _ = recover().(error) }()
		f()
		return nil
	}
	newServer := func(options ...gateway.ServerOption) func() {
		return func() { gateway.New(append(options, gateway.WithEngine(gatewaytest.NewEngine()))...) }
	}
	mount := func(g routes) func() {
		return func() { gateway.New(gateway.WithEngine(gatewaytest.NewEngine())).Mount("/", g) }
	}
	for _, tc := range []struct {
		run  func()
		want string
	}{
		{newServer(gateway.WithEngine(gatewaytest.NewEngine())), "WithEngine is given twice"},
		{newServer(gateway.NestExact(), gateway.WithErrorReply(gateway.AckOnly)), "contradicts"},
		{newServer(gateway.WithErrorReply(gateway.AckOnly), gateway.NestExact()), "contradicts"},
		{newServer(gateway.WithErrorReply(9)), "no such policy"},
		{newServer(gateway.UseFilters(catchAll{}, catchAll{})), "never reached"},
		{newServer(gateway.WithQueue(0, 1)), "at least 1"},
		{newServer(gateway.WithLogger(nil)), "WithLogger(nil)"},
		{mount(func(r *gateway.Router) { gateway.Handle(r, "x", echo, gateway.Meta("", 1)) }), "must not be empty"},
		{mount(func(r *gateway.Router) { r.Use(gateway.Meta("k", 1), gateway.Meta("k", 2)) }), "given twice"},
		{mount(func(r *gateway.Router) {
			gateway.Handle(r, "x", echo, gateway.UseFilters(catchAll{}, gateway.FilterFunc(nil)))
		}), "never reached"},
		{mount(func(r *gateway.Router) {
			gateway.Handle(r, "x", echo, gateway.Concurrent(2), gateway.Concurrent(3))
		}), "twice in one scope"},
		{mount(func(r *gateway.Router) { gateway.Stream[any, int](r, "x", nil) }), "handler is nil"},
		{func() { gateway.New(gateway.WithEngine(gatewaytest.NewEngine())).Mount("/", nil) }, "the gateway is nil"},
		{func() { gateway.New(gateway.WithEngine(gatewaytest.NewEngine())).Mount("/{x}", routes(none)) }, "MountPattern"},
		{func() { gateway.New(gateway.WithEngine(gatewaytest.NewEngine())).MountPattern("/x", routes(none)) }, "use Mount"},
		{func() { gateway.New(gateway.WithEngine(gatewaytest.NewEngine())).MountPattern("/{x", routes(none)) }, "not closed"},
	} {
		if err := recovered(tc.run); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("got %v, want %q", err, tc.want)
		}
	}
}

func TestRoutesAreListed(t *testing.T) {
	s := gateway.New(gateway.WithEngine(gatewaytest.NewEngine()),
		gateway.UseGuards(gateway.GuardFunc(func(context.Context, *gateway.Exec) error { return nil })))
	s.Mount("chat", routes(func(r *gateway.Router) {
		gateway.Listen(r, "typing", func(context.Context, *gateway.Client, string) error { return nil })
		gateway.Handle(r, "echo", echo, gateway.UseFilters(catchAll{}))
	}))
	var b bytes.Buffer
	if err := gateway.PrintRoutes(&b, s.Routes()); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 3 ||
		strings.Join(strings.Fields(lines[1]), " ") != "/chat echo gateway_test.routes gateway_test.in gateway_test.in gateway.GuardFunc - - gateway_test.catchAll" ||
		strings.Join(strings.Fields(lines[2]), " ") != "/chat typing gateway_test.routes string - gateway.GuardFunc - - -" {
		t.Errorf("routes:\n%s", b.String())
	}
}
