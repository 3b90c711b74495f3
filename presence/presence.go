// Package presence knows which users are connected: each by any number of sockets, in any
// namespace, on any node.
//
// A [Registry] is told of a client's user when it connects, finds out by itself when the
// client leaves, and sends to users from anywhere:
//
//	func (g *Chat) OnConnect(ctx context.Context, c *gateway.Client) error {
//		return g.users.Add(ctx, c, userOf(c))
//	}
//
//	g.users.Send("ann", "notification", n)
//
// Sending goes by a room for each user. An application that lets clients name the rooms
// they join must therefore keep those apart, as by a prefix of its own: whoever joins
// "presence:ann" hears what is sent to ann.
package presence

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/rookery-go/rookery/gateway"
)

// Registry keeps the users of a node's clients, and through its [Store] those of the
// cluster. All methods are safe for concurrent use.
type Registry struct {
	store     Store
	grace     time.Duration
	logger    *slog.Logger
	onOnline  func(user string)
	onOffline func(user string)
	user      *gateway.Key[string]

	mu         sync.Mutex
	closed     bool
	namespaces map[*gateway.Namespace]struct{}
	users      map[string]*user
	work       sync.WaitGroup // hooks and removals under way
}

// user is what the registry remembers of a user while there is something to remember: a
// grace that runs, or hooks to be called.
type user struct {
	// order is held from a change in the store until its hook is in line, so that hooks
	// come in the order of the changes. It is taken before the registry's lock.
	order sync.Mutex

	holders int // who works with it just now
	grace   *time.Timer
	graces  int    // how many there have been
	hooks   []bool // those in line; true for online
	calls   bool   // somebody is calling them
}

// Option configures a [Registry].
type Option func(*Registry)

// WithStore sets where sockets are kept. The default is [NewMemory], which knows this
// process alone.
func WithStore(s Store) Option { return func(r *Registry) { r.store = s } }

// WithGrace sets how long a user without sockets stays online, so that a page reloaded or
// a train in a tunnel is no news. The default is 0: not at all.
func WithGrace(d time.Duration) Option { return func(r *Registry) { r.grace = d } }

// WithLogger sets where errors of the store are logged that there is nobody to return to.
// The default is slog.Default().
func WithLogger(l *slog.Logger) Option { return func(r *Registry) { r.logger = l } }

// OnOnline sets what is called when a user's first socket comes. The calls for one user
// never overlap and alternate with those of [OnOffline].
func OnOnline(f func(user string)) Option { return func(r *Registry) { r.onOnline = f } }

// OnOffline sets what is called when a user's last socket has gone and the grace is over.
func OnOffline(f func(user string)) Option { return func(r *Registry) { r.onOffline = f } }

// New returns a registry without users.
func New(options ...Option) *Registry {
	r := &Registry{
		store:      NewMemory(),
		logger:     slog.Default(),
		user:       gateway.NewKey[string]("presence.user"),
		namespaces: map[*gateway.Namespace]struct{}{},
		users:      map[string]*user{},
	}
	for _, o := range options {
		o(r)
	}
	return r
}

// Errors of Add.
var (
	// ErrNoUser is returned for a user without a name.
	ErrNoUser = errors.New("presence: the user's id is empty")
	// ErrOtherUser is returned for a client that belongs to another user already.
	ErrOtherUser = errors.New("presence: the client belongs to another user; remove it first")
	// ErrClosed is returned once the registry is closed.
	ErrClosed = errors.New("presence: the registry is closed")
)

// Track makes a namespace known, so that [Registry.Send] reaches users in it whose sockets
// are all on other nodes. [Registry.Add] does it for the client's. Call it from AfterInit.
func (r *Registry) Track(ns *gateway.Namespace) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.namespaces[ns] = struct{}{}
}

// Add says which user a client belongs to, until it leaves. Adding it again for the same
// user changes nothing.
func (r *Registry) Add(ctx context.Context, c *gateway.Client, id string) error {
	if id == "" {
		return ErrNoUser
	}
	r.mu.Lock()
	have, known := r.user.Get(c)
	switch {
	case r.closed:
		r.mu.Unlock()
		return ErrClosed
	case known && have != id:
		r.mu.Unlock()
		return ErrOtherUser
	case known:
		r.mu.Unlock()
		return nil
	}
	r.user.Set(c, id)
	r.namespaces[c.Namespace()] = struct{}{}
	r.work.Add(1) // for the removal
	r.mu.Unlock()

	u := r.hold(id)
	u.order.Lock()
	first, err := r.store.Add(ctx, id, socketOf(c))
	if err == nil {
		c.Join(room(id))
		r.came(u, first)
	}
	u.order.Unlock()
	r.release(id, u)
	if err != nil {
		r.user.Delete(c)
		r.work.Done()
		return fmt.Errorf("presence: add a socket of user %q: %w", id, err)
	}
	context.AfterFunc(c.Context(), func() {
		defer r.work.Done()
		r.gone(c)
	})
	return nil
}

// Remove takes a client from its user before it leaves.
func (r *Registry) Remove(c *gateway.Client) {
	if id, ok := r.user.Get(c); ok {
		c.Leave(room(id))
		r.gone(c)
	}
}

// User returns the user that a client belongs to.
func (r *Registry) User(c *gateway.Client) (string, bool) { return r.user.Get(c) }

// Online tells whether a user has a socket, on any node, or had one within the grace, on
// this one.
func (r *Registry) Online(ctx context.Context, id string) (bool, error) {
	r.mu.Lock()
	u := r.users[id]
	inGrace := u != nil && u.grace != nil
	r.mu.Unlock()
	if inGrace {
		return true, nil
	}
	return r.store.Online(ctx, id)
}

// Users lists the users that have a socket on some node, in no order.
func (r *Registry) Users(ctx context.Context) ([]string, error) { return r.store.Users(ctx) }

// Sockets lists the sockets of a user on all nodes, in no order.
func (r *Registry) Sockets(ctx context.Context, id string) ([]Socket, error) {
	return r.store.Sockets(ctx, id)
}

// Send sends an event to all sockets of a user. It is no error if there is none.
func (r *Registry) Send(id, event string, args ...any) error { return r.To(id).Emit(event, args...) }

// To is a target for events: the sockets of these users, in every namespace.
func (r *Registry) To(ids ...string) gateway.Target { return everywhere{r, rooms(ids)} }

// everywhere is some users' rooms in all namespaces.
type everywhere struct {
	r     *Registry
	rooms []string
}

func (e everywhere) Emit(event string, args ...any) error {
	if len(e.rooms) == 0 {
		return nil // To() of no rooms would be everybody
	}
	e.r.mu.Lock()
	namespaces := slices.Collect(maps.Keys(e.r.namespaces))
	e.r.mu.Unlock()
	var errs []error
	for _, ns := range namespaces {
		errs = append(errs, ns.To(e.rooms...).Emit(event, args...))
	}
	return errors.Join(errs...)
}

// In narrows the registry to a namespace.
func (r *Registry) In(ns *gateway.Namespace) Namespace { return Namespace{ns} }

// Namespace reaches users in one namespace.
type Namespace struct{ ns *gateway.Namespace }

// To chooses the sockets of these users. At least one user must be named.
func (n Namespace) To(id string, more ...string) gateway.Broadcast {
	return n.ns.To(room(id)).To(rooms(more)...)
}

// Close ends the graces that run, without calling hooks for them, and waits for the hooks
// that are being called. Clients that are still connected are removed from the store when
// they leave.
func (r *Registry) Close() {
	r.mu.Lock()
	r.closed = true
	for _, u := range r.users {
		if u.grace != nil && u.grace.Stop() {
			u.grace = nil
			r.work.Done()
		}
	}
	r.mu.Unlock()
	r.work.Wait()
}

func room(id string) string { return "presence:" + id }

func rooms(ids []string) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = room(id)
	}
	return list
}

// gone takes a client's socket out of the store.
func (r *Registry) gone(c *gateway.Client) {
	r.mu.Lock()
	id, ok := r.user.Get(c)
	r.user.Delete(c)
	r.mu.Unlock()
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), removeTimeout)
	defer cancel()
	u := r.hold(id)
	defer r.release(id, u)
	u.order.Lock()
	defer u.order.Unlock()
	last, err := r.store.Remove(ctx, id, socketOf(c))
	if err != nil {
		r.logger.Error("presence: remove a socket", "user", id, "socket", c.ID(), "error", err)
		return
	}
	if last {
		r.went(id, u)
	}
}

// removeTimeout bounds the removal of a socket that has gone from the store.
const removeTimeout = 10 * time.Second

// came notes a new socket of a user. u.order is held.
func (r *Registry) came(u *user, first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case u.grace != nil: // back in time: nothing has happened
		if u.grace.Stop() {
			r.work.Done()
		}
		u.grace = nil
	case first:
		u.hooks = append(u.hooks, true)
	}
}

// went notes that a user's last socket has gone. u.order is held.
func (r *Registry) went(id string, u *user) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.grace <= 0:
		u.hooks = append(u.hooks, false)
	case u.grace == nil && !r.closed:
		r.work.Add(1)
		u.graces++
		nth := u.graces
		u.grace = time.AfterFunc(r.grace, func() {
			defer r.work.Done()
			r.graceOver(id, u, nth)
		})
	}
}

func (r *Registry) graceOver(id string, u *user, nth int) {
	r.mu.Lock()
	u.holders++
	if u.grace != nil && u.graces == nth { // else the user came back just now
		u.grace = nil
		u.hooks = append(u.hooks, false)
	}
	r.mu.Unlock()
	r.release(id, u)
}

// hold returns what is known of a user, until it is released.
func (r *Registry) hold(id string) *user {
	r.mu.Lock()
	defer r.mu.Unlock()
	u := r.users[id]
	if u == nil {
		u = &user{}
		r.users[id] = u
	}
	u.holders++
	return u
}

// release calls the hooks in line, unless somebody is at it, and forgets the user if
// there is nothing to remember.
func (r *Registry) release(id string, u *user) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(u.hooks) > 0 && !u.calls {
		hook := r.onOffline
		if u.hooks[0] {
			hook = r.onOnline
		}
		u.hooks = u.hooks[1:]
		u.calls = true
		r.mu.Unlock()
		r.call(id, hook)
		r.mu.Lock()
		u.calls = false
	}
	if u.holders--; u.holders == 0 && u.grace == nil {
		delete(r.users, id)
	}
}

// call calls a hook; its panic ends nothing.
func (r *Registry) call(id string, hook func(string)) {
	if hook == nil {
		return
	}
	defer func() {
		if v := recover(); v != nil {
			r.logger.Error("presence: a hook panicked", "user", id, "panic", v)
		}
	}()
	hook(id)
}
