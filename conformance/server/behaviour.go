package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/rookery-go/rookery/gateway"
)

// behaviour is what server.mjs calls behave.
type behaviour struct{ reasons *reasons }

var (
	collected = gateway.NewKey[[]any]("collected")
	data      = gateway.NewSharedKey[any]("value")
)

type (
	client  = gateway.Client
	payload = gateway.Payload
	none    = struct{}
)

func (b *behaviour) Register(r *gateway.Router) {
	gateway.Handle(r, "echo", func(_ context.Context, _ *client, p payload) (payload, error) { return p, nil })
	gateway.Listen(r, "back", func(_ context.Context, c *client, p payload) error { return c.Emit("back", p) })
	gateway.Listen(r, "join", func(_ context.Context, c *client, rooms oneOrMany) error {
		c.Join(rooms...)
		return nil
	})
	gateway.Listen(r, "leave", func(_ context.Context, c *client, room string) error {
		c.Leave(room)
		return nil
	})
	gateway.Handle(r, "rooms", func(_ context.Context, c *client, _ none) ([]string, error) {
		return others(c.Rooms(), c.ID()), nil
	})
	gateway.Listen(r, "send", func(_ context.Context, c *client, p payload) error {
		var in gateway.Args2[target, string]
		if err := p.Decode(&in); err != nil {
			return err
		}
		return in.A.of(c).Emit(in.B, p.Rest(2))
	})
	gateway.Listen(r, "burst", func(_ context.Context, c *client, in gateway.Args2[target, int]) error {
		for i := range in.B {
			if err := in.A.of(c).Emit("n", i); err != nil {
				return err
			}
		}
		return nil
	})
	gateway.Listen(r, "mine", func(_ context.Context, c *client, n int) error {
		for i := range n {
			if err := c.Emit("n", i); err != nil {
				return err
			}
		}
		return nil
	})
	gateway.Listen(r, "collect", func(_ context.Context, c *client, n any) error {
		list, _ := collected.Get(c)
		collected.Set(c, append(list, n))
		return nil
	})
	gateway.Handle(r, "collected", func(_ context.Context, c *client, _ none) ([]any, error) {
		list, _ := collected.Get(c)
		return list, nil
	})
	// Their clients may ask back before they answer, which a handler that keeps its
	// place in the queue would never hear.
	gateway.Handle(r, "ask", ask, gateway.Concurrent(100))
	gateway.Handle(r, "askAll", askAll, gateway.Concurrent(100))
	gateway.Handle(r, "fetch", fetch)
	gateway.Listen(r, "data", func(_ context.Context, c *client, v any) error { return data.Set(c, v) })
	gateway.Listen(r, "socketsJoin", func(_ context.Context, c *client, in gateway.Args2[target, oneOrMany]) error {
		return in.A.of(c).SocketsJoin(in.B...)
	})
	gateway.Listen(r, "socketsLeave", func(_ context.Context, c *client, in gateway.Args2[target, oneOrMany]) error {
		return in.A.of(c).SocketsLeave(in.B...)
	})
	gateway.Listen(r, "disconnectSockets", func(_ context.Context, c *client, in gateway.Args2[target, bool]) error {
		return in.A.of(c).DisconnectSockets(in.B)
	})
	gateway.Listen(r, "kick", func(_ context.Context, c *client, transport bool) error {
		defer c.Disconnect(transport)
		return c.Emit("last", "words")
	})
	gateway.Handle(r, "handshake", handshake)
	gateway.Handle(r, "binary", func(context.Context, *client, none) (payload, error) {
		return gateway.NewPayload(
			[]byte{1, 2, 3},
			map[string]any{"a": []byte("x"), "b": []any{[]byte{}, "y"}},
			bytes.Repeat([]byte{7}, 70000),
		)
	})
	gateway.Handle(r, "size", func(_ context.Context, _ *client, s string) (int, error) { return len(s), nil })
}

func (b *behaviour) OnDisconnect(_ context.Context, c *client, why gateway.Reason) {
	b.reasons.left(c.ID(), string(why))
}

// oneOrMany is a room or an array of them.
type oneOrMany []string

func (l *oneOrMany) UnmarshalJSON(raw []byte) error {
	if bytes.HasPrefix(raw, []byte("[")) {
		return json.Unmarshal(raw, (*[]string)(l))
	}
	*l = make([]string, 1)
	return json.Unmarshal(raw, &(*l)[0])
}

// target is who a case wants to reach.
type target struct {
	Rooms, Except   []string
	From            string
	Volatile, Local bool
	Compress        *bool
}

func (t target) of(c *client) gateway.Broadcast {
	b := c.Namespace().All()
	if t.From == "socket" {
		b = c.Broadcast()
	}
	b = b.To(t.Rooms...).Except(t.Except...)
	if t.Volatile {
		b = b.Volatile()
	}
	if t.Local {
		b = b.Local()
	}
	if t.Compress != nil {
		b = b.Compress(*t.Compress)
	}
	return b
}

func others(rooms []string, id string) []string {
	rooms = slices.DeleteFunc(rooms, func(r string) bool { return r == id })
	slices.Sort(rooms)
	return rooms
}

func ask(ctx context.Context, c *client, p payload) (payload, error) {
	var in gateway.Args2[int, json.RawMessage]
	if err := p.Decode(&in); err != nil {
		return payload{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(in.A)*time.Millisecond)
	defer cancel()
	answer, err := c.EmitAck(ctx, "question", p.Rest(1))
	if err != nil {
		return gateway.NewPayload("timeout")
	}
	var first gateway.Args2[any, json.RawMessage]
	if err := answer.Decode(&first); err != nil {
		return payload{}, err
	}
	return gateway.NewPayload(nil, first.A)
}

func askAll(ctx context.Context, c *client, p payload) (payload, error) {
	var in gateway.Args2[target, int]
	if err := p.Decode(&in); err != nil {
		return payload{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(in.B)*time.Millisecond)
	defer cancel()
	answers, err := in.A.of(c).EmitAck(ctx, "question", p.Rest(2))
	values := make([]any, len(answers))
	for i, a := range answers {
		if err := a.Decode(&values[i]); err != nil {
			return payload{}, err
		}
	}
	slices.SortFunc(values, func(a, b any) int {
		x, _ := json.Marshal(a)
		y, _ := json.Marshal(b)
		return cmp.Compare(string(x), string(y))
	})
	return gateway.NewPayload(err != nil, values)
}

type found struct {
	ID    string          `json:"id"`
	Rooms []string        `json:"rooms"`
	Data  json.RawMessage `json:"data"`
}

func fetch(ctx context.Context, c *client, t target) ([]found, error) {
	sockets, err := t.of(c).FetchSockets(ctx)
	list := make([]found, len(sockets))
	for i, s := range sockets {
		list[i] = found{s.ID, others(s.Rooms, s.ID), s.Data}
		if s.Data == nil {
			list[i].Data = json.RawMessage("{}")
		}
	}
	return list, err
}

func handshake(_ context.Context, c *client, _ none) (any, error) {
	h := c.Handshake()
	auth := h.Auth
	if auth == nil {
		auth = json.RawMessage("{}")
	}
	query := map[string]string{"EIO": h.Query.Get("EIO")}
	if a := h.Query.Get("a"); a != "" {
		query["a"] = a
	}
	answer := map[string]any{"auth": auth, "query": query, "secure": h.Secure}
	if test := h.Header.Get("X-Test"); test != "" {
		answer["header"] = test
	}
	return answer, nil
}

// onlyGood is the middleware of /auth.
func onlyGood(_ context.Context, x *gateway.Exec) error {
	if x.Kind() != gateway.KindConnect {
		return nil
	}
	var auth struct{ Token string }
	if raw := x.Payload(); raw != nil {
		if err := json.Unmarshal(raw, &auth); err != nil {
			return err
		}
	}
	switch auth.Token {
	case "good":
		return nil
	case "":
		return &gateway.Error{Message: "not authorized"}
	}
	return &gateway.Error{Message: "not authorized", Details: map[string]any{"content": "please retry later", "code": 7}}
}

// takeTime is the middleware of /late.
func takeTime(ctx context.Context, x *gateway.Exec) error {
	if x.Kind() == gateway.KindConnect {
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	return nil
}

// greeter is /hello.
type greeter struct{ behaviour }

func (g *greeter) OnConnect(_ context.Context, c *client) error {
	c.Join("greeted")
	if err := c.Emit("hello", 1, map[string]int{"two": 2}, []byte{3}); err != nil {
		return err
	}
	return c.Emit("hello", "again")
}

// reasons are why clients left.
type reasons struct {
	mu      sync.Mutex
	changed *sync.Cond
	byID    map[string]string
}

func newReasons() *reasons {
	r := &reasons{byID: map[string]string{}}
	r.changed = sync.NewCond(&r.mu)
	return r
}

func (r *reasons) left(id, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.byID[id] = why
	r.changed.Broadcast()
}

// of waits until a client has left.
func (r *reasons) of(ctx context.Context, id string) (string, error) {
	stop := context.AfterFunc(ctx, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.changed.Broadcast()
	})
	defer stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		if why, ok := r.byID[id]; ok {
			return why, nil
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		r.changed.Wait()
	}
}

// observer is /observer.
type observer struct{ reasons *reasons }

func (o *observer) Register(r *gateway.Router) {
	gateway.Handle(r, "reason", func(ctx context.Context, _ *client, id string) (string, error) {
		return o.reasons.of(ctx, id)
	})
}
