package engine

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// Server is Rookery's own [Engine]. It answers every request that it is handed,
// whatever its path: what path clients use ("/socket.io/" by default) is decided
// by where the server is mounted.
type Server struct {
	options Options
	invalid error // what is wrong with the options
	host    Host
	started time.Time

	counters counters
	outboxes []outbox

	mu       sync.Mutex
	sessions map[string]*session
	shutdown bool

	// running counts the sessions and the goroutines they own.
	running sync.WaitGroup
}

var _ Engine = (*Server)(nil)

// New makes a server. Options that make no sense are reported by [Server.Start].
func New(o Options) *Server {
	s := &Server{options: o, sessions: make(map[string]*session), started: time.Now()}
	s.invalid = s.options.complete()
	s.outboxes = make([]outbox, runtime.GOMAXPROCS(0))
	for i := range s.outboxes {
		s.outboxes[i].server = s
	}
	return s
}

// Start implements [Engine]. It fails if the options are invalid or the server
// was started before.
func (s *Server) Start(h Host) error {
	if s.invalid != nil {
		return s.invalid
	}
	if h == nil {
		return errors.New("engine: start: the host is nil")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.host != nil {
		return errors.New("engine: start: the server has a host already; make one server for each")
	}
	s.host = h
	return nil
}

// Encode implements [Engine].
func (s *Server) Encode(p Packet) (Frame, error) {
	f, err := newFrame(p)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// ServeHTTP implements [Engine]. For a WebSocket it returns after the handshake,
// so that nothing of the HTTP server is kept.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := newRequest(s, w, r)
	if !s.allowOrigin(w.Header(), r, q.from.host) {
		q.refuse(CodeForbidden, "", "INVALID_ORIGIN")
		return
	}
	if r.Method == http.MethodOptions && s.cors() {
		preflight(w, r)
		return
	}
	switch {
	case !slices.Contains(s.options.Transports, q.transport):
		q.refuse(CodeUnknownTransport, "", q.transport)
	case q.sid != "":
		s.serveSession(q)
	default:
		s.serveHandshake(q)
	}
}

// serveSession answers a request of a session that exists.
func (s *Server) serveSession(q *request) {
	sess := s.session(q.sid)
	switch {
	case sess == nil:
		q.refuse(CodeUnknownSession, "", q.sid)
	case q.protocol != sess.protocol():
		q.refuse(CodeBadRequest, "", "PROTOCOL_MISMATCH")
	case q.upgrade:
		s.serveUpgrade(q, sess)
	case q.transport != Polling || sess.name() != Polling:
		q.refuse(CodeBadRequest, "", "TRANSPORT_MISMATCH")
	case q.r.Method == http.MethodGet:
		sess.servePoll(q)
	case q.r.Method == http.MethodPost:
		sess.servePost(q)
	default:
		q.w.WriteHeader(http.StatusInternalServerError) // as Node does
	}
}

// serveHandshake opens a session.
func (s *Server) serveHandshake(q *request) {
	switch {
	case q.r.Method != http.MethodGet:
		q.refuse(CodeBadHandshakeMethod, "", q.r.Method)
		return
	case q.upgrade != (q.transport == WebSocket):
		q.refuse(CodeBadRequest, "", "TRANSPORT_HANDSHAKE_ERROR")
		return
	}
	if s.options.AllowRequest != nil {
		if err := s.options.AllowRequest(q.r); err != nil {
			q.refuse(CodeForbidden, err.Error(), "ALLOW_REQUEST")
			return
		}
	}
	if q.protocol == 3 && !s.options.AllowEIO3 {
		q.refuse(CodeUnsupportedProtocol, "", "EIO")
		return
	}
	sess := newSession(s, q)
	q.setHeaders(sess.id) // before it is registered: a hook may panic
	if !s.register(sess) {
		q.w.Header().Del("Set-Cookie")
		q.unavailable()
		return
	}
	if q.transport == Polling {
		sess.open(nil) // if that fails, the poll gets the close packet
		sess.servePoll(q)
		return
	}
	ws, err := q.openWebSocket()
	if err != nil {
		sess.abort()
		q.refuseUpgrade(err)
		return
	}
	if !sess.open(ws) {
		turnAway(ws)
		return
	}
	go sess.readLoop(ws)
}

func (s *Server) session(id string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[id]
}

// register admits a session, if there is room and the server is running.
func (s *Server) register(sess *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shutdown || s.host == nil || len(s.sessions) >= s.options.MaxSessions ||
		s.counters.unjoined.Load() >= int64(s.options.MaxHandshakes) {
		return false
	}
	s.sessions[sess.id] = sess
	sess.outbox = &s.outboxes[len(s.sessions)%len(s.outboxes)]
	s.counters.sessions.Add(1)
	s.counters.unjoined.Add(1)
	s.running.Add(1)
	return true
}

func (s *Server) deregister(sess *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, sess.id)
}

// Shutdown implements [Engine]. Clients see "transport close".
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.shutdown = true
	all := make([]*session, 0, len(s.sessions))
	for _, sess := range s.sessions {
		all = append(all, sess)
	}
	s.mu.Unlock()
	for _, sess := range all {
		sess.shutdown()
	}
	ended := make(chan struct{})
	go func() {
		s.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		for _, sess := range all {
			sess.cut()
		}
		return ctx.Err()
	}
}

// guard runs a callback of the host and survives its panic, which it reports.
func (s *Server) guard(what string, f func()) (ok bool) {
	defer func() {
		if v := recover(); v != nil {
			s.options.Logger.Error("engine: panic in the host", slog.String("in", what), slog.Any("panic", v),
				slog.String("stack", string(debug.Stack())))
		}
	}()
	f()
	return true
}

// newID makes a session id: 120 random bits, 20 characters as Node's.
func newID() string {
	var b [15]byte
	rand.Read(b[:]) //nolint:errcheck // never fails, by its documentation
	return base64.URLEncoding.EncodeToString(b[:])
}
