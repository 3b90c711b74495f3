package filter_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/rookery-go/rookery/filter"
	"github.com/rookery-go/rookery/gateway"
	"github.com/rookery-go/rookery/gatewaytest"
)

type routes func(*gateway.Router)

func (f routes) Register(r *gateway.Router) { f(r) }

type notFound struct{ kind string }

func (e notFound) Error() string { return "no " + e.kind }

var errBusy = errors.New("busy")

// fails is a handler that fails as it is told.
func fails(_ context.Context, _ *gateway.Client, how string) (int, error) {
	switch how {
	case "not found":
		return 0, fmt.Errorf("load: %w", notFound{"room"})
	case "busy":
		return 0, fmt.Errorf("store: %w", errBusy)
	case "public":
		return 0, gateway.Errorf("mind your step")
	}
	return 0, errors.New(how)
}

func TestFilters(t *testing.T) {
	body := func(_ *gateway.Exec, err error) any { return map[string]string{"message": filter.Public(err)} }
	onlyPublic := func(x *gateway.Exec, err error) any {
		if filter.Public(err) == gateway.ErrInternal.Message {
			return nil
		}
		return body(x, err)
	}
	e := gatewaytest.NewEngine()
	s := gateway.New(gateway.WithEngine(e), gateway.UseFilters(
		filter.On(func(_ context.Context, _ *gateway.Exec, err notFound) error {
			return &gateway.Error{Message: "there is no such " + err.kind, Code: "not_found"}
		}),
		filter.Is(errBusy, gateway.Errorf("try later")),
	))
	defer s.Shutdown(context.Background())
	s.Mount("/", routes(func(r *gateway.Router) {
		gateway.Handle(r, "plain", fails)
		gateway.Handle(r, "emit", fails, gateway.UseFilters(filter.Emit("error", onlyPublic)))
		gateway.Handle(r, "ack", fails, gateway.UseFilters(filter.Ack(body)))
		gateway.Handle(r, "all", fails, gateway.UseFilters(filter.All(func(_ context.Context, x *gateway.Exec, err error) {
			_ = x.Client().Emit("caught", err.Error())
		})))
	}))
	c := e.Connect(t, "/")
	message := func(p gateway.Payload) string {
		t.Helper()
		var m struct{ Message string }
		if err := p.Decode(&m); err != nil {
			t.Fatal(err)
		}
		return m.Message
	}
	for how, want := range map[string]string{"not found": "there is no such room", "busy": "try later", "x": "Internal server error"} {
		if got := message(c.Call("plain", how)); got != want {
			t.Errorf("%s: %q, want %q", how, got, want)
		}
		c.Expect("exception")
	}

	c.CallUnanswered("emit", "public")
	if got := message(c.Expect("error")); got != "mind your step" {
		t.Errorf("emitted %q", got)
	}
	c.Emit("emit", "x")
	c.Expect("exception")

	if got := message(c.Call("ack", "public")); got != "mind your step" {
		t.Errorf("acked %q", got)
	}
	c.ExpectNone("exception")
	c.Emit("ack", "public") // nobody awaits an ack
	c.Expect("exception")

	c.CallUnanswered("all", "busy")
	c.Expect("caught")
	c.ExpectNone("exception")
}

func ExampleOn() {
	gateway.New(gateway.UseFilters(
		filter.On(func(_ context.Context, _ *gateway.Exec, err notFound) error {
			return &gateway.Error{Message: "there is no such " + err.kind, Code: "not_found"}
		}),
	))
}

func ExampleAck() {
	gateway.New(gateway.UseFilters(
		filter.Ack(func(_ *gateway.Exec, err error) any {
			return map[string]any{"ok": false, "error": filter.Public(err)}
		}),
	))
}
