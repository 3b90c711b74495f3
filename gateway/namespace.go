package gateway

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/rookery-go/rookery/adapter"
	"github.com/rookery-go/rookery/engine"
)

// Namespace is a channel of its own over the clients' connections, with its own
// gateways, clients and rooms. Methods are safe for concurrent use.
type Namespace struct {
	name    string
	server  *Server
	adapter adapter.Adapter
	ackID   atomic.Uint64

	table atomic.Pointer[table] // replaced as a whole when another gateway is mounted

	// Of a namespace that matches a pattern: the pattern, which guards places, the
	// clients that are there or on their way, and the parameters in the name.
	pattern *Pattern
	places  int
	params  map[string]string

	mu         sync.Mutex
	clients    map[string]*Client
	middleware []func(context.Context, *Client) error
	onServer   map[string][]func(context.Context, Payload) (any, error)
}

// A table is what is mounted on a namespace.
type table struct {
	gateways []*mounted
	events   map[string]*handlers
	fallback *handlers // of events that no gateway handles; nil for nobody
}

// A mounted gateway with what hangs on it.
type mounted struct {
	gateway   Gateway
	namespace string
	scope     *scope
}

// handlers are those of one event, in mount order.
type handlers struct {
	routes []*Route
	owners []*mounted
	slots  int // how many such events of one client may run at once; 1 keeps the queue
}

// with returns the table with another gateway in it.
func (t *table) with(m *mounted, routes []*Route) *table {
	next := &table{gateways: append(slices.Clip(t.gateways), m), events: maps.Clone(t.events), fallback: t.fallback}
	if next.events == nil {
		next.events = map[string]*handlers{}
	}
	for _, r := range routes {
		if r.fallback {
			next.fallback = next.fallback.with(m, r)
		} else {
			next.events[r.Event] = next.events[r.Event].with(m, r)
		}
	}
	return next
}

// with returns the handlers with another route behind them; h may be nil.
func (h *handlers) with(m *mounted, r *Route) *handlers {
	if h == nil {
		return &handlers{[]*Route{r}, []*mounted{m}, r.slots}
	}
	return &handlers{append(slices.Clip(h.routes), r), append(slices.Clip(h.owners), m), min(h.slots, r.slots)}
}

// handlers returns who handles an event; nil for nobody.
func (t *table) handlers(event string) *handlers {
	if h := t.events[event]; h != nil {
		return h
	}
	return t.fallback
}

func newNamespace(s *Server, name string) (*Namespace, error) {
	n := &Namespace{
		name:     name,
		server:   s,
		clients:  map[string]*Client{},
		onServer: map[string][]func(context.Context, Payload) (any, error){},
	}
	n.table.Store(&table{})
	a, err := s.config.adapter(adapterHost{n})
	if err != nil {
		return nil, fmt.Errorf("make the adapter: %w", err)
	}
	n.adapter = a
	return n, nil
}

// Name returns the name of the namespace, with its leading slash.
func (n *Namespace) Name() string { return n.name }

// Client returns a client of this node by its id, or nil.
func (n *Namespace) Client(id string) *Client {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.clients[id]
}

// Clients returns the clients of this node, in no order.
func (n *Namespace) Clients() []*Client {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Collect(maps.Values(n.clients))
}

func (n *Namespace) all() Broadcast { return Broadcast{ns: n} }

// Emit sends an event to every client. See [Broadcast.Emit].
func (n *Namespace) Emit(event string, args ...any) error { return n.all().Emit(event, args...) }

// EmitAck sends an event to every client and collects the acks. See
// [Broadcast.EmitAck].
func (n *Namespace) EmitAck(ctx context.Context, event string, args ...any) ([]Payload, error) {
	return n.all().EmitAck(ctx, event, args...)
}

// All chooses every client.
func (n *Namespace) All() Broadcast { return n.all() }

// To chooses the clients that are in at least one of these rooms.
func (n *Namespace) To(rooms ...string) Broadcast { return n.all().To(rooms...) }

// In is another word for [Namespace.To].
func (n *Namespace) In(rooms ...string) Broadcast { return n.all().To(rooms...) }

// Except chooses the clients that are in none of these rooms.
func (n *Namespace) Except(rooms ...string) Broadcast { return n.all().Except(rooms...) }

// Local chooses the clients of this node.
func (n *Namespace) Local() Broadcast { return n.all().Local() }

// Volatile chooses every client, for packets that may be dropped.
func (n *Namespace) Volatile() Broadcast { return n.all().Volatile() }

// Compress chooses every client, and whether packets may be compressed.
func (n *Namespace) Compress(compress bool) Broadcast { return n.all().Compress(compress) }

// FetchSockets lists every client on every node. See [Broadcast.FetchSockets].
func (n *Namespace) FetchSockets(ctx context.Context) ([]RemoteSocket, error) {
	return n.all().FetchSockets(ctx)
}

// SocketsJoin puts every client into rooms.
func (n *Namespace) SocketsJoin(rooms ...string) error { return n.all().SocketsJoin(rooms...) }

// SocketsLeave takes every client out of rooms.
func (n *Namespace) SocketsLeave(rooms ...string) error { return n.all().SocketsLeave(rooms...) }

// DisconnectSockets kicks every client out and, if transport is true, closes their
// transports.
func (n *Namespace) DisconnectSockets(transport bool) error {
	return n.all().DisconnectSockets(transport)
}

// Rooms lists the rooms that have at least one client on some node.
func (n *Namespace) Rooms(ctx context.Context) ([]string, error) { return n.adapter.AllRooms(ctx) }

// ServerCount is the number of nodes that serve the namespace, this one included.
func (n *Namespace) ServerCount(ctx context.Context) (int, error) { return n.adapter.ServerCount(ctx) }

// ServerSideEmit sends an event to the other nodes, where [Namespace.OnServer] gets it.
func (n *Namespace) ServerSideEmit(event string, args ...any) error {
	p, err := serverEvent(event, args)
	if err != nil {
		return err
	}
	return n.adapter.ServerSideEmit(event, p.args)
}

// ServerSideEmitAck sends an event to the other nodes and collects one answer of each
// until all have answered or ctx ends; what came by then is returned with the error.
func (n *Namespace) ServerSideEmitAck(ctx context.Context, event string, args ...any) ([]Payload, error) {
	p, err := serverEvent(event, args)
	if err != nil {
		return nil, err
	}
	answers, err := n.adapter.ServerSideEmitAck(ctx, event, p.args)
	all := make([]Payload, len(answers))
	for i, a := range answers {
		all[i] = Payload{args: a}
	}
	return all, err
}

func serverEvent(event string, args []any) (Payload, error) {
	p, err := NewPayload(args...)
	if err == nil && len(p.attachments) > 0 {
		err = fmt.Errorf("gateway: server-side event %q: binary arguments are not supported; encode them as text", event)
	}
	return p, err
}

// OnServer registers a func for an event that another node sends with
// ServerSideEmit. What it returns answers ServerSideEmitAck. It runs on a worker, so it
// may block; its error is logged.
func (n *Namespace) OnServer(event string, f func(ctx context.Context, p Payload) (any, error)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.onServer[event] = append(slices.Clip(n.onServer[event]), f)
}

// adapterHost is the namespace as its adapter sees it.
type adapterHost struct{ ns *Namespace }

func (h adapterHost) Name() string { return h.ns.name }

func (h adapterHost) Encode(p engine.Packet) (engine.Frame, error) {
	return h.ns.server.config.engine.Encode(p)
}

func (h adapterHost) NextAckID() uint64 { return h.ns.nextAckID() }

func (h adapterHost) OnServerSideEmit(event string, args engine.Args, reply func(engine.Args)) {
	h.ns.mu.Lock()
	funcs := h.ns.onServer[event]
	h.ns.mu.Unlock()
	for _, f := range funcs {
		h.ns.server.pool.submit(&serverSideEvent{h.ns, event, Payload{args: args}, f, reply})
	}
}

func (n *Namespace) nextAckID() uint64 { return n.ackID.Add(1) - 1 }

// A serverSideEvent is one call of a func registered with OnServer.
type serverSideEvent struct {
	ns      *Namespace
	event   string
	payload Payload
	f       func(context.Context, Payload) (any, error)
	reply   func(engine.Args)
}

func (e *serverSideEvent) work() {
	answer, err := e.call()
	if err == nil && e.reply != nil {
		var p Payload
		if p, err = serverEvent(e.event, []any{answer}); err == nil {
			e.reply(p.args)
			return
		}
	}
	if err != nil {
		e.ns.server.config.logger.Error("server-side event failed", "namespace", e.ns.name, "event", e.event, "error", err)
	}
}

func (e *serverSideEvent) call() (answer any, err error) {
	defer recovered(&err)
	return e.f(e.ns.server.ctx, e.payload)
}
