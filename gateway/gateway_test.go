package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rookery-go/rookery/gateway"
	"github.com/rookery-go/rookery/gatewaytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// routes is a gateway made of a func.
type routes func(*gateway.Router)

func (f routes) Register(r *gateway.Router) { f(r) }

// serve starts a server with one gateway on "/".
func serve(t *testing.T, g gateway.Gateway, options ...gateway.ServerOption) (*gatewaytest.Engine, *gateway.Namespace) {
	t.Helper()
	e := gatewaytest.NewEngine()
	quiet := slog.New(slog.DiscardHandler)
	s := gateway.New(append([]gateway.ServerOption{gateway.WithEngine(e), gateway.WithLogger(quiet)}, options...)...)
	ns := s.Mount("/", g)
	t.Cleanup(func() { shutDown(t, s) })
	return e, ns
}

func shutDown(t *testing.T, s *gateway.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Errorf("shutdown: %v", err)
	}
}

func equal(t *testing.T, what string, got json.RawMessage, want string) {
	t.Helper()
	if string(got) != want {
		t.Errorf("%s = %s, want %s", what, got, want)
	}
}

type in struct {
	Text string `json:"text"`
	N    int64  `json:"n,omitempty"`
}

func echo(_ context.Context, _ *gateway.Client, v in) (in, error) { return v, nil }

func TestHandleAnswersTheAck(t *testing.T) {
	e, _ := serve(t, routes(func(r *gateway.Router) {
		gateway.Handle(r, "echo", echo)
		gateway.Handle(r, "nil", func(context.Context, *gateway.Client, struct{}) (*in, error) { return nil, nil })
		gateway.Handle(r, "two", func(_ context.Context, _ *gateway.Client, a gateway.Args2[string, int]) (gateway.Args2[int, string], error) {
			return gateway.Args2[int, string]{A: a.B, B: a.A}, nil
		})
		gateway.Handle(r, "raw", func(_ context.Context, _ *gateway.Client, p json.RawMessage) (json.RawMessage, error) {
			return p, nil
		})
		gateway.Handle(r, "reply", func(_ context.Context, _ *gateway.Client, event string) (gateway.Reply, error) {
			return gateway.Reply{Event: event, Data: 1}, nil
		})
		gateway.Listen(r, "listen", func(context.Context, *gateway.Client, any) error { return nil })
	}))
	c := e.Connect(t, "/")
	equal(t, "echo", c.Call("echo", in{"<hi> & é", 1 << 60}).JSON(), `{"text":"<hi> & é","n":1152921504606846976}`)
	equal(t, "nil", c.Call("nil").JSON(), `null`)
	two := c.Call("two", "x", 7)
	if string(two.Args().Raw) != `7,"x"` || two.Len() != 2 {
		t.Errorf("two = %s", two.Args().Raw)
	}
	equal(t, "raw of several", c.Call("raw", 9007199254740993, "x").JSON(), `[9007199254740993,"x"]`)
	if p := c.Call("listen", 1); p.Len() != 0 {
		t.Errorf("listen answered %s", p.JSON())
	}
	c.CallUnanswered("reply", "other")
	equal(t, "reply as event", c.Expect("other").JSON(), `1`)
	equal(t, "reply without event", c.Call("reply", "").JSON(), `{"event":"","data":1}`)
}

func TestBinaryAnywhere(t *testing.T) {
	type blob struct {
		Name string                `json:"name"`
		Data []byte                `json:"data"`
		More map[string]any        `json:"more,omitempty"`
		List []*struct{ B []byte } `json:"list,omitempty"`
		Raw  json.RawMessage       `json:"raw,omitempty"`
		None []byte                `json:"none,omitempty"`
		Hide []byte                `json:"-"`
	}
	seen := make(chan blob, 1)
	e, _ := serve(t, routes(func(r *gateway.Router) {
		gateway.Handle(r, "blob", func(_ context.Context, _ *gateway.Client, b blob) (blob, error) {
			seen <- b
			b.Hide = []byte("hidden")
			return b, nil
		})
		gateway.Handle(r, "bytes", func(_ context.Context, _ *gateway.Client, b []byte) ([]byte, error) { return b, nil })
		gateway.Handle(r, "any", func(_ context.Context, _ *gateway.Client, v any) (any, error) { return v, nil })
		gateway.Handle(r, "text", func(_ context.Context, _ *gateway.Client, v in) (in, error) { return v, nil })
		gateway.Handle(r, "payload", func(_ context.Context, _ *gateway.Client, p gateway.Payload) (int, error) {
			return len(p.Attachments()), nil
		})
	}))
	c := e.Connect(t, "/")
	sent := blob{Name: "n", Data: []byte{1, 2}, More: map[string]any{"x": []any{[]byte{3}, "y"}}, List: []*struct{ B []byte }{{[]byte{}}}}
	p := c.Call("blob", sent)
	got := <-seen
	if !bytes.Equal(got.Data, sent.Data) || !bytes.Equal(got.More["x"].([]any)[0].([]byte), []byte{3}) {
		t.Errorf("handler got %+v", got)
	}
	equal(t, "blob", p.JSON(), `{"name":"n","data":{"_placeholder":true,"num":0},"more":{"x":[{"_placeholder":true,"num":1},"y"]},"list":[{"B":{"_placeholder":true,"num":2}}]}`)
	if want := [][]byte{{1, 2}, {3}, {}}; !slices.EqualFunc(p.Attachments(), want, bytes.Equal) {
		t.Errorf("attachments = %v, want %v", p.Attachments(), want)
	}
	if p := c.Call("bytes", []byte("abc")); string(p.Attachments()[0]) != "abc" {
		t.Errorf("bytes = %s %v", p.JSON(), p.Attachments())
	}
	if p := c.Call("any", map[string]any{"b": []byte("abc")}); string(p.JSON()) != `{"b":{"_placeholder":true,"num":0}}` {
		t.Errorf("any = %s", p.JSON())
	}
	equal(t, "payload", c.Call("payload", []byte{1}, []byte{2}).JSON(), "2")
	var failed struct{ Message string }
	if err := c.Call("text", map[string]any{"text": []byte{1}}).Decode(&failed); err != nil || failed.Message == "" {
		t.Errorf("bytes in a text field: %+v, %v", failed, err)
	}
}

func TestPayloadPassesOn(t *testing.T) {
	e, _ := serve(t, routes(func(r *gateway.Router) {
		gateway.Handle(r, "rest", func(_ context.Context, c *gateway.Client, p gateway.Payload) (gateway.Payload, error) {
			if err := c.Emit("among", []byte{9}, p, "last"); err != nil {
				return p, err
			}
			return p.Rest(1), c.Emit("all", p)
		})
	}))
	c := e.Connect(t, "/")
	p := c.Call("rest", "first", []byte{1}, map[string]int{"x": 1})
	if got, want := string(p.Args().Raw), `{"_placeholder":true,"num":0},{"x":1}`; got != want || p.Len() != 2 || len(p.Attachments()) != 1 {
		t.Errorf("rest = %s (%d), want %s", got, p.Len(), want)
	}
	among := c.Expect("among")
	if got, want := string(among.Args().Raw), `{"_placeholder":true,"num":0},"first",{"_placeholder":true,"num":1},{"x":1},"last"`; got != want ||
		among.Len() != 5 || len(among.Attachments()) != 2 || among.Attachments()[1][0] != 1 {
		t.Errorf("among others = %s (%d), want %s", got, among.Len(), want)
	}
	if all := c.Expect("all"); all.Len() != 3 {
		t.Errorf("all = %s", all.Args().Raw)
	}
	if p := c.Call("rest", "only"); p.Len() != 0 || len(p.Args().Raw) != 0 {
		t.Errorf("rest of one = %s", p.Args().Raw)
	}
}

func TestErrorsReachTheClient(t *testing.T) {
	secret := errors.New("password of the database")
	g := routes(func(r *gateway.Router) {
		gateway.Handle(r, "fail", func(_ context.Context, _ *gateway.Client, how string) (int, error) {
			switch how {
			case "error":
				return 0, fmt.Errorf("wrapped: %w", &gateway.Error{Message: "bad thing", Code: "bad", Details: 1})
			case "body":
				return 0, &gateway.Body{Value: map[string]int{"x": 1}}
			case "panic":
				panic(secret)
			}
			return 0, secret
		})
		gateway.Handle(r, "echo", echo)
	})
	internal := func(data string) string {
		return `{"status":"error","message":"Internal server error","cause":{"pattern":"fail","data":` + data + `}}`
	}
	cases := []struct{ how, body string }{
		{"error", `{"status":"error","message":"bad thing","code":"bad","details":1,"cause":{"pattern":"fail","data":"error"}}`},
		{"body", `{"x":1}`},
		{"panic", internal(`"panic"`)},
		{"other", internal(`"other"`)},
	}
	t.Run("exception and ack", func(t *testing.T) {
		e, _ := serve(t, g)
		c := e.Connect(t, "/")
		for _, tc := range cases {
			equal(t, "ack", c.Call("fail", tc.how).JSON(), tc.body)
			equal(t, "exception", c.Expect("exception").JSON(), tc.body)
		}
		equal(t, "unknown", c.Call("nope", 1).JSON(),
			`{"status":"error","message":"nobody handles this event","code":"unknown_event","cause":{"pattern":"nope","data":1}}`)
		equal(t, "bad payload", c.Call("echo", map[string]any{"text": 1}).JSON(),
			`{"status":"error","message":"text must be a string, not number","code":"bad_payload","cause":{"pattern":"echo","data":{"text":1}}}`)
		equal(t, "afterwards", c.Call("echo", in{Text: "alive"}).JSON(), `{"text":"alive"}`)
	})
	t.Run("exception only", func(t *testing.T) {
		e, _ := serve(t, g, gateway.WithErrorReply(gateway.ExceptionOnly))
		c := e.Connect(t, "/")
		c.CallUnanswered("fail", "body")
		equal(t, "exception", c.Expect("exception").JSON(), `{"x":1}`)
		c.CallUnanswered("nope")
	})
	t.Run("ack only", func(t *testing.T) {
		e, _ := serve(t, g, gateway.WithErrorReply(gateway.AckOnly))
		c := e.Connect(t, "/")
		equal(t, "ack", c.Call("fail", "body").JSON(), `{"x":1}`)
		c.ExpectNone("exception")
		c.Emit("fail", "body")
		equal(t, "exception", c.Expect("exception").JSON(), `{"x":1}`)
	})
}

// trail collects what happened, in order.
type trail struct {
	mu    sync.Mutex
	steps []string
}

func (l *trail) add(step string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.steps = append(l.steps, step)
}

func (l *trail) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := strings.Join(l.steps, " ")
	l.steps = nil
	return s
}

// roles returns one of each role; they leave their marks on the trail.
func roles(l *trail, scope string) []gateway.Option {
	return []gateway.Option{
		gateway.UseGuards(gateway.GuardFunc(func(context.Context, *gateway.Exec) error {
			l.add(scope + ":guard")
			return nil
		})),
		gateway.UseInterceptors(gateway.InterceptorFunc(func(ctx context.Context, x *gateway.Exec, next gateway.Next) (any, error) {
			l.add(scope + ":in")
			v, err := next(ctx, x)
			l.add(scope + ":out")
			return v, err
		})),
		gateway.UsePipes(tagPipe{l, scope}),
		gateway.UseFilters(gateway.FilterFunc(func(_ context.Context, _ *gateway.Exec, err error) error {
			l.add(scope + ":filter")
			return fmt.Errorf("%s: %w", scope, err)
		})),
	}
}

// tagPipe appends its scope to a payload that is a string, before it is decoded.
type tagPipe struct {
	l     *trail
	scope string
}

func (p tagPipe) Bind(reflect.Type) (gateway.Bound, error) {
	return gateway.Bound{
		Before: func(_ context.Context, _ *gateway.Exec, raw json.RawMessage) (json.RawMessage, error) {
			p.l.add(p.scope + ":before")
			var s string
			if err := json.Unmarshal(raw, &s); err != nil {
				return nil, err
			}
			return json.Marshal(s + ":" + p.scope)
		},
		After: func(_ context.Context, _ *gateway.Exec, in any) error {
			p.l.add(p.scope + ":after")
			*in.(*string) += "!"
			return nil
		},
	}, nil
}

func TestRolesRunInOrder(t *testing.T) {
	var l trail
	g := routes(func(r *gateway.Router) {
		handler := func(_ context.Context, _ *gateway.Client, s string) (string, error) {
			l.add("handler")
			if strings.HasPrefix(s, "fail") {
				return "", gateway.Errorf("failed")
			}
			return s, nil
		}
		var options []gateway.RouteOption
		for _, o := range roles(&l, "h") {
			options = append(options, o)
		}
		gateway.Handle(r, "x", handler, options...)
		for _, o := range roles(&l, "g") { // after Handle: the order does not matter
			r.Use(o)
		}
	})
	var options []gateway.ServerOption
	for _, o := range roles(&l, "s") {
		options = append(options, o)
	}
	e, _ := serve(t, g, options...)
	c := e.Connect(t, "/")
	if got, want := l.take(), "s:guard g:guard"; got != want {
		t.Errorf("at connect: %s, want %s", got, want)
	}
	equal(t, "x", c.Call("x", "p").JSON(), `"p:s:g:h!!!"`)
	way := "s:guard g:guard h:guard s:in g:in h:in s:before g:before h:before s:after g:after h:after handler h:out g:out s:out"
	if got := l.take(); got != way {
		t.Errorf("event: %s, want %s", got, way)
	}
	c.Call("x", "fail")
	if got, want := l.take(), way+" h:filter g:filter s:filter"; got != want {
		t.Errorf("failing event: %s, want %s", got, want)
	}
}

func TestFiltersClaimErrors(t *testing.T) {
	claim := gateway.FilterFunc(func(_ context.Context, x *gateway.Exec, err error) error {
		if err.Error() != "mine" {
			return err
		}
		if _, err := x.Ack("claimed"); err != nil {
			return err
		}
		return nil
	})
	translate := gateway.FilterFunc(func(_ context.Context, _ *gateway.Exec, err error) error {
		return gateway.Errorf("translated: %w", err)
	})
	explode := gateway.FilterFunc(func(context.Context, *gateway.Exec, error) error { panic("in the filter") })
	fail := func(_ context.Context, _ *gateway.Client, how string) (int, error) { return 0, errors.New(how) }
	e, _ := serve(t, routes(func(r *gateway.Router) {
		gateway.Handle(r, "claim", fail, gateway.UseFilters(claim))
		gateway.Handle(r, "explode", fail, gateway.UseFilters(explode))
	}), gateway.UseFilters(translate))
	c := e.Connect(t, "/")
	equal(t, "claimed", c.Call("claim", "mine").JSON(), `"claimed"`)
	c.ExpectNone("exception")
	var body struct{ Message string }
	if err := c.Call("claim", "other").Decode(&body); err != nil || body.Message != "translated: other" {
		t.Errorf("not claimed: %+v, %v", body, err)
	}
	c.Expect("exception")
	c.CallUnanswered("explode", "x")
	c.ExpectNone("exception")
}

func TestGuardsRefuse(t *testing.T) {
	guard := gateway.GuardFunc(func(_ context.Context, x *gateway.Exec) error {
		var auth struct{ Token string }
		if x.Kind() == gateway.KindConnect {
			if json.Unmarshal(x.Payload(), &auth) != nil || auth.Token != "good" {
				return &gateway.Error{Message: "who are you?", Details: map[string]int{"retry": 1}}
			}
		}
		return nil
	})
	never := gateway.GuardFunc(func(context.Context, *gateway.Exec) error { return gateway.ErrForbidden })
	var reached atomic.Bool
	e, _ := serve(t, routes(func(r *gateway.Router) {
		gateway.Handle(r, "x", func(context.Context, *gateway.Client, any) (int, error) {
			reached.Store(true)
			return 1, nil
		}, gateway.UseGuards(never))
	}), gateway.UseGuards(guard))
	_, err := e.TryConnect(t, "/")
	var refused *gatewaytest.ConnectError
	if !errors.As(err, &refused) || refused.Message != "who are you?" || string(refused.Data) != `{"retry":1}` {
		t.Fatalf("err = %#v", err)
	}
	if _, err := e.TryConnect(t, "/nowhere"); err == nil || err.Error() != "Invalid namespace" {
		t.Errorf("unknown namespace: %v", err)
	}
	c := e.Connect(t, "/", gatewaytest.Auth(map[string]string{"token": "good"}))
	equal(t, "forbidden", c.Call("x", 1).JSON(), `{"status":"error","message":"Forbidden resource","cause":{"pattern":"x","data":1}}`)
	if reached.Load() {
		t.Error("the handler ran")
	}
}

func TestMetadata(t *testing.T) {
	type facts struct {
		Near string
		All  []string
		Kind string
	}
	seen := make(chan facts, 4)
	guard := gateway.GuardFunc(func(_ context.Context, x *gateway.Exec) error {
		near, _ := gateway.MetaOf[string](x, "role")
		seen <- facts{near, gateway.MetaAll[string](x, "role"), x.Kind().String()}
		return nil
	})
	e, _ := serve(t, routes(func(r *gateway.Router) {
		r.Use(gateway.Meta("role", "gw"), gateway.UseGuards(guard))
		gateway.Handle(r, "own", echo, gateway.Meta("role", "own"))
		gateway.Handle(r, "plain", echo)
	}), gateway.Meta("role", "server"))
	c := e.Connect(t, "/")
	check := func(want facts) {
		t.Helper()
		if got := <-seen; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	check(facts{"gw", []string{"gw", "server"}, "connect"})
	c.Call("own", in{})
	check(facts{"own", []string{"own", "gw", "server"}, "event"})
	c.Call("plain", in{})
	check(facts{"gw", []string{"gw", "server"}, "event"})
}

func TestMountReportsEverything(t *testing.T) {
	s := gateway.New(gateway.WithEngine(gatewaytest.NewEngine()))
	defer func() {
		err, _ := recover().(error)
		if err == nil {
			t.Fatal("Mount did not panic")
		}
		for _, want := range []string{`"twice" is registered twice`, `"connect" is reserved`, "argument 1 is nil", "Concurrent(0)", "no name"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("error does not tell %q:\n%v", want, err)
			}
		}
	}()
	s.Mount("x", routes(func(r *gateway.Router) {
		gateway.Handle(r, "twice", echo)
		gateway.Handle(r, "twice", echo)
		gateway.Handle(r, "connect", echo)
		gateway.Handle(r, "", echo)
		gateway.Handle(r, "a", echo, gateway.UseGuards(nil))
		gateway.Handle(r, "b", echo, gateway.Concurrent(0))
	}))
}
