package adapter

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/rookery-go/rookery/engine"
)

// Memory is the adapter of a single node: rooms live in this process and nowhere
// else. It is meant to be embedded by adapters that span several nodes.
//
// No lock is held while packets are delivered, so that a delivery may change
// rooms and a large broadcast holds up nobody.
type Memory struct {
	host Host

	mu      sync.RWMutex
	members map[string]*member
	rooms   map[string]*room
	all     room
}

// InMemory is the [Factory] of [Memory] adapters.
func InMemory(h Host) (Adapter, error) { return NewMemory(h), nil }

// NewMemory returns an adapter without sockets.
func NewMemory(h Host) *Memory {
	return &Memory{host: h, members: map[string]*member{}, rooms: map[string]*room{}}
}

// A member is a socket and the rooms it is in, but for the room of its own id:
// that one is only spelled out when it matters, because a room for each socket
// would cost more than all else the adapter keeps of it.
type member struct {
	Socket
	rooms   map[string]struct{}
	leftOwn bool
}

// A room is a set of members and a list of them for walking, made anew when
// somebody broadcasts after the set has changed. A list once made never changes,
// so it is walked without a lock.
type room struct {
	set map[*member]struct{}

	listMu sync.Mutex
	list   []*member
}

func (r *room) add(m *member) {
	if r.set == nil {
		r.set = map[*member]struct{}{}
	}
	r.set[m] = struct{}{}
	r.list = nil
}

func (r *room) remove(m *member) {
	delete(r.set, m)
	r.list = nil
}

// walk returns the members. The caller holds the adapter's lock at least for
// reading; several readers may be here at once.
func (r *room) walk() []*member {
	r.listMu.Lock()
	defer r.listMu.Unlock()
	if r.list == nil && len(r.set) > 0 {
		r.list = slices.Collect(maps.Keys(r.set))
	}
	return r.list
}

// Add implements [Adapter].
func (a *Memory) Add(s Socket) {
	a.mu.Lock()
	defer a.mu.Unlock()
	m := &member{Socket: s}
	a.members[s.ID()] = m
	a.all.add(m)
}

// Remove implements [Adapter].
func (a *Memory) Remove(sid string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	m, ok := a.members[sid]
	if !ok {
		return
	}
	for name := range m.rooms {
		a.leave(m, name)
	}
	delete(a.members, sid)
	a.all.remove(m)
}

// Join implements [Adapter].
func (a *Memory) Join(sid string, rooms ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if m, ok := a.members[sid]; ok {
		for _, name := range rooms {
			a.join(m, name)
		}
	}
}

func (a *Memory) join(m *member, name string) {
	if name == m.ID() {
		m.leftOwn = false
		return
	}
	if _, in := m.rooms[name]; in {
		return
	}
	if m.rooms == nil {
		m.rooms = map[string]struct{}{}
	}
	m.rooms[name] = struct{}{}
	r := a.rooms[name]
	if r == nil {
		r = &room{}
		a.rooms[name] = r
	}
	r.add(m)
}

// Leave implements [Adapter].
func (a *Memory) Leave(sid string, rooms ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if m, ok := a.members[sid]; ok {
		for _, name := range rooms {
			a.leave(m, name)
		}
	}
}

func (a *Memory) leave(m *member, name string) {
	if name == m.ID() {
		m.leftOwn = true
		return
	}
	if _, in := m.rooms[name]; !in {
		return
	}
	delete(m.rooms, name)
	r := a.rooms[name]
	r.remove(m)
	if len(r.set) == 0 {
		delete(a.rooms, name)
	}
}

// Rooms implements [Adapter].
func (a *Memory) Rooms(sid string) []string {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if m, ok := a.members[sid]; ok {
		return m.names()
	}
	return nil
}

func (m *member) names() []string {
	names := make([]string, 0, len(m.rooms)+1)
	if !m.leftOwn {
		names = append(names, m.ID())
	}
	for name := range m.rooms {
		names = append(names, name)
	}
	return names
}

// in tells whether m is in a room. The caller holds the lock.
func (m *member) in(name string) bool {
	if name == m.ID() && !m.leftOwn {
		return true
	}
	_, in := m.rooms[name]
	return in
}

// selected returns the members of a target on this node. The result may be
// shared and must not be changed.
func (a *Memory) selected(t Target) []*member {
	a.mu.RLock()
	defer a.mu.RUnlock()
	var found []*member
	switch len(t.Rooms) {
	case 0:
		found = a.all.walk()
	case 1:
		found = a.inRoom(t.Rooms[0])
	default:
		seen := map[*member]struct{}{}
		for _, name := range t.Rooms {
			for _, m := range a.inRoom(name) {
				if _, dup := seen[m]; !dup {
					seen[m] = struct{}{}
					found = append(found, m)
				}
			}
		}
	}
	if len(t.Except) == 0 {
		return found
	}
	kept := make([]*member, 0, len(found))
	for _, m := range found {
		if !slices.ContainsFunc(t.Except, m.in) {
			kept = append(kept, m)
		}
	}
	return kept
}

// inRoom returns the members of a room. The caller holds the lock for reading.
func (a *Memory) inRoom(name string) []*member {
	var list []*member
	if r := a.rooms[name]; r != nil {
		list = r.walk()
	}
	if own, ok := a.members[name]; ok && !own.leftOwn {
		list = append(slices.Clip(list), own)
	}
	return list
}

// Broadcast implements [Adapter]. Sockets that cannot take the packet are passed
// over: they are closing, and will be told so.
func (a *Memory) Broadcast(p engine.Packet, t Target) error {
	to := a.selected(t)
	if len(to) == 0 {
		return nil
	}
	f, err := a.host.Encode(p)
	if err != nil {
		return err
	}
	for _, m := range to {
		_ = m.Deliver(&p, f, t.Send)
	}
	return nil
}

// BroadcastAck implements [Adapter].
func (a *Memory) BroadcastAck(ctx context.Context, p engine.Packet, t Target, acks Acks) error {
	to := a.selected(t)
	p.ID, p.HasID = a.host.NextAckID(), true
	f, err := a.host.Encode(p)
	if err != nil {
		return err
	}
	acks.Expected(len(to))
	acks.Complete()
	for _, m := range to {
		// Registered first: the answer may be back before Deliver returns.
		m.ExpectAck(p.ID, acks.Reply)
		_ = m.Deliver(&p, f, t.Send)
	}
	context.AfterFunc(ctx, func() {
		for _, m := range to {
			m.ForgetAck(p.ID)
		}
	})
	return nil
}

// Sockets implements [Adapter].
func (a *Memory) Sockets(_ context.Context, t Target) ([]SocketInfo, error) {
	list := a.selected(t)
	infos := make([]SocketInfo, len(list))
	for i, m := range list {
		infos[i] = SocketInfo{ID: m.ID(), Handshake: m.Handshake(), Rooms: a.Rooms(m.ID()), Data: m.Data()}
	}
	return infos, nil
}

// AllRooms implements [Adapter].
func (a *Memory) AllRooms(context.Context) ([]string, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	names := slices.Collect(maps.Keys(a.rooms))
	for sid, m := range a.members {
		if _, shared := a.rooms[sid]; !shared && !m.leftOwn {
			names = append(names, sid)
		}
	}
	return names, nil
}

// JoinAll implements [Adapter].
func (a *Memory) JoinAll(t Target, rooms ...string) error {
	for _, m := range a.selected(t) {
		a.Join(m.ID(), rooms...)
	}
	return nil
}

// LeaveAll implements [Adapter].
func (a *Memory) LeaveAll(t Target, rooms ...string) error {
	for _, m := range a.selected(t) {
		a.Leave(m.ID(), rooms...)
	}
	return nil
}

// DisconnectAll implements [Adapter].
func (a *Memory) DisconnectAll(t Target, transport bool) error {
	for _, m := range a.selected(t) {
		m.Disconnect(transport)
	}
	return nil
}

// ServerSideEmit implements [Adapter]: there is no other node.
func (a *Memory) ServerSideEmit(string, engine.Args) error { return nil }

// ServerSideEmitAck implements [Adapter]: there is no other node.
func (a *Memory) ServerSideEmitAck(context.Context, string, engine.Args) ([]engine.Args, error) {
	return nil, nil
}

// ServerCount implements [Adapter].
func (a *Memory) ServerCount(context.Context) (int, error) { return 1, nil }

// Close implements [Adapter].
func (a *Memory) Close() error { return nil }
