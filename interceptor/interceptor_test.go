package interceptor_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rookery-go/rookery/gateway"
	"github.com/rookery-go/rookery/gatewaytest"
	"github.com/rookery-go/rookery/interceptor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type routes func(*gateway.Router)

func (f routes) Register(r *gateway.Router) { f(r) }

func connect(t *testing.T, g routes, options ...gateway.ServerOption) *gatewaytest.Client {
	t.Helper()
	e := gatewaytest.NewEngine()
	s := gateway.New(append(options, gateway.WithEngine(e))...)
	t.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	s.Mount("/", g)
	return e.Connect(t, "/")
}

func TestMap(t *testing.T) {
	double := gateway.UseInterceptors(interceptor.Map(func(_ context.Context, _ *gateway.Exec, n int) (any, error) {
		if n < 0 {
			return nil, gateway.Errorf("negative")
		}
		return map[string]int{"doubled": 2 * n}, nil
	}))
	c := connect(t, func(r *gateway.Router) {
		gateway.Handle(r, "int", func(_ context.Context, _ *gateway.Client, n int) (int, error) { return n, nil }, double)
		gateway.Handle(r, "string", func(_ context.Context, _ *gateway.Client, s string) (string, error) { return s, nil }, double)
		gateway.Stream(r, "stream", func(_ context.Context, _ *gateway.Client, n int) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) { yield(n, nil) }
		}, double)
	})
	for event, want := range map[string]string{"int": `{"doubled":14}`, "stream": `{"doubled":14}`} {
		if got := c.Call(event, 7).JSON(); string(got) != want {
			t.Errorf("%s: %s", event, got)
		}
	}
	if got := c.Call("string", "x").JSON(); string(got) != `"x"` {
		t.Errorf("string: %s", got)
	}
	c.Call("int", -1)
	c.Expect("exception")
}

func TestTimeout(t *testing.T) {
	ended := make(chan error, 1)
	timeout := gateway.UseInterceptors(interceptor.Timeout(20 * time.Millisecond))
	c := connect(t, func(r *gateway.Router) {
		gateway.Handle(r, "slow", func(ctx context.Context, _ *gateway.Client, _ any) (int, error) {
			<-ctx.Done()
			ended <- ctx.Err()
			return 1, nil
		}, timeout)
		gateway.Handle(r, "fast", func(context.Context, *gateway.Client, any) (int, error) { return 1, nil }, timeout)
		gateway.Handle(r, "panic", func(context.Context, *gateway.Client, any) (int, error) { panic("inside") }, timeout)
		gateway.Stream(r, "stream", func(ctx context.Context, _ *gateway.Client, _ any) iter.Seq2[gateway.Reply, error] {
			return func(yield func(gateway.Reply, error) bool) {
				time.Sleep(40 * time.Millisecond)
				yield(gateway.Reply{Event: "late"}, nil)
			}
		}, timeout)
	})
	var body struct{ Message, Code string }
	if err := c.Call("slow").Decode(&body); err != nil || body.Message != "Timed out" || body.Code != "timeout" {
		t.Errorf("%+v, %v", body, err)
	}
	if err := <-ended; !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if got := c.Call("fast").JSON(); string(got) != "1" {
		t.Errorf("fast: %s", got)
	}
	if err := c.Call("panic").Decode(&body); err != nil || body.Message != "Internal server error" {
		t.Errorf("%+v, %v", body, err)
	}
}

func TestCache(t *testing.T) {
	var calls atomic.Int64
	count := func(_ context.Context, _ *gateway.Client, s string) (int64, error) {
		if s == "fail" {
			calls.Add(1)
			return 0, gateway.Errorf("failed")
		}
		return calls.Add(1), nil
	}
	c := connect(t, func(r *gateway.Router) {
		gateway.Handle(r, "long", count, gateway.UseInterceptors(interceptor.Cache(time.Minute, 2, nil)))
		gateway.Handle(r, "short", count, gateway.UseInterceptors(interceptor.Cache(time.Millisecond, 2, nil)))
		gateway.Handle(r, "never", count, gateway.UseInterceptors(interceptor.Cache(time.Minute, 2, func(*gateway.Exec) string { return "" })))
	})
	call := func(event, arg string) string { return string(c.Call(event, arg).JSON()) }
	if a, b, other := call("long", "a"), call("long", "a"), call("long", "b"); a != "1" || b != "1" || other != "2" {
		t.Errorf("%s %s %s", a, b, other)
	}
	call("long", "c") // in the place of another
	if n := calls.Load(); n != 3 {
		t.Errorf("%d calls", n)
	}
	call("long", "fail")
	call("long", "fail")
	if n := calls.Load(); n != 5 {
		t.Errorf("an error was cached: %d calls", n)
	}
	call("short", "a")
	time.Sleep(5 * time.Millisecond)
	call("short", "a")
	call("never", "a")
	call("never", "a")
	if n := calls.Load(); n != 9 {
		t.Errorf("%d calls", n)
	}
}

// buffer is a bytes.Buffer that may be written and read at once.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) take() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.b.String()
	b.b.Reset()
	return s
}

func TestLog(t *testing.T) {
	var b buffer
	logger := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "client" || a.Key == "duration" {
			return slog.String(a.Key, "-")
		}
		return a
	}}))
	c := connect(t, func(r *gateway.Router) {
		gateway.Handle(r, "echo", func(_ context.Context, _ *gateway.Client, v any) (any, error) { return v, nil })
		gateway.Handle(r, "fail", func(_ context.Context, _ *gateway.Client, public bool) (any, error) {
			if public {
				return nil, gateway.Errorf("told")
			}
			return nil, errors.New("secret")
		})
		gateway.Stream(r, "stream", func(context.Context, *gateway.Client, any) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) { _ = yield(1, nil) && yield(2, nil) }
		})
	}, gateway.UseInterceptors(interceptor.Log(logger, interceptor.Redact("Password"), interceptor.LogLimit(40))))
	lines := func() []string {
		t.Helper()
		var list []string
		for line := range strings.Lines(b.take()) {
			list = append(list, strings.TrimSpace(line))
		}
		return list
	}
	const who = ` namespace=/ event=`
	check := func(want ...string) {
		t.Helper()
		var got []string
		for deadline := time.Now().Add(5 * time.Second); len(got) < len(want) && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			got = append(got, lines()...)
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	c.Call("echo", map[string]any{"a": []any{map[string]any{"PASSWORD": "x"}}})
	check(`time=- level=INFO msg=[IN]`+who+`echo client=- payload="{\"a\":[{\"PASSWORD\":\"[redacted]\"}]}"`,
		`time=- level=INFO msg=[OUT]`+who+`echo client=- duration=- response="{\"a\":[{\"PASSWORD\":\"[redacted]\"}]}"`)
	c.Call("echo", strings.Repeat("é", 30))
	check(`time=- level=INFO msg=[IN]`+who+`echo client=- payload="\"`+strings.Repeat("é", 19)+`…"`,
		`time=- level=INFO msg=[OUT]`+who+`echo client=- duration=- response="\"`+strings.Repeat("é", 19)+`…"`)
	c.Call("fail", false)
	check(`time=- level=INFO msg=[IN]`+who+`fail client=- payload=false`, `time=- level=ERROR msg=[OUT]`+who+`fail client=- duration=- error=secret`)
	c.Call("fail", true)
	check(`time=- level=INFO msg=[IN]`+who+`fail client=- payload=true`, `time=- level=INFO msg=[OUT]`+who+`fail client=- duration=- error=told`)
	c.Call("stream")
	check(`time=- level=INFO msg=[IN]`+who+`stream client=-`, `time=- level=INFO msg=[OUT]`+who+`stream client=- items=2 duration=-`)
}

func ExampleLog() {
	gateway.New(gateway.UseInterceptors(
		interceptor.Log(slog.Default(), interceptor.Redact("password", "token")),
	))
}

func ExampleTimeout() {
	gateway.New(gateway.UseInterceptors(interceptor.Timeout(5 * time.Second)))
}

func ExampleMap() {
	wrap := interceptor.Map(func(_ context.Context, _ *gateway.Exec, result any) (any, error) {
		return map[string]any{"ok": true, "data": result}, nil
	})
	gateway.New(gateway.UseInterceptors(wrap))
}

func ExampleCache() {
	gateway.New(gateway.UseInterceptors(interceptor.Cache(time.Minute, 1000, nil)))
}
