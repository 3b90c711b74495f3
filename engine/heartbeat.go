package engine

import "time"

// heartbeat has one timer, for the next ping to send or the answer to it. Over
// Engine.IO 3 the client pings; then it is for the client's next ping. In a closing
// session it is for the end of waiting. The session's mu guards it.
type heartbeat struct {
	timer     *time.Timer
	due       time.Duration // since the server's start
	waiting   bool          // for a pong
	refreshed bool          // the wait was prolonged for another packet
}

var pingPacket = []byte{pingType}

// startHeartbeat arms the timer. mu is held.
func (s *session) startHeartbeat() {
	d := s.srv.options.PingInterval
	if s.v3 {
		d += s.srv.options.PingTimeout
	}
	s.heartbeat.reset(s, d)
}

// reset makes the timer fire after d.
func (h *heartbeat) reset(s *session, d time.Duration) {
	h.due = time.Since(s.srv.started) + d
	if h.timer == nil {
		h.timer = time.AfterFunc(d, s.onTimer)
		return
	}
	h.timer.Reset(d)
}

func (h *heartbeat) stop() {
	if h.timer != nil {
		h.timer.Stop()
	}
}

// onTimer is called by the heartbeat's timer.
func (s *session) onTimer() {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, o := &s.heartbeat, &s.srv.options
	switch {
	case time.Since(s.srv.started) < h.due:
		// It was reset while this call was on its way; another one is to come.
	case s.state == stateClosing:
		if s.ws == nil && s.poll == nil {
			s.finish()
		}
	case s.state == stateClosed:
	case s.paused > 0 && s.v3:
		s.startHeartbeat() // the client's ping may lie unread before us
	case s.paused > 0:
		// So may its pong; but the client still expects pings.
		h.waiting = true
		h.reset(s, o.PingInterval)
		s.transmit(outgoing{text: pingPacket})
	case s.v3 || h.waiting:
		s.end(PingTimeout, cut)
	default:
		h.waiting, h.refreshed = true, false
		h.reset(s, o.PingTimeout)
		s.transmit(outgoing{text: pingPacket})
	}
}

// alive notes a packet of the client. While its pong is awaited, one packet of
// another kind prolongs the wait, once, as in Node. mu is held.
func (s *session) alive(kind byte) {
	h := &s.heartbeat
	switch {
	case s.v3:
		if kind == pingType {
			s.startHeartbeat()
		}
	case kind == pongType:
		h.waiting = false
		h.reset(s, s.srv.options.PingInterval)
	case h.waiting && !h.refreshed:
		h.refreshed = true
		h.reset(s, s.srv.options.PingTimeout)
	}
}

// prolong gives the client the full time again, after a pause or an upgrade. mu is
// held.
func (s *session) prolong() {
	switch {
	case s.state != stateOpen:
	case s.v3:
		s.startHeartbeat()
	case s.heartbeat.waiting:
		s.heartbeat.reset(s, s.srv.options.PingTimeout)
	}
}
