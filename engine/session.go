package engine

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rookery-go/rookery/engine/internal/websocket"
)

// session is one client's Engine.IO session: its transport, what is queued for
// it, and its connections to namespaces.
//
// Two locks guard it. in is held while the client's packets are handled and the
// host's Receivers are called, which serialises both; mu guards the rest and is
// held briefly, never while the host is called. in is taken before mu; the host's
// calls take mu only, so that they may come from within a Receiver.
type session struct {
	srv       *Server
	id        string
	handshake Handshake // of every namespace, but for name, auth and time
	v3        bool
	base64    bool // the client cannot take binary

	in      sync.Mutex
	decoder decoder

	mu        sync.Mutex
	state     sessionState
	joined    bool // a namespace, at some time
	conns     []*conn
	goodbyes  []goodbye
	farewells atomic.Bool // there are goodbyes

	ws        *websocket.Conn          // the transport, or nil: polling
	poll      *poll                    // the GET that waits
	posting   bool                     // a POST is being handled
	body      *http.ResponseController // of the POST whose body is being read
	upgrading *websocket.Conn          // is being probed
	probed    bool

	queue    []outgoing
	rest     [][]byte // bytes of the WebSocket that go before the queue
	queued   int      // bytes in queue, rest and the flusher's hands
	flushing bool     // a flusher runs

	outbox  *outbox
	pending *[]byte // frames gathered for the outbox to write
	due     bool    // the outbox has the session on its list
	owed    int     // acks that the client has asked for and not got
	form    [1][]byte

	heartbeat heartbeat
	connectBy *time.Timer
	paused    int           // conns that are
	resumed   chan struct{} // closed when paused is 0 again
}

type sessionState uint8

const (
	stateOpen    sessionState = iota
	stateClosing              // for the host it is closed; the transport is being closed
	stateClosed
)

// closing is how a transport ends.
type closing uint8

const (
	orderly closing = iota // after all that is queued, with a close packet or frame
	cut                    // what is queued is dropped, the client is told if it can be
	gone                   // the transport is no more
	spent                  // as gone; the WebSocket's reader closes it
)

const (
	// closeTimeout bounds how long a polling client may take to fetch its close
	// packet, as in Node.
	closeTimeout = 30 * time.Second
	// lastPollTimeout takes its place at shutdown: a stock client polls again within
	// a round trip.
	lastPollTimeout = time.Second
)

// goodbye is an OnClose to be called.
type goodbye struct {
	conn *conn
	why  Reason
}

func newSession(s *Server, q *request) *session {
	id := newID()
	return &session{
		srv:    s,
		id:     id,
		v3:     q.protocol == 3,
		base64: q.param("b64") != "",
		decoder: decoder{
			limits: limits{attachments: s.options.MaxAttachments, depth: s.options.MaxDepth},
			v3:     q.protocol == 3,
		},
		handshake: Handshake{
			Query:      q.query,
			Header:     q.r.Header,
			URL:        q.r.URL.RequestURI(),
			Host:       q.from.host,
			RemoteAddr: q.from.remote,
			Secure:     q.from.secure,
			Session:    id,
			Protocol:   q.protocol,
			Context:    context.WithoutCancel(q.r.Context()),
		},
	}
}

func (s *session) protocol() int {
	if s.v3 {
		return 3
	}
	return 4
}

// name is that of the transport in use.
func (s *session) name() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ws != nil {
		return WebSocket
	}
	return Polling
}

// open queues the OPEN packet, for ws or, where that is nil, the first poll. The
// session is registered by now: the client may answer as soon as it has read it. It
// reports false if the server has been shut down meanwhile.
func (s *session) open(ws *websocket.Conn) bool {
	o := &s.srv.options
	upgrades := "[]"
	if ws == nil && s.srv.upgrades() {
		upgrades = `["websocket"]`
	}
	b := append([]byte(nil), `0{"sid":"`...)
	b = append(append(b, s.id...), `","upgrades":`...)
	b = append(append(b, upgrades...), `,"pingInterval":`...)
	b = strconv.AppendInt(b, o.PingInterval.Milliseconds(), 10)
	b = strconv.AppendInt(append(b, `,"pingTimeout":`...), o.PingTimeout.Milliseconds(), 10)
	b = strconv.AppendInt(append(b, `,"maxPayload":`...), int64(o.MaxPayload), 10)
	b = append(b, '}')

	s.mu.Lock()
	if s.state != stateOpen {
		s.mu.Unlock()
		return false
	}
	s.ws = ws
	s.connectBy = time.AfterFunc(o.ConnectTimeout, s.connectTimeout)
	s.startHeartbeat()
	s.transmit(outgoing{text: b})
	s.mu.Unlock()

	if s.v3 { // the root namespace needs no asking for
		s.in.Lock()
		s.connect(Packet{Type: Connect, Namespace: "/"})
		s.leaveIn()
	}
	return true
}

// abort takes back a session whose handshake failed.
func (s *session) abort() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(TransportError, gone)
}

// connectTimeout closes a client that joined no namespace.
func (s *session) connectTimeout() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.joined {
		s.end(ForcedServerClose, orderly)
	}
}

// join notes that the first namespace was joined. mu is held.
func (s *session) join() {
	if s.joined {
		return
	}
	s.joined = true
	s.srv.counters.unjoined.Add(-1)
	if s.connectBy != nil {
		s.connectBy.Stop()
		s.connectBy = nil
	}
}

// shutdown closes the session because the server stops.
func (s *session) shutdown() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(ServerShuttingDown, orderly)
	if s.state == stateClosing && s.ws == nil {
		s.heartbeat.reset(s, lastPollTimeout)
	}
}

// cut ends the transport at once.
func (s *session) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(ServerShuttingDown, cut)
	if s.ws != nil {
		_ = s.ws.CloseNow() // the reader sees it
	}
}

// end closes the session: for the host at once, the transport as how says. A
// session that is closing already can only be cut shorter. mu is held.
func (s *session) end(why Reason, how closing) {
	if s.state == stateClosed || s.state == stateClosing && how == orderly {
		return
	}
	if s.state == stateOpen {
		s.state = stateClosing
		s.srv.counters.countClose(why)
		for _, c := range s.conns {
			s.leave(c, why)
		}
		s.conns = nil
		if s.connectBy != nil {
			s.connectBy.Stop()
			s.connectBy = nil
		}
		if !s.joined {
			s.srv.counters.unjoined.Add(-1)
		}
		s.heartbeat.stop()
		s.wakeReaders()
	}
	if how != orderly || s.poll != nil && len(s.queue) == 0 {
		s.dropUpgrade() // else the client may still go over, and be told there
	}
	if how != orderly {
		s.drop()
		if s.body != nil {
			// Not every connection has deadlines; then the POST ends by itself.
			_ = s.body.SetReadDeadline(time.Now())
		}
	}
	switch {
	case s.ws != nil:
		s.endWebSocket(how)
	case s.poll != nil && len(s.queue) > 0:
		// A stock client drops the events that come in one payload with the close
		// packet. So that gets the next poll to itself, as in Node.
		s.heartbeat.reset(s, closeTimeout)
		s.wakePoll()
	case s.poll != nil:
		s.poll.last = closeType
		if how == gone { // closed by the client
			s.poll.last = noopType
		}
		s.wakePoll()
	case how == orderly:
		s.heartbeat.reset(s, closeTimeout)
	default:
		s.finish()
	}
}

// finish forgets the session; its transport is done with. mu is held.
func (s *session) finish() {
	if s.state == stateClosed {
		return
	}
	s.state = stateClosed
	s.heartbeat.stop()
	s.drop()
	s.dropUpgrade()
	s.srv.deregister(s)
	s.srv.counters.sessions.Add(-1)
	s.srv.running.Done()
}

// dropUpgrade ends an upgrade under way. mu is held.
func (s *session) dropUpgrade() {
	if s.upgrading != nil {
		_ = s.upgrading.CloseNow() // its reader sees it
		s.upgrading = nil
	}
}

// leave notes that the host must be told of the end of c. mu is held.
func (s *session) leave(c *conn, why Reason) {
	if c.state == connLeft {
		return
	}
	c.state = connLeft
	c.held = nil
	c.unpause()
	s.goodbyes = append(s.goodbyes, goodbye{c, why})
	if s.farewells.Swap(true) {
		return
	}
	// The host may be calling, with locks of its own held: it is called back from
	// elsewhere.
	s.srv.running.Add(1)
	go func() {
		defer s.srv.running.Done()
		s.in.Lock()
		s.leaveIn()
	}()
}

// leaveIn calls what OnClose there is to call, and releases in.
func (s *session) leaveIn() {
	for s.farewells.Load() {
		s.mu.Lock()
		all := s.goodbyes
		s.goodbyes = nil
		s.farewells.Store(false)
		s.mu.Unlock()
		for _, g := range all {
			s.srv.counters.conns.Add(-1)
			if g.conn.receiver != nil {
				s.srv.guard("OnClose", func() { g.conn.receiver.OnClose(g.why) })
			}
		}
	}
	s.in.Unlock()
}

// waitResumed returns once no connection is paused, the session is closed or done
// is.
func (s *session) waitResumed(done <-chan struct{}) {
	for {
		s.mu.Lock()
		resumed := s.resumed
		s.mu.Unlock()
		if resumed == nil {
			return
		}
		select {
		case <-resumed:
		case <-done:
			return
		}
	}
}

// wakeReaders lets waitResumed return. mu is held.
func (s *session) wakeReaders() {
	if s.resumed != nil {
		close(s.resumed)
		s.resumed = nil
	}
}
