package engine

import "sync"

// An outbox writes, one write for each session, what its sessions have gathered: all that a
// goroutine sends before it yields. A burst of broadcasts so costs a client one write, where
// writing is most of what a broadcast costs.
//
// Its goroutine runs while there is something to write. A server has one outbox for each
// processor.
type outbox struct {
	server *Server

	mu      sync.Mutex
	due     []*session
	spare   []*session // the list before, to be used again
	running bool
}

const (
	// gatherUpTo is how much is gathered before it is written without waiting for more.
	gatherUpTo = 32 << 10
	// gatherFrame is how large a frame may be to be copied among others.
	gatherFrame = 4 << 10
)

// add has the outbox write what sess has gathered. The session's mu is held.
func (o *outbox) add(sess *session) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.due = append(o.due, sess)
	if !o.running {
		o.running = true
		o.server.running.Add(1)
		go o.run()
	}
}

func (o *outbox) run() {
	defer o.server.running.Done()
	for due := o.take(nil); due != nil; due = o.take(due) {
		for _, sess := range due {
			sess.mu.Lock()
			sess.due = false
			sess.writeGathered()
			sess.mu.Unlock()
		}
	}
}

// take returns the sessions that are due, nil if the outbox is done. It takes the list
// before back.
func (o *outbox) take(done []*session) []*session {
	clear(done)
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.due) == 0 {
		o.running = false
		o.spare = nil // idle servers need none
		return nil
	}
	due := o.due
	o.due, o.spare = o.spare[:0], done[:0]
	return due
}

// gather appends frames to what the session will write, and sees to it that it does. The
// session is open and on WebSocket, nothing is queued or being flushed. mu is held.
func (s *session) gather(form [][]byte) {
	size := 0
	for _, b := range form {
		size += len(b)
	}
	if size > gatherFrame {
		s.writeGathered()
		if s.flushing {
			s.rest = append(s.rest, form...)
			s.account(size)
			s.bound()
			return
		}
		s.write(form)
		return
	}
	b := s.gathering()
	for _, part := range form {
		*b = append(*b, part...)
	}
	s.gathered()
}

// gathering returns the buffer that frames are gathered in. mu is held.
func (s *session) gathering() *[]byte {
	if s.pending == nil {
		s.pending = writeBuffers.Get().(*[]byte)
		*s.pending = (*s.pending)[:0]
	}
	return s.pending
}

// gathered is called when a frame was added. mu is held.
func (s *session) gathered() {
	switch {
	case len(*s.pending) > gatherUpTo:
		s.writeGathered()
	case !s.due:
		s.due = true
		s.outbox.add(s)
	}
}

// writeGathered writes what was gathered, as far as the socket takes it. mu is held.
func (s *session) writeGathered() {
	b := s.pending
	if b == nil {
		return
	}
	s.pending = nil
	s.form[0] = *b
	if s.write(s.form[:]) {
		giveWriteBuffer(b)
	}
	s.form[0] = nil
}

// writeBuffers are for frames that are written, or gathered, for one session.
var writeBuffers = sync.Pool{New: func() any { b := make([]byte, 0, 2<<10); return &b }}

func giveWriteBuffer(b *[]byte) {
	if cap(*b) <= 2*gatherUpTo {
		writeBuffers.Put(b)
	}
}
