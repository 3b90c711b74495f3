package engine

import (
	"errors"
	"slices"

	"github.com/rookery-go/rookery/engine/internal/websocket"
)

// readLoop reads from the session's WebSocket until it ends, and with it the
// session.
func (s *session) readLoop(ws *websocket.Conn) {
	for {
		s.waitResumed(nil)
		op, b, err := ws.Next()
		if err != nil {
			s.webSocketEnded(ws, err)
			return
		}
		var m message
		var problem string
		if op == websocket.Text {
			m, problem = parseMessage(b, s.v3)
		} else {
			m, problem = parseBinaryMessage(b, s.v3)
		}
		s.in.Lock()
		if problem != "" {
			s.fail(&PacketError{problem, 0})
		} else {
			s.onMessage(m)
		}
		s.leaveIn()
	}
}

// endWebSocket closes the transport; the reader goes on until the client has
// closed its side. mu is held.
func (s *session) endWebSocket(how closing) {
	if how == orderly {
		s.writeGathered()
	}
	switch {
	case how == spent:
	case how == orderly && s.flushing:
		// The flusher closes when it is done.
	case how == orderly, how == cut && !s.flushing:
		_ = s.ws.Close(websocket.NoStatus, "") // the reader sees what fails
	default:
		_ = s.ws.CloseNow() // the reader sees it
	}
}

// webSocketEnded finishes the session after its reader. The reasons are those
// that the ws package leads to: whatever happens to the socket is a close, an error
// is what the client did wrong.
func (s *session) webSocketEnded(ws *websocket.Conn, err error) {
	why := TransportClose
	if ce := (*websocket.CloseError)(nil); errors.As(err, &ce) && !ce.ByPeer {
		why = TransportError
	}
	s.mu.Lock()
	if s.state == stateOpen {
		s.srv.options.Logger.Debug("engine: WebSocket ended", "error", err)
	}
	s.end(why, spent)
	s.mu.Unlock()
	ws.Finish()
	s.mu.Lock()
	s.finish()
	s.mu.Unlock()
}

// turnAway closes a WebSocket that no session wants.
func turnAway(ws *websocket.Conn) {
	_ = ws.Close(websocket.NoStatus, "") // what fails, the reader sees
	for {
		if _, _, err := ws.Next(); err != nil {
			break
		}
	}
	ws.Finish()
}

// upgrades tells whether polling clients may go over to WebSocket.
func (s *Server) upgrades() bool {
	return !s.options.NoUpgrades && slices.Contains(s.options.Transports, WebSocket)
}
