package engine

import (
	"encoding/json"
	"net/url"
	"time"
)

// onMessage handles one Engine.IO packet and reports whether the session goes on.
// in is held.
func (s *session) onMessage(m message) bool {
	s.mu.Lock()
	if s.state != stateOpen {
		if s.ws == nil && m.kind == closeType {
			s.end(TransportClose, gone) // it will not fetch its close packet
		}
		s.mu.Unlock()
		return false
	}
	s.alive(m.kind)
	switch m.kind {
	case messageType:
		s.mu.Unlock()
		return s.onData(m)
	case pingType:
		if s.v3 {
			s.transmit(outgoing{text: append([]byte{pongType}, m.data...), plain: true})
		} else {
			s.end(TransportError, cut)
		}
	case pongType:
		if s.v3 {
			s.end(TransportError, cut)
		}
	case closeType:
		if s.ws != nil {
			s.end(TransportClose, cut)
		} else {
			s.end(TransportClose, gone)
		}
	}
	goesOn := s.state == stateOpen
	s.mu.Unlock()
	return goesOn
}

// onData handles a message of Socket.IO.
func (s *session) onData(m message) bool {
	var p Packet
	var done bool
	var err error
	if m.binary {
		p, done, err = s.decoder.binary(m.data)
	} else {
		p, done, err = s.decoder.text(m.data)
	}
	if err != nil {
		s.fail(err)
		return false
	}
	if done {
		s.srv.counters.packetsIn.Add(1)
		s.onPacket(p)
	}
	return true
}

// fail closes a session whose client sent what is no packet.
func (s *session) fail(err error) {
	s.srv.options.Logger.Debug("engine: client sent no packet", "error", err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(ParseError, orderly)
}

// onPacket hands a packet to the connection it is for. What does not suit the
// state of that connection closes the session, as in Node; but packets for a
// namespace that the server has closed are dropped, since they may have been on
// their way. in is held.
func (s *session) onPacket(p Packet) {
	s.mu.Lock()
	c := s.conn(p.Namespace)
	switch {
	case p.Type == Connect && (c == nil || c.state == connLeft):
		s.mu.Unlock()
		s.connect(p)
		return
	case c != nil && c.state == connLeft && p.Type != ConnectError:
	case c != nil && c.state == connPending && p.Type == Connect:
		// Stock clients repeat themselves if told to connect twice. Node answers
		// twice; one answer serves as well.
	case c == nil || c.state != connJoined || p.Type == Connect || p.Type == ConnectError:
		s.end(ForcedServerClose, orderly)
	case p.Type == Disconnect:
		s.leave(c, ClientNamespaceDisconnect)
		s.forget(c)
	default:
		if p.Type == Event && p.HasID {
			s.owed++
		}
		s.mu.Unlock()
		if !s.srv.guard("OnPacket", func() { c.receiver.OnPacket(p) }) {
			// The host's state is unknown: the client starts afresh.
			_ = c.Close(false, ServerNamespaceDisconnect) // it never fails
		}
		return
	}
	s.mu.Unlock()
}

// connect announces a client to the host. in is held.
func (s *session) connect(p Packet) {
	h := s.handshake
	h.Namespace, h.Time = p.Namespace, time.Now()
	if p.Args.N > 0 {
		h.Auth = append(json.RawMessage(nil), p.Args.Raw...)
	}
	if s.v3 {
		h.Auth = queryAuth(s.decoder.query)
		s.decoder.query = ""
	}
	c := &conn{session: s, handshake: &h}
	s.mu.Lock()
	if s.state != stateOpen {
		s.mu.Unlock()
		return
	}
	if old := s.conn(p.Namespace); old != nil {
		s.forget(old)
	}
	if len(s.conns) >= s.srv.options.MaxNamespaces {
		s.forgetLeft()
	}
	if len(s.conns) >= s.srv.options.MaxNamespaces {
		s.transmitRefusal(p.Namespace, "too many namespaces", nil)
		s.mu.Unlock()
		return
	}
	s.conns = append(s.conns, c)
	s.mu.Unlock()

	s.srv.counters.conns.Add(1)
	ok := s.srv.guard("OnConnect", func() { c.receiver = s.srv.host.OnConnect(c) })
	if ok && c.receiver == nil {
		s.srv.options.Logger.Error("engine: the host returned no receiver from OnConnect", "namespace", h.Namespace)
	}
	if c.receiver == nil {
		// It fails if the host has answered already, which is as well.
		_ = c.Refuse("Internal server error", nil)
		_ = c.Close(false, ServerNamespaceDisconnect)
	}
}

// queryAuth is what Node makes of the query behind a namespace, the auth of old
// clients: an object.
func queryAuth(query string) json.RawMessage {
	values, err := url.ParseQuery(query)
	if err != nil || len(values) == 0 {
		return nil
	}
	object := make(map[string]string, len(values))
	for name, v := range values {
		object[name] = v[len(v)-1]
	}
	auth, err := json.Marshal(object)
	if err != nil {
		return nil // strings cannot fail
	}
	return auth
}

// conn finds the connection to a namespace. mu is held.
func (s *session) conn(namespace string) *conn {
	for _, c := range s.conns {
		if c.handshake.Namespace == namespace {
			return c
		}
	}
	return nil
}

// forget removes c. mu is held.
func (s *session) forget(c *conn) {
	for i, other := range s.conns {
		if other == c {
			s.conns = append(s.conns[:i:i], s.conns[i+1:]...)
			return
		}
	}
}

// forgetLeft removes the connections that the server closed. mu is held.
func (s *session) forgetLeft() {
	var kept []*conn
	for _, c := range s.conns {
		if c.state != connLeft {
			kept = append(kept, c)
		}
	}
	s.conns = kept
}
