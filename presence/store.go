package presence

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/rookery-go/rookery/gateway"
)

// Socket is one of a user's connections.
type Socket struct {
	// Namespace is where it is connected, ID its id there.
	Namespace, ID string
}

func socketOf(c *gateway.Client) Socket { return Socket{c.Namespace().Name(), c.ID()} }

// Store keeps the sockets of users. All methods must be safe for concurrent use. Adding a
// socket that is there, or removing one that is not, is no error and changes nothing.
type Store interface {
	// Add adds a socket of a user and tells whether it is now the only one.
	Add(ctx context.Context, user string, s Socket) (first bool, err error)
	// Remove removes a socket of a user and tells whether it was the last one.
	Remove(ctx context.Context, user string, s Socket) (last bool, err error)
	// Online tells whether a user has a socket.
	Online(ctx context.Context, user string) (bool, error)
	// Sockets lists a user's sockets, Users the users that have one; in no order.
	Sockets(ctx context.Context, user string) ([]Socket, error)
	Users(ctx context.Context) ([]string, error)
}

// Memory is the [Store] of a single node.
type Memory struct {
	mu    sync.RWMutex
	users map[string]map[Socket]struct{}
}

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{users: map[string]map[Socket]struct{}{}} }

// Add implements [Store].
func (m *Memory) Add(_ context.Context, user string, s Socket) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	sockets := m.users[user]
	if _, have := sockets[s]; have {
		return false, nil
	}
	if sockets == nil {
		sockets = map[Socket]struct{}{}
		m.users[user] = sockets
	}
	sockets[s] = struct{}{}
	return len(sockets) == 1, nil
}

// Remove implements [Store].
func (m *Memory) Remove(_ context.Context, user string, s Socket) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	sockets := m.users[user]
	if _, have := sockets[s]; !have {
		return false, nil
	}
	delete(sockets, s)
	if len(sockets) > 0 {
		return false, nil
	}
	delete(m.users, user)
	return true, nil
}

// Online implements [Store].
func (m *Memory) Online(_ context.Context, user string) (bool, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.users[user]) > 0, nil
}

// Sockets implements [Store].
func (m *Memory) Sockets(_ context.Context, user string) ([]Socket, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.Collect(maps.Keys(m.users[user])), nil
}

// Users implements [Store].
func (m *Memory) Users(context.Context) ([]string, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.Collect(maps.Keys(m.users)), nil
}
