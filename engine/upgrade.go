package engine

import (
	"time"

	"github.com/rookery-go/rookery/engine/internal/websocket"
)

// serveUpgrade opens a WebSocket for a session that polls. As in Node, a session
// that cannot be upgraded has the WebSocket closed after its handshake.
func (s *Server) serveUpgrade(q *request, sess *session) {
	if q.transport != WebSocket {
		q.refuse(CodeBadRequest, "", "TRANSPORT_HANDSHAKE_ERROR")
		return
	}
	q.setHeaders("")
	ws, err := q.openWebSocket()
	if err != nil {
		q.refuseUpgrade(err)
		return
	}
	if !sess.beginUpgrade(ws) {
		turnAway(ws)
		return
	}
	go sess.probe(ws)
}

// beginUpgrade takes ws for the session's next transport, unless it has one.
func (s *session) beginUpgrade(ws *websocket.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != stateOpen || s.ws != nil || s.upgrading != nil {
		return false
	}
	s.upgrading, s.probed = ws, false
	s.srv.running.Add(1)
	return true
}

// probe waits for the client to prove the new transport, and to go over to it. If
// it does neither in time, polling goes on.
func (s *session) probe(ws *websocket.Conn) {
	defer s.srv.running.Done()
	timeout := time.AfterFunc(s.srv.options.UpgradeTimeout, func() {
		_ = ws.Close(websocket.NoStatus, "") // the reader sees what fails
	})
	refuse := turnAway
	for {
		op, b, err := ws.Next()
		if err != nil {
			refuse = (*websocket.Conn).Finish
			break
		}
		m, problem := parseMessage(b, s.v3)
		if op != websocket.Text || problem != "" {
			break
		}
		if m.kind == pingType && string(m.data) == "probe" && s.probePassed(ws) {
			continue
		}
		if m.kind == upgradeType && timeout.Stop() && s.upgrade(ws) {
			s.readLoop(ws)
			return
		}
		break
	}
	timeout.Stop()
	s.mu.Lock()
	if s.upgrading == ws {
		s.upgrading, s.probed = nil, false
	}
	s.mu.Unlock()
	refuse(ws)
}

// probePassed answers the probe and has polls return soon, since the client waits
// for them.
func (s *session) probePassed(ws *websocket.Conn) bool {
	if ws.Write([][]byte{appendText(nil, []byte("3probe"))}) != nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.probed = true
	if s.poll != nil && s.poll.last == 0 {
		if len(s.queue) == 0 {
			s.poll.last = noopType
		}
		s.wakePoll()
	}
	return s.upgrading == ws
}

// upgrade makes ws the session's transport. The client has stopped polling by
// now: what it was sent has arrived, and what is queued follows here.
func (s *session) upgrade(ws *websocket.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.upgrading != ws || s.state == stateClosed {
		return false
	}
	s.upgrading, s.probed, s.ws = nil, false, ws
	if s.poll != nil {
		if s.poll.last == 0 {
			s.poll.last = noopType
		}
		s.wakePoll()
		s.poll = nil
	}
	if len(s.queue) > 0 {
		s.flushLater()
	}
	if s.state == stateClosing {
		s.endWebSocket(orderly)
	}
	s.prolong()
	return true
}
