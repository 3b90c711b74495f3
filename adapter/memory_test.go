package adapter

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rookery-go/rookery/engine"
)

// host is a namespace that encodes nothing.
type host struct {
	mu sync.Mutex
	id uint64
}

func (*host) Name() string                                            { return "/" }
func (*host) Encode(engine.Packet) (engine.Frame, error)              { return frame{}, nil }
func (*host) OnServerSideEmit(string, engine.Args, func(engine.Args)) {}
func (h *host) NextAckID() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.id++
	return h.id
}

type frame struct{}

func (frame) Size() int { return 0 }

// socket counts what it gets.
type socket struct {
	id string

	mu           sync.Mutex
	got          []string
	acks         map[uint64]func(engine.Args, [][]byte)
	disconnected bool
}

func (s *socket) ID() string                   { return s.id }
func (s *socket) Handshake() *engine.Handshake { return &engine.Handshake{} }
func (s *socket) Data() json.RawMessage        { return nil }

func (s *socket) Deliver(p *engine.Packet, _ engine.Frame, _ engine.SendOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, p.Event)
	return nil
}

func (s *socket) ExpectAck(id uint64, reply func(engine.Args, [][]byte)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.acks == nil {
		s.acks = map[uint64]func(engine.Args, [][]byte){}
	}
	s.acks[id] = reply
}

func (s *socket) ForgetAck(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.acks, id)
}

func (s *socket) pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.acks)
}

func (s *socket) Disconnect(bool) { s.disconnected = true }

func (s *socket) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.got
	s.got = nil
	return got
}

func TestTargets(t *testing.T) {
	a := NewMemory(&host{})
	sockets := map[string]*socket{}
	for _, id := range []string{"s1", "s2", "s3", "s4"} {
		sockets[id] = &socket{id: id}
		a.Add(sockets[id])
	}
	a.Join("s1", "x")
	a.Join("s2", "x", "y")
	a.Join("s3", "y")
	a.Join("s3", "s4") // a room that happens to be another's id
	cases := []struct {
		target Target
		want   string
	}{
		{Target{}, "[s1 s2 s3 s4]"},
		{Target{Rooms: []string{"x"}}, "[s1 s2]"},
		{Target{Rooms: []string{"x", "y"}}, "[s1 s2 s3]"},
		{Target{Rooms: []string{"x", "y"}, Except: []string{"s2"}}, "[s1 s3]"},
		{Target{Except: []string{"x"}}, "[s3 s4]"},
		{Target{Except: []string{"x", "s4"}}, "[]"},
		{Target{Rooms: []string{"s1"}}, "[s1]"},
		{Target{Rooms: []string{"s4"}}, "[s3 s4]"},
		{Target{Rooms: []string{"nobody"}}, "[]"},
	}
	for _, tc := range cases {
		if err := a.Broadcast(engine.Packet{Event: "e"}, tc.target); err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for id, s := range sockets {
			for range s.take() {
				got = append(got, id)
			}
		}
		slices.Sort(got)
		if fmt.Sprint(got) != tc.want {
			t.Errorf("%+v reached %v, want %s", tc.target, got, tc.want)
		}
	}
}

func TestLeavingAndRemoving(t *testing.T) {
	a := NewMemory(&host{})
	s := &socket{id: "s"}
	a.Add(s)
	a.Join("s", "x", "y", "x")
	rooms := func() []string {
		r := a.Rooms("s")
		slices.Sort(r)
		return r
	}
	if got := fmt.Sprint(rooms()); got != "[s x y]" {
		t.Errorf("rooms %s", got)
	}
	a.Leave("s", "x", "s", "unknown")
	if got := fmt.Sprint(rooms()); got != "[y]" {
		t.Errorf("rooms %s", got)
	}
	_ = a.Broadcast(engine.Packet{}, Target{Rooms: []string{"s"}})
	if got := s.take(); len(got) != 0 {
		t.Error("reached by the room it left")
	}
	a.Join("s", "s")
	if got := fmt.Sprint(rooms()); got != "[s y]" {
		t.Errorf("rooms %s", got)
	}
	a.Remove("s")
	a.Join("s", "ghost")
	all, _ := a.AllRooms(t.Context())
	if a.Rooms("s") != nil || len(all) != 0 || len(a.rooms) != 0 || len(a.members) != 0 || len(a.all.set) != 0 {
		t.Errorf("left behind: %v", all)
	}
}

func TestBroadcastAckForgetsWhoDoesNotAnswer(t *testing.T) {
	a := NewMemory(&host{})
	s1, s2 := &socket{id: "s1"}, &socket{id: "s2"}
	a.Add(s1)
	a.Add(s2)
	ctx, cancel := context.WithCancel(t.Context())
	var expected, replies int
	complete := false
	err := a.BroadcastAck(ctx, engine.Packet{Event: "e"}, Target{}, Acks{
		Expected: func(n int) { expected += n },
		Reply:    func(engine.Args, [][]byte) { replies++ },
		Complete: func() { complete = true },
	})
	if err != nil || expected != 2 || !complete {
		t.Fatalf("err %v, expected %d, complete %v", err, expected, complete)
	}
	for _, reply := range s1.acks {
		reply(engine.Args{}, nil)
	}
	if replies != 1 {
		t.Errorf("%d replies", replies)
	}
	cancel()
	for deadline := time.Now().Add(5 * time.Second); s1.pending()+s2.pending() > 0; {
		if time.Now().After(deadline) {
			t.Fatal("acks are still pending")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestRoomsChangeDuringBroadcasts(t *testing.T) {
	a := NewMemory(&host{})
	for i := range 50 {
		a.Add(&socket{id: fmt.Sprint(i)})
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for n := range 500 {
				sid := fmt.Sprint((n + i) % 50)
				a.Join(sid, "x", "y")
				_ = a.Broadcast(engine.Packet{Event: "e"}, Target{Rooms: []string{"x"}, Except: []string{"y" + sid}})
				a.Leave(sid, "x")
				if n%10 == 0 {
					a.Remove(sid)
					a.Add(&socket{id: sid})
				}
			}
		})
	}
	wg.Wait()
	for i := range 50 {
		a.Remove(fmt.Sprint(i))
	}
	if len(a.rooms) != 0 {
		t.Errorf("rooms left: %d", len(a.rooms))
	}
}
