// Package gateway is a framework for WebSocket gateways over Socket.IO, after the
// model of NestJS: typed handlers for named events, with guards, pipes, interceptors
// and filters around them.
//
// A [Gateway] registers its handlers on a [Router] and is mounted on a namespace of a
// [Server], which is an http.Handler:
//
//	srv := gateway.New()
//	srv.Mount("/chat", &Chat{})
//	http.Handle("/socket.io/", srv)
//
// An event goes through
//
//	filters < guards < interceptors < pipes before < decode < pipes after < handler
//
// where roles of the server come before those of the gateway, and those before the
// handler's own. Every error and every panic on the way is answered and logged, and
// none ends the process.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/rookery-go/rookery/engine"
)

// Server holds the namespaces and serves their clients. It is an http.Handler, to be
// mounted on the path that clients use, "/socket.io/" unless they say otherwise. All
// methods are safe for concurrent use.
type Server struct {
	config config
	pool   *pool

	// ctx is what hooks and handlers run under; Shutdown cancels it at its deadline.
	ctx      context.Context
	cancel   context.CancelFunc
	draining atomic.Bool

	mounting sync.Mutex // one Mount at a time

	mu         sync.RWMutex
	namespaces map[string]*Namespace
	patterns   []*Pattern
}

// New returns a server without namespaces. It panics when an option is wrong, with an
// error that says which: that is a mistake in the program.
func New(options ...ServerOption) *Server {
	s := &Server{config: defaults(), pool: newPool(), namespaces: map[string]*Namespace{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	var errs []error
	for _, o := range options {
		errs = append(errs, o.applyServer(&s.config))
	}
	errs = append(errs, s.config.scope.check(), s.config.replaceIn(&s.config.scope))
	if s.config.engine == nil {
		s.config.engine = engine.New(engine.Options{Logger: s.config.logger})
	}
	if err := s.config.engine.Start(host{s}); err != nil {
		errs = append(errs, fmt.Errorf("gateway: start the engine: %w", err))
	}
	if err := errors.Join(errs...); err != nil {
		panic(err)
	}
	return s
}

// Mount puts a gateway on a namespace, whose name gets a leading slash if it has none.
// Several gateways may share a namespace: then all their hooks run, and all their
// handlers of an event, in mount order; the first answer to an ack wins.
//
// It panics with all that is wrong with the gateway: a mistake in the program that is
// better found at its start than by a client.
func (s *Server) Mount(namespace string, g Gateway, options ...MountOption) *Namespace {
	ns, err := s.mount(namespace, g, options)
	if err != nil {
		panic(fmt.Errorf("gateway: mount %T on %q: %w", g, namespace, err))
	}
	return ns
}

func (s *Server) mount(name string, g Gateway, options []MountOption) (*Namespace, error) {
	if !strings.HasPrefix(name, "/") {
		name = "/" + name
	}
	if strings.ContainsAny(name, ",?") {
		return nil, errors.New("a namespace cannot have a comma or a question mark in its name: the protocol ends it there")
	}
	if strings.Contains(name, "{") {
		return nil, errors.New("a namespace with a {parameter} is mounted with MountPattern")
	}
	m, routes, err := s.prepare(name, g, options)
	if err != nil {
		return nil, err
	}
	s.mounting.Lock()
	defer s.mounting.Unlock()
	ns := s.Namespace(name)
	fresh := ns == nil
	if fresh {
		var err error
		if ns, err = newNamespace(s, name); err != nil {
			return nil, err
		}
	}
	if hook, ok := g.(InitHook); ok {
		if err := hook.AfterInit(ns); err != nil {
			err = fmt.Errorf("AfterInit: %w", err)
			if fresh {
				err = errors.Join(err, ns.adapter.Close())
			}
			return nil, err
		}
	}
	ns.table.Store(ns.table.Load().with(m, routes))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.namespaces[name] = ns
	return ns, nil
}

// prepare makes a gateway ready to be mounted.
func (s *Server) prepare(namespace string, g Gateway, options []MountOption) (*mounted, []*Route, error) {
	if v := reflect.ValueOf(g); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, nil, errors.New("the gateway is nil")
	}
	router := &Router{}
	router.Use(options...)
	g.Register(router)
	m := &mounted{gateway: g, namespace: namespace, scope: &router.scope}
	return m, router.routes, router.compile(s, m)
}

// Namespace returns a mounted namespace, or nil.
func (s *Server) Namespace(name string) *Namespace {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.namespaces[name]
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.draining.Load() && r.URL.Query().Get("sid") == "" {
		w.Header().Set("Connection", "close")
		http.Error(w, "the server is shutting down", http.StatusServiceUnavailable)
		return
	}
	s.config.engine.ServeHTTP(w, r)
}

// Shutdown stops the server without losing what is under way: new connections are
// refused and new events dropped, running and queued handlers finish, then the clients'
// transports are closed (stock clients reconnect, to another node where there is one)
// and OnDisconnect runs for each. When ctx ends first, the contexts of the handlers are
// cancelled, the transports closed at once, and ctx's error is returned.
func (s *Server) Shutdown(ctx context.Context) error {
	s.draining.Store(true)
	stop := context.AfterFunc(ctx, s.cancel)
	defer stop()
	err := s.pool.wait(ctx)
	err = errors.Join(err, s.config.engine.Shutdown(ctx))
	err = errors.Join(err, s.pool.wait(ctx))
	s.cancel()
	s.pool.close()
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, ns := range s.namespaces {
		err = errors.Join(err, ns.adapter.Close())
	}
	return err
}

// host is the server as its engine sees it.
type host struct{ *Server }

// OnConnect implements engine.Host.
func (h host) OnConnect(conn engine.Conn) engine.Receiver {
	if h.draining.Load() {
		_ = conn.Refuse(string(engine.ServerShuttingDown), nil) // fails only if it has left
		return refused{}
	}
	ns, err := h.enter(conn.Handshake().Namespace)
	switch {
	case err != nil:
		h.config.logger.Error("gateway: make a namespace", "namespace", conn.Handshake().Namespace, "error", err)
		_ = conn.Refuse(ErrInternal.Message, nil)
		return refused{}
	case ns == nil:
		_ = conn.Refuse("Invalid namespace", nil)
		return refused{}
	}
	c := newClient(ns, conn)
	h.pool.submit(c)
	return member{c}
}

// enter finds the namespace that a client asks for; nil if there is none.
func (s *Server) enter(name string) (*Namespace, error) {
	s.mu.RLock()
	ns, patterns := s.namespaces[name], s.patterns
	s.mu.RUnlock()
	if ns != nil {
		return ns, nil
	}
	for _, p := range patterns {
		if ns, err := p.enter(name); ns != nil || err != nil {
			return ns, err
		}
	}
	return nil, nil
}

// refused receives what comes on a connection that was turned away at once: nothing.
type refused struct{}

func (refused) OnPacket(engine.Packet) {}
func (refused) OnClose(engine.Reason)  {}
