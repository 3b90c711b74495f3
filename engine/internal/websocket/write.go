package websocket

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
	"unicode/utf8"
)

// coalesced is up to how much is copied together for one write.
const coalesced = 32 << 10

var scratches = sync.Pool{New: func() any { b := make([]byte, 0, coalesced); return &b }}

// A writer lets control frames of the reader in between the data frames of the caller,
// never within one.
type writer struct {
	turn sync.Mutex // held by Write throughout, which the reader calls too; taken before mu

	mu      sync.Mutex
	busy    bool   // a write of data is under way or was broken off: no boundary here
	urgent  []byte // control frames, or what is left of one, to go out at the boundary
	pong    bool   // urgent has a pong that nothing has been sent of
	closing bool   // a close frame is out or in urgent
	broken  error  // a write failed, perhaps within a frame: nothing may follow

	try func(fd uintptr) bool // tryWrite, bound once
	src []byte                // what it writes
	n   int                   // what it has written
	err error
}

func (w *writer) closeSent() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closing
}

// TryWrite writes whole frames without waiting, and returns how many bytes the system
// took and whether that was all. If not, the rest must go out by Write before anything
// else is written.
func (c *Conn) TryWrite(bufs [][]byte) (n int, done bool, err error) {
	w := &c.writer
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.raw == nil {
		return 0, false, nil
	}
	if w.broken != nil {
		return 0, false, w.broken
	}
	if w.closing {
		return 0, false, errClosed
	}
	if err := w.flushUrgent(c); err != nil || len(w.urgent) > 0 {
		return 0, false, err
	}
	if len(bufs) == 1 {
		n, done, err = w.now(c, bufs[0])
	} else {
		n, done, err = w.nowMany(c, bufs)
	}
	w.busy = n > 0 && !done
	w.broken = err
	return n, done, err
}

// nowMany writes several buffers, the small ones copied together.
func (w *writer) nowMany(c *Conn, bufs [][]byte) (n int, done bool, err error) {
	scratch := scratches.Get().(*[]byte)
	defer scratches.Put(scratch)
	for len(bufs) > 0 {
		b := bufs[0]
		bufs = bufs[1:]
		if len(b) < coalesced && len(bufs) > 0 {
			joined := append((*scratch)[:0], b...)
			for len(bufs) > 0 && len(joined)+len(bufs[0]) <= coalesced {
				joined = append(joined, bufs[0]...)
				bufs = bufs[1:]
			}
			b = joined
		}
		written, all, err := w.now(c, b)
		n += written
		if err != nil || !all {
			return n, false, err
		}
	}
	return n, true, nil
}

// now makes one attempt to write b. The caller holds the lock.
func (w *writer) now(c *Conn, b []byte) (n int, done bool, err error) {
	if c.raw == nil {
		return 0, false, nil
	}
	w.src, w.n, w.err = b, 0, nil
	err = c.raw.Write(w.try)
	w.src = nil
	if err == nil {
		err = w.err
	}
	return w.n, w.n == len(b), err
}

// Write writes the rest of what TryWrite did not take, or whole frames, and waits for
// the system to take them, for 30 seconds at most. It consumes bufs. After an error
// nothing can be written any more.
func (c *Conn) Write(bufs net.Buffers) error {
	w := &c.writer
	w.turn.Lock()
	defer w.turn.Unlock()
	w.mu.Lock()
	if w.broken != nil || w.closing && !w.busy {
		defer w.mu.Unlock()
		if w.broken != nil {
			return w.broken
		}
		return errClosed
	}
	var urgent []byte
	if !w.busy {
		urgent = w.takeUrgent()
	}
	w.busy = true
	w.mu.Unlock()
	for {
		err := c.writeAll(urgent, bufs)
		w.mu.Lock()
		if err != nil {
			w.broken = err
			w.mu.Unlock()
			return err
		}
		// What the reader or Close has left meanwhile has nobody else to send it.
		if urgent, bufs = w.takeUrgent(), nil; len(urgent) == 0 {
			w.busy = false
			w.mu.Unlock()
			return nil
		}
		w.mu.Unlock()
	}
}

// takeUrgent takes over the control frames that wait. The caller holds the lock.
func (w *writer) takeUrgent() []byte {
	urgent := w.urgent
	w.urgent, w.pong = nil, false
	return urgent
}

func (c *Conn) writeAll(first []byte, rest net.Buffers) error {
	if err := c.nc.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	if len(first) > 0 {
		if _, err := c.nc.Write(first); err != nil {
			return err
		}
	}
	if _, err := rest.WriteTo(c.nc); err != nil {
		return err
	}
	return c.nc.SetWriteDeadline(time.Time{})
}

// flushUrgent writes control frames that wait, as far as that goes without waiting. The
// caller holds the lock, and no data frame is under way.
func (w *writer) flushUrgent(c *Conn) error {
	if len(w.urgent) == 0 {
		return nil
	}
	n, done, err := w.now(c, w.urgent)
	if n > 0 {
		w.pong = false // begun: it must be sent to its end
	}
	w.urgent = w.urgent[n:]
	if done {
		w.urgent = nil
	}
	w.broken = err
	return err
}

// sendPong answers a ping. Of several that wait, the last one is answered: a flood of
// pings from a client that does not read must not pile up (RFC 6455, section 5.5.3).
func (w *writer) sendPong(c *Conn, payload []byte) {
	w.mu.Lock()
	if w.closing || w.broken != nil {
		w.mu.Unlock()
		return
	}
	var err error
	if !w.busy {
		err = w.flushUrgent(c)
	}
	if err == nil && (w.pong || len(w.urgent) == 0) {
		w.urgent = appendControl(w.urgent[:0], opPong, payload)
		w.pong = true
		if !w.busy {
			err = w.flushUrgent(c)
		}
	}
	blocking := err == nil && c.raw == nil && !w.busy
	w.mu.Unlock()
	if blocking {
		if err = c.Write(nil); errors.Is(err, errClosed) {
			return // the close frame has taken the pong's place
		}
	}
	if err != nil {
		_ = c.CloseNow() // the reader will see it
	}
}

// sendClose sends a close frame, once, or has it sent at the end of the data that is
// being written.
func (w *writer) sendClose(c *Conn, code uint16, reason string) error {
	w.mu.Lock()
	if w.closing {
		w.mu.Unlock()
		return nil
	}
	w.closing = true
	var payload []byte
	if code != NoStatus {
		payload = binary.BigEndian.AppendUint16(nil, code)
		payload = append(payload, cut(reason, 123)...)
	}
	if w.pong {
		w.urgent, w.pong = w.urgent[:0], false
	}
	w.urgent = appendControl(w.urgent, opClose, payload)
	if w.busy {
		w.mu.Unlock()
		return nil
	}
	err := w.flushUrgent(c)
	rest := w.takeUrgent()
	w.mu.Unlock()
	if err == nil && len(rest) > 0 {
		// The system is full, or c is no plain socket: closeTimeout bounds this.
		if err = c.nc.SetWriteDeadline(time.Now().Add(lingerTimeout)); err == nil {
			_, err = c.nc.Write(rest)
		}
	}
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("websocket: send close frame: %w", err)
	}
	return nil
}

// cut shortens s to at most n bytes, not within a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// appendControl appends a control frame.
func appendControl(dst []byte, op Opcode, payload []byte) []byte {
	dst = append(dst, 0x80|byte(op), byte(len(payload)))
	return append(dst, payload...)
}
