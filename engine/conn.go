package engine

import (
	"encoding/json"
	"errors"
	"fmt"
)

// conn is one client in one namespace. The session's mu guards its state, the
// session's in the receiver.
type conn struct {
	session   *session
	handshake *Handshake
	receiver  Receiver

	state     connState
	paused    bool
	held      []outgoing // sent before Accept
	heldBytes int
}

type connState uint8

const (
	connPending connState = iota // neither accepted nor refused
	connJoined
	connLeft
)

var _ Conn = (*conn)(nil)

func (c *conn) Handshake() *Handshake { return c.handshake }

func (c *conn) Transport() string { return c.session.name() }

func (c *conn) Writable() bool {
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	return c.state == connJoined && c.session.writable()
}

// Accept implements Conn. Clients of Engine.IO 3 are not told their sid in the
// packet: theirs is the session's id.
func (c *conn) Accept(sid, pid string) error {
	p := Packet{Type: Connect, Namespace: c.handshake.Namespace}
	s := c.session
	if !s.v3 {
		b := appendJSONString([]byte(`{"sid":`), sid)
		if pid != "" {
			b = appendJSONString(append(b, `,"pid":`...), pid)
		}
		p.Args = Args{Raw: append(b, '}'), N: 1}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := c.answer(); err != nil {
		return err
	}
	c.state = connJoined
	s.join()
	if err := s.transmitPacket(&p, false); err != nil {
		return err
	}
	s.srv.counters.packetsOut.Add(1)
	held := c.held
	c.held = nil
	for _, o := range held {
		s.transmit(o)
	}
	return nil
}

// answer checks that the CONNECT can be answered. mu is held.
func (c *conn) answer() error {
	switch c.state {
	case connPending:
		return nil
	case connLeft:
		return ErrClosed
	default:
		return errors.New("engine: the connection was accepted already")
	}
}

func (c *conn) Refuse(message string, data json.RawMessage) error {
	s := c.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := c.answer(); err != nil {
		return err
	}
	if data != nil && !json.Valid(data) {
		return errors.New("engine: refuse: data is not JSON")
	}
	s.transmitRefusal(c.handshake.Namespace, message, data)
	s.leave(c, ServerNamespaceDisconnect)
	s.forget(c)
	return nil
}

// transmitRefusal sends a CONNECT_ERROR; over Engine.IO 3 it is data or message
// alone. mu is held.
func (s *session) transmitRefusal(namespace, message string, data json.RawMessage) {
	var b []byte
	switch {
	case s.v3 && data != nil:
		b = data
	case s.v3:
		b = appendJSONString(nil, message)
	default:
		b = appendJSONString([]byte(`{"message":`), message)
		if data != nil {
			b = append(append(b, `,"data":`...), data...)
		}
		b = append(b, '}')
	}
	p := Packet{Type: ConnectError, Namespace: namespace, Args: Args{Raw: b, N: 1}}
	if err := s.transmitPacket(&p, false); err != nil {
		s.srv.options.Logger.Error("engine: cannot refuse a connection", "error", err)
		return
	}
	s.srv.counters.packetsOut.Add(1)
}

func (c *conn) Send(p Packet, o SendOptions) error {
	p.Namespace = c.handshake.Namespace
	s := c.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.state != connPending {
		send, err := c.mayTransmit(o)
		if !send {
			return err
		}
		if err := s.transmitPacket(&p, o.NoCompress); err != nil {
			return err
		}
		s.srv.counters.packetsOut.Add(1)
		return nil
	}
	f, err := newFrame(p)
	if err != nil {
		return err
	}
	return c.hold(f, o)
}

func (c *conn) SendFrame(frame_ Frame, o SendOptions) error {
	f, ok := frame_.(*frame)
	if !ok {
		return fmt.Errorf("engine: send frame: %T is the frame of another engine", frame_)
	}
	s := c.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.state == connPending {
		return c.hold(f, o)
	}
	send, err := c.mayTransmit(o)
	if send {
		s.transmit(outgoing{frame: f, plain: o.NoCompress})
		s.srv.counters.packetsOut.Add(1)
	}
	return err
}

// mayTransmit decides whether a packet is sent. mu is held.
func (c *conn) mayTransmit(o SendOptions) (bool, error) {
	if c.state == connLeft {
		return false, ErrClosed
	}
	if o.Volatile && !c.session.writable() {
		c.session.srv.counters.volatileDrops.Add(1)
		return false, nil
	}
	return true, nil
}

// hold keeps a frame until the connection is accepted. mu is held.
func (c *conn) hold(f *frame, o SendOptions) error {
	s := c.session
	if o.Volatile {
		s.srv.counters.volatileDrops.Add(1)
		return nil
	}
	out := outgoing{frame: f, plain: o.NoCompress}
	c.held = append(c.held, out)
	s.srv.counters.packetsOut.Add(1)
	if c.heldBytes += out.size(); c.heldBytes > s.srv.options.MaxQueuedBytes {
		s.end(SlowConsumer, cut)
	}
	return nil
}

func (c *conn) Pause() {
	s := c.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.paused || c.state == connLeft {
		return
	}
	c.paused = true
	if s.paused++; s.paused == 1 {
		s.resumed = make(chan struct{})
	}
}

func (c *conn) Resume() {
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	c.unpause()
}

// unpause is Resume; mu is held.
func (c *conn) unpause() {
	if !c.paused {
		return
	}
	c.paused = false
	s := c.session
	if s.paused--; s.paused == 0 {
		s.wakeReaders()
		s.prolong()
	}
}

func (c *conn) Close(transport bool, why Reason) error {
	s := c.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.state == connLeft {
		return nil
	}
	if !transport {
		c.disconnect(why)
		return nil
	}
	for _, other := range s.conns {
		other.disconnect(why)
	}
	s.end(why, orderly)
	return nil
}

// disconnect tells client and host that the connection ends. mu is held.
func (c *conn) disconnect(why Reason) {
	s := c.session
	if c.state == connJoined {
		p := Packet{Type: Disconnect, Namespace: c.handshake.Namespace}
		if err := s.transmitPacket(&p, false); err != nil {
			s.srv.options.Logger.Error("engine: cannot disconnect", "error", err)
		}
		s.srv.counters.packetsOut.Add(1)
	}
	s.leave(c, why)
}
