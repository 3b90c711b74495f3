package websocket

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"unicode/utf8"
)

// bufferSize is the size of a read: of the pooled buffers.
const bufferSize = 4 << 10

// firstPiece bounds what is allocated for a message before any of it has come.
const firstPiece = 16 << 10

// maxFragments bounds the frames of one message, for empty ones cost nothing to send.
const maxFragments = 1 << 16

var buffers = sync.Pool{New: func() any { b := make([]byte, bufferSize); return &b }}

func takeBuffer() *[]byte { return buffers.Get().(*[]byte) }

func giveBuffer(b *[]byte) {
	if len(*b) == bufferSize {
		buffers.Put(b)
	}
}

// A reader assembles messages. It has a buffer only while there is something in it.
type reader struct {
	buf        *[]byte
	start, end int // what of buf is not parsed yet

	try func(fd uintptr) bool // tryRead, bound once
	n   int                   // what tryRead has read
	err error
	dst []byte // where it reads to; nil for a buffer from the pool

	message    []byte
	op         Opcode // of the message in parts, 0 for none
	deflated   bool
	fragments  int
	peerClosed bool
}

// A header of a frame from a client.
type header struct {
	fin, rsv1 bool
	op        Opcode
	length    int64
	mask      [4]byte
}

// Next returns the next data message, which then belongs to the caller. Pings are
// answered and fragments joined on the way. When the connection has ended it returns a
// [*CloseError], io.EOF where there was no close frame, or what the network says; call
// Finish then.
func (c *Conn) Next() (Opcode, []byte, error) {
	r := &c.reader
	for {
		h, err := c.readHeader()
		if err != nil {
			return 0, nil, c.failed(err)
		}
		if h.op >= opClose {
			if err := c.control(h); err != nil {
				return 0, nil, c.failed(err)
			}
			continue
		}
		if err := r.begin(h, c.compressed); err != nil {
			return 0, nil, c.failed(err)
		}
		if err := c.readPayload(h); err != nil {
			return 0, nil, c.failed(err)
		}
		if !h.fin {
			continue
		}
		op, message, err := r.complete(c.maxMessage)
		if err != nil {
			return 0, nil, c.failed(err)
		}
		return op, message, nil
	}
}

// Buffered tells whether the end of a message is here already, so that Next returns
// without waiting: what the messages so far have led to need not be sent yet.
func (c *Conn) Buffered() bool {
	r := &c.reader
	if r.buf == nil {
		return false
	}
	for b := (*r.buf)[r.start:r.end]; len(b) >= 2; {
		size, length := 6, uint64(b[1]&0x7f)
		switch {
		case length == 126 && len(b) >= 4:
			size, length = 8, uint64(binary.BigEndian.Uint16(b[2:]))
		case length == 127 && len(b) >= 10:
			size, length = 14, binary.BigEndian.Uint64(b[2:])
		case length >= 126:
			return false
		}
		if len(b) < size || length > uint64(len(b)-size) {
			return false
		}
		if b[0]&0x80 != 0 && Opcode(b[0]&0x0f) != opPing && Opcode(b[0]&0x0f) != opPong {
			return true
		}
		b = b[size+int(length):]
	}
	return false
}

// failed tells the client what it did wrong, if it was that.
func (c *Conn) failed(err error) error {
	c.reader.release()
	c.reader.message = nil
	var closed *CloseError
	if errors.As(err, &closed) && !closed.ByPeer {
		_ = c.writer.sendClose(c, closed.Code, closed.Reason) // it may not listen any more
	}
	return err
}

func violation(format string, args ...any) error {
	return &CloseError{Code: ProtocolError, Reason: fmt.Sprintf(format, args...)}
}

var errTooBig = &CloseError{Code: MessageTooBig, Reason: "the message is too big"}

// readHeader reads the header of the next frame and checks what can be checked of it
// alone.
func (c *Conn) readHeader() (header, error) {
	r := &c.reader
	var h header
	if err := c.need(2); err != nil {
		return h, err
	}
	b := (*r.buf)[r.start:r.end]
	h.fin, h.rsv1, h.op = b[0]&0x80 != 0, b[0]&0x40 != 0, Opcode(b[0]&0x0f)
	short := b[1] & 0x7f
	size := 6
	switch short {
	case 126:
		size += 2
	case 127:
		size += 8
	}
	switch {
	case b[0]&0x30 != 0:
		return h, violation("a reserved bit is set")
	case h.op > Binary && h.op < opClose || h.op > opPong:
		return h, violation("opcode %d is reserved", h.op)
	case b[1]&0x80 == 0:
		return h, violation("the frame is not masked")
	case h.op >= opClose && (!h.fin || h.rsv1 || short > 125):
		return h, violation("the control frame is too long, compressed or in parts")
	}
	if err := c.need(size); err != nil {
		return h, err
	}
	b = (*r.buf)[r.start:r.end]
	switch short {
	case 126:
		h.length = int64(binary.BigEndian.Uint16(b[2:]))
	case 127:
		n := binary.BigEndian.Uint64(b[2:])
		if n > 1<<62 {
			return h, errTooBig
		}
		h.length = int64(n)
	default:
		h.length = int64(short)
	}
	copy(h.mask[:], b[size-4:])
	r.start += size
	if h.op < opClose && h.length > c.maxMessage-int64(len(r.message)) {
		return h, errTooBig
	}
	return h, nil
}

// begin checks that a data frame may come here.
func (r *reader) begin(h header, compressed bool) error {
	switch {
	case h.op == opContinuation && r.op == 0:
		return violation("there is no message to continue")
	case h.op != opContinuation && r.op != 0:
		return violation("a message begins within another")
	case h.rsv1 && (!compressed || h.op == opContinuation):
		return violation("the compression bit is set without need")
	}
	if h.op != opContinuation {
		r.op, r.deflated, r.fragments = h.op, h.rsv1, 0
	}
	if r.fragments++; r.fragments > maxFragments {
		return &CloseError{Code: PolicyViolation, Reason: "the message is in too many parts"}
	}
	return nil
}

// readPayload appends the payload of a frame to the message. Memory grows with what has
// come, not with what was announced.
func (c *Conn) readPayload(h header) error {
	r := &c.reader
	begin, left := len(r.message), int(h.length)
	whole := h.fin && h.op != opContinuation
	r.reserve(min(left, firstPiece), left, whole, c.maxMessage)
	for left > 0 {
		if r.end == r.start && left >= bufferSize {
			// More than a buffer is to come: read it to where it belongs.
			r.reserve(1, left, whole, c.maxMessage)
			r.release()
			room := r.message[len(r.message):min(cap(r.message), len(r.message)+left)]
			n, err := c.read(room)
			if err != nil {
				return unexpected(err)
			}
			r.message = r.message[:len(r.message)+n]
			left -= n
			continue
		}
		if err := c.need(1); err != nil {
			return unexpected(err)
		}
		n := min(left, r.end-r.start)
		r.reserve(n, left, whole, c.maxMessage)
		r.message = append(r.message, (*r.buf)[r.start:r.start+n]...)
		r.start += n
		left -= n
	}
	unmask(r.message[begin:], h.mask)
	return nil
}

// reserve makes room for n more bytes of the left ones of a frame. It doubles what is
// there, so that the work stays in proportion to what has come, however many frames it
// comes in; but takes no more than the frame needs where the message ends with it, for
// messages are kept.
func (r *reader) reserve(n, left int, whole bool, limit int64) {
	have := len(r.message)
	if cap(r.message)-have >= n {
		return
	}
	size := have + max(n, have)
	if whole {
		size = min(size, have+left)
	}
	bigger := make([]byte, have, min(int64(size), limit))
	copy(bigger, r.message)
	r.message = bigger
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// complete returns the message that has been joined.
func (r *reader) complete(max int64) (Opcode, []byte, error) {
	op, message := r.op, r.message
	r.op, r.message = 0, nil
	if r.deflated {
		var err error
		if message, err = inflate(message, max); err != nil {
			return 0, nil, err
		}
	} else if cap(message) > len(message) {
		message = append(make([]byte, 0, len(message)), message...)
	}
	if op == Text && !utf8.Valid(message) {
		return 0, nil, &CloseError{Code: InvalidData, Reason: "the text is not UTF-8"}
	}
	return op, message, nil
}

// control handles a control frame. Its error ends the connection.
func (c *Conn) control(h header) error {
	var scratch [125]byte
	payload := scratch[:0]
	r := &c.reader
	for left := int(h.length); left > 0; {
		if err := c.need(1); err != nil {
			return unexpected(err)
		}
		n := min(left, r.end-r.start)
		payload = append(payload, (*r.buf)[r.start:r.start+n]...)
		r.start += n
		left -= n
	}
	unmask(payload, h.mask)
	switch h.op {
	case opPing:
		c.writer.sendPong(c, payload)
	case opClose:
		return c.closedByPeer(payload)
	}
	return nil
}

func (c *Conn) closedByPeer(payload []byte) error {
	e := &CloseError{Code: NoStatus, ByPeer: true}
	switch {
	case len(payload) == 1:
		return violation("the close frame has half a code")
	case len(payload) >= 2:
		e.Code, e.Reason = binary.BigEndian.Uint16(payload), string(payload[2:])
		if !validCode(e.Code) {
			return violation("close code %d must not be sent", e.Code)
		}
		if !utf8.ValidString(e.Reason) {
			return &CloseError{Code: InvalidData, Reason: "the close reason is not UTF-8"}
		}
	}
	c.reader.peerClosed = true
	_ = c.writer.sendClose(c, e.Code, "") // it may not listen any more
	return e
}

// validCode tells whether a peer may send a close code.
func validCode(code uint16) bool {
	return code >= 1000 && code <= 1003 || code >= 1007 && code <= 1014 || code >= 3000 && code <= 4999
}

// need waits until n unparsed bytes are in the buffer. n is at most that of a header.
func (c *Conn) need(n int) error {
	r := &c.reader
	for r.end-r.start < n {
		if r.start == r.end {
			r.release()
			if err := c.fill(); err != nil {
				return err
			}
			continue
		}
		if r.start > 0 {
			r.end = copy(*r.buf, (*r.buf)[r.start:r.end])
			r.start = 0
		}
		got, err := c.read((*r.buf)[r.end:])
		if err != nil {
			return unexpected(err)
		}
		r.end += got
	}
	return nil
}

// release gives the buffer back.
func (r *reader) release() {
	if r.buf != nil {
		giveBuffer(r.buf)
		r.buf, r.start, r.end = nil, 0, 0
	}
}

// fill waits for bytes without holding a buffer and puts them into a fresh one.
func (c *Conn) fill() error {
	r := &c.reader
	if c.raw == nil {
		r.buf = takeBuffer()
		n, err := c.nc.Read(*r.buf)
		r.end = n
		if n > 0 {
			return nil
		}
		return err
	}
	n, err := c.rawRead(nil)
	r.start, r.end = 0, n
	return err
}

// read reads at least one byte into dst.
func (c *Conn) read(dst []byte) (int, error) {
	if c.raw == nil {
		n, err := c.nc.Read(dst)
		if n > 0 {
			err = nil
		}
		return n, err
	}
	return c.rawRead(dst)
}

func (c *Conn) rawRead(dst []byte) (int, error) {
	r := &c.reader
	r.dst, r.n, r.err = dst, 0, nil
	err := c.raw.Read(r.try)
	r.dst = nil
	if err != nil {
		return 0, err
	}
	return r.n, r.err
}

// unmask applies a masking key to a payload.
func unmask(b []byte, mask [4]byte) {
	key := uint64(binary.LittleEndian.Uint32(mask[:]))
	key |= key << 32
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^key)
		b = b[8:]
	}
	for i := range b {
		b[i] ^= mask[i&3]
	}
}
