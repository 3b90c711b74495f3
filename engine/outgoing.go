package engine

import (
	"encoding/base64"
	"net"
	"slices"

	"github.com/rookery-go/rookery/engine/internal/websocket"
)

// outgoing is one entry of a session's queue.
type outgoing struct {
	frame *frame
	text  []byte // a text packet of Engine.IO, where frame is nil
	plain bool   // not to be compressed
}

// entryOverhead is what an entry costs besides its bytes: many tiny packets are
// not free.
const entryOverhead = 64

// flushChunk is about how much one blocking write takes, so that a slow client gets
// time in proportion to what it is sent.
const flushChunk = 64 << 10

func (o *outgoing) size() int {
	if o.frame != nil {
		return o.frame.Size() + entryOverhead
	}
	return len(o.text) + entryOverhead
}

// writable tells whether what is sent now goes out without waiting. mu is held.
func (s *session) writable() bool {
	if s.state != stateOpen || len(s.queue) > 0 {
		return false
	}
	if s.ws != nil {
		return !s.flushing
	}
	return s.poll != nil && s.poll.last == 0
}

// transmit sends o, or queues it behind what is there. mu is held.
func (s *session) transmit(o outgoing) {
	if s.state != stateOpen {
		return
	}
	switch {
	case s.ws == nil || s.flushing:
		s.push(o)
	case o.frame == nil && s.pending == nil:
		s.write(s.webSocketForm(&o)) // nothing like it will follow
	default:
		s.gather(s.webSocketForm(&o))
	}
}

// transmitPacket encodes a packet for one receiver and transmits it: at once, unless the
// client awaits further acks. Those are likely to be on their way, since its events are
// handled in a row, and the last one takes all of them along. mu is held.
func (s *session) transmitPacket(p *Packet, plain bool) error {
	if s.ws == nil || s.flushing || s.state != stateOpen || s.base64 || s.ws.Compressed() {
		f, err := newFrame(*p)
		if err == nil {
			s.transmit(outgoing{frame: f, plain: plain})
		}
		return err
	}
	if err := checkPacket(p); err != nil {
		return err
	}
	if p.Type == Ack && s.owed > 0 {
		s.owed--
	}
	b := s.gathering()
	*b = appendWebSocket(*b, p, s.v3)
	if s.owed > 0 {
		s.gathered()
	} else {
		s.writeGathered()
	}
	return nil
}

// write hands bytes to the socket, and what it does not take to the flusher. It
// reports whether bufs are free again. mu is held, nothing is queued.
func (s *session) write(bufs [][]byte) bool {
	n, done, err := s.ws.TryWrite(bufs)
	if err != nil {
		s.end(TransportError, gone)
		return true
	}
	if done {
		return true
	}
	s.rest = unwritten(bufs, n)
	left := 0
	for _, b := range s.rest {
		left += len(b)
	}
	s.account(left)
	s.flushLater()
	s.bound()
	return false
}

// unwritten returns what of bufs lies behind the first n bytes.
func unwritten(bufs [][]byte, n int) [][]byte {
	for len(bufs) > 0 && n >= len(bufs[0]) {
		n -= len(bufs[0])
		bufs = bufs[1:]
	}
	bufs = slices.Clone(bufs)
	if len(bufs) > 0 {
		bufs[0] = bufs[0][n:]
	}
	return bufs
}

// push queues o. mu is held.
func (s *session) push(o outgoing) {
	s.queue = append(s.queue, o)
	s.account(o.size())
	switch {
	case s.ws != nil:
		s.flushLater()
	case s.poll != nil:
		s.wakePoll()
	}
	s.bound()
}

func (s *session) account(n int) {
	s.queued += n
	s.srv.counters.queued.Add(int64(n))
}

// bound closes a client that does not read. mu is held.
func (s *session) bound() {
	if s.queued > s.srv.options.MaxQueuedBytes && s.state == stateOpen {
		s.end(SlowConsumer, cut)
	}
}

// drop forgets what is queued. mu is held.
func (s *session) drop() {
	s.queue, s.rest = nil, nil
	if s.pending != nil {
		giveWriteBuffer(s.pending)
		s.pending = nil
	}
	s.account(-s.queued)
}

// flushLater starts the flusher unless it runs. mu is held.
func (s *session) flushLater() {
	if s.flushing {
		return
	}
	s.flushing = true
	s.srv.running.Add(1)
	go s.flush(s.ws)
}

// flush writes until nothing is queued.
func (s *session) flush(ws *websocket.Conn) {
	defer s.srv.running.Done()
	for {
		s.mu.Lock()
		bufs, size := s.nextChunk()
		if len(bufs) == 0 {
			s.flushing = false
			if s.state != stateOpen {
				_ = ws.Close(websocket.NoStatus, "") // the reader sees what fails
			}
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		err := ws.Write(bufs)
		s.mu.Lock()
		s.account(-min(size, s.queued)) // it may have been dropped meanwhile
		if err != nil {
			s.end(TransportError, gone)
			s.flushing = false
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
	}
}

// nextChunk takes about flushChunk bytes off the queue, in whole frames; size is
// what they were accounted as. mu is held.
func (s *session) nextChunk() (bufs net.Buffers, size int) {
	bufs, s.rest = s.rest, nil
	for _, b := range bufs {
		size += len(b)
	}
	n := 0
	for ; n < len(s.queue) && size < flushChunk; n++ {
		bufs = append(bufs, s.webSocketForm(&s.queue[n])...)
		size += s.queue[n].size()
	}
	if s.queue = s.queue[n:]; len(s.queue) == 0 {
		s.queue = nil
	}
	return bufs, size
}

// webSocketForm returns o as frames; they are shared.
func (s *session) webSocketForm(o *outgoing) [][]byte {
	switch {
	case o.frame == nil:
		return [][]byte{appendText(make([]byte, 0, len(o.text)+wsMaxHeader), o.text)}
	case s.base64 && o.frame.binary():
		return s.base64Form(o.frame)
	case !o.plain && s.ws.Compressed():
		c := s.srv.options.PerMessageDeflate
		return o.frame.deflated(c.Level, c.Threshold, s.v3)
	case s.v3:
		return o.frame.webSocketV3()
	default:
		return o.frame.webSocket()
	}
}

// base64Form is for clients that asked for text only.
func (s *session) base64Form(f *frame) [][]byte {
	b := appendText(nil, f.text())
	for _, a := range f.attachments {
		text := []byte{'b'}
		if s.v3 {
			text = append(text, messageType)
		}
		text = base64.StdEncoding.AppendEncode(text, a)
		b = appendText(b, text)
	}
	return [][]byte{b}
}

// appendText appends a message in one frame.
func appendText(dst, text []byte) []byte {
	return append(appendHeader(dst, wsText, len(text)), text...)
}
