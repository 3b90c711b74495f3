package engine

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// The first bytes of WebSocket messages in one frame (RFC 6455, section 5.2) and
// the bit that marks them compressed (RFC 7692, section 6).
const (
	wsText       = 0x81
	wsBinary     = 0x82
	wsCompressed = 0x40
	wsMaxHeader  = 10
)

// inlineAttachment is the size up to which an attachment is copied behind its
// header; larger ones are sent from where they are.
const inlineAttachment = 4 << 10

// messageType is the Engine.IO type of the packets that carry Socket.IO.
const messageType = '4'

// frame is a packet in its forms on the wire. The text is encoded at once, the
// rest when it is first asked for. All methods are safe for concurrent use; what
// they return is shared and must not be changed: who hands the slices to
// net.Buffers, which consumes them, copies the outer slice first.
type frame struct {
	buf         []byte // room for a header, then the header, then "4" and the packet
	start       int    // where in buf the header begins
	attachments [][]byte
	size        int
	only        [1][]byte // the form of a packet without attachments
	forms       [4]form   // by formIndex
}

// form is a lazily built list of frames.
type form struct {
	once  sync.Once
	parts [][]byte
}

func formIndex(v3, deflated bool) int {
	i := 0
	if v3 {
		i |= 1
	}
	if deflated {
		i |= 2
	}
	return i
}

// newFrame encodes p, whose bytes must not change afterwards. Its errors are
// mistakes of the caller: what it returns, a client can decode.
func newFrame(p Packet) (*frame, error) {
	if err := checkPacket(&p); err != nil {
		return nil, err
	}
	buf := make([]byte, wsMaxHeader+1, wsMaxHeader+1+packetBound(&p))
	buf[wsMaxHeader] = messageType
	buf = appendPacket(buf, &p)
	f := &frame{buf: buf, attachments: p.Attachments}
	f.start = putHeader(buf, wsText)
	f.only[0] = buf[f.start:]
	f.size = len(buf) - wsMaxHeader - 1
	for _, a := range p.Attachments {
		f.size += len(a)
	}
	return f, nil
}

// checkPacket tells what a client could not decode.
func checkPacket(p *Packet) error {
	switch {
	case p.Type > ConnectError:
		return fmt.Errorf("engine: encode packet: there is no type %d", p.Type)
	case p.Namespace != "" && (p.Namespace[0] != '/' || strings.IndexByte(p.Namespace, ',') >= 0 || !utf8.ValidString(p.Namespace)):
		return fmt.Errorf("engine: encode packet: namespace %q must begin with a slash, contain no comma and be UTF-8", p.Namespace)
	case (p.Args.N == 0) != (len(p.Args.Raw) == 0):
		return fmt.Errorf("engine: encode packet: %d arguments in %d bytes", p.Args.N, len(p.Args.Raw))
	}
	switch p.Type {
	case Event:
		if isReserved(p.Event) {
			return fmt.Errorf("engine: encode packet: event name %q is reserved", p.Event)
		}
	case Connect, ConnectError:
		if p.Args.N > 1 {
			return fmt.Errorf("engine: encode packet: type %d takes one payload, not %d", p.Type, p.Args.N)
		}
	case Disconnect:
		if p.Args.N > 0 {
			return errors.New("engine: encode packet: a disconnect takes no payload")
		}
	}
	if len(p.Attachments) == 0 {
		return nil
	}
	if p.Type != Event && p.Type != Ack {
		return fmt.Errorf("engine: encode packet: type %d takes no attachments", p.Type)
	}
	// The placeholders can only be found in sound JSON. Packets without
	// attachments are spared the cost: their arguments come from a marshaller.
	list := make([]byte, 0, len(p.Args.Raw)+2)
	list = append(append(append(list, '['), p.Args.Raw...), ']')
	s, problem, at := scanJSON(list, maxDepth)
	switch {
	case problem != "":
		return fmt.Errorf("engine: encode packet: arguments are not JSON: %s at byte %d", problem, at-1)
	case s.n != p.Args.N:
		return fmt.Errorf("engine: encode packet: %d arguments are said to be %d", s.n, p.Args.N)
	}
	if at := badPlaceholder(p.Args.Raw, len(p.Attachments)); at >= 0 {
		return fmt.Errorf("engine: encode packet: placeholder at byte %d of the arguments names none of the %d attachments", at, len(p.Attachments))
	}
	return nil
}

// putHeader writes the header of a message into the wsMaxHeader bytes in front of
// the payload that is the rest of buf, and returns where it begins.
func putHeader(buf []byte, first byte) (start int) {
	var scratch [wsMaxHeader]byte
	h := appendHeader(scratch[:0], first, len(buf)-wsMaxHeader)
	return wsMaxHeader - copy(buf[wsMaxHeader-len(h):], h)
}

// appendHeader appends the header of an unmasked WebSocket frame.
func appendHeader(dst []byte, first byte, length int) []byte {
	switch {
	case length < 126:
		return append(dst, first, byte(length))
	case length < 1<<16:
		return binary.BigEndian.AppendUint16(append(dst, first, 126), uint16(length))
	default:
		return binary.BigEndian.AppendUint64(append(dst, first, 127), uint64(length))
	}
}

// appendWebSocket appends p as complete, unmasked WebSocket frames, for a packet
// with a single receiver. The packet is not checked as by newFrame.
func appendWebSocket(dst []byte, p *Packet, v3 bool) []byte {
	// The header's length depends on the payload's, which is known only when it
	// is there: leave room for the short one, which nearly always suits.
	head := len(dst)
	dst = append(dst, wsText, 0, messageType)
	dst = appendPacket(dst, p)
	if n := len(dst) - head - 2; n < 126 {
		dst[head+1] = byte(n)
	} else {
		var scratch [wsMaxHeader]byte
		h := appendHeader(scratch[:0], wsText, n)
		dst = append(dst, h[2:]...) // grow by what the header is longer
		copy(dst[head+len(h):], dst[head+2:head+2+n])
		copy(dst[head:], h)
	}
	for _, a := range p.Attachments {
		dst = appendAttachmentHeader(dst, len(a), v3)
		dst = append(dst, a...)
	}
	return dst
}

// appendAttachmentHeader appends what stands in front of an attachment's bytes:
// the frame's header and, over Engine.IO 3, the packet type.
func appendAttachmentHeader(dst []byte, n int, v3 bool) []byte {
	if v3 {
		return append(appendHeader(dst, wsBinary, n+1), messageType-'0')
	}
	return appendHeader(dst, wsBinary, n)
}

// Size is the length of the packet and its attachments.
func (f *frame) Size() int { return f.size }

// text is the Engine.IO packet: "4" and the Socket.IO packet.
func (f *frame) text() []byte { return f.buf[wsMaxHeader:] }

// webSocket returns complete, unmasked frames for an Engine.IO 4 client: one of
// text, then one for each attachment. What is small is contiguous in one slice.
func (f *frame) webSocket() [][]byte { return f.plain(false) }

// webSocketV3 is webSocket for an Engine.IO 3 client.
func (f *frame) webSocketV3() [][]byte { return f.plain(true) }

func (f *frame) plain(v3 bool) [][]byte {
	if len(f.attachments) == 0 {
		return f.only[:]
	}
	form := &f.forms[formIndex(v3, false)]
	form.once.Do(func() {
		var l partList
		l.add(f.buf[f.start:])
		for _, a := range f.attachments {
			l.inline(appendAttachmentHeader(nil, len(a), v3))
			l.add(a)
		}
		form.parts = l.done()
	})
	return form.parts
}

// deflated is webSocket, or webSocketV3, with the messages of at least threshold
// bytes compressed by permessage-deflate without context takeover. The first
// call fixes level, from compress/flate, and threshold: both are settings of the
// engine.
func (f *frame) deflated(level, threshold int, v3 bool) [][]byte {
	if f.size+1 < threshold {
		return f.plain(v3)
	}
	form := &f.forms[formIndex(v3, true)]
	form.once.Do(func() {
		var l partList
		l.message(wsText, f.text(), level, threshold)
		for _, a := range f.attachments {
			if v3 {
				a = append([]byte{messageType - '0'}, a...)
			}
			l.message(wsBinary, a, level, threshold)
		}
		form.parts = l.done()
	})
	return form.parts
}

// partList collects bytes, small ones by copying, large ones by reference.
type partList struct {
	parts [][]byte
	small []byte
}

func (l *partList) inline(b []byte) { l.small = append(l.small, b...) }

func (l *partList) add(b []byte) {
	if len(b) <= inlineAttachment {
		l.inline(b)
		return
	}
	l.parts = append(l.done(), b)
}

// message adds one message, compressed if it is long enough and gains by it.
func (l *partList) message(first byte, b []byte, level, threshold int) {
	if len(b) >= threshold {
		if c, ok := deflate(b, level); ok {
			l.inline(appendHeader(nil, first|wsCompressed, len(c)))
			l.add(c)
			return
		}
	}
	l.inline(appendHeader(nil, first, len(b)))
	l.add(b)
}

func (l *partList) done() [][]byte {
	if len(l.small) > 0 {
		l.parts, l.small = append(l.parts, l.small), nil
	}
	return l.parts
}

// binary tells whether the packet has attachments.
func (f *frame) binary() bool { return len(f.attachments) > 0 }

// pollingLen is the number of bytes that appendPolling appends.
func (f *frame) pollingLen() int {
	n := len(f.text())
	for _, a := range f.attachments {
		n += 2 + base64.StdEncoding.EncodedLen(len(a))
	}
	return n
}

// appendPolling appends the packets of an Engine.IO 4 payload that the frame
// makes. The caller puts [separator] between what several frames append.
func (f *frame) appendPolling(dst []byte) []byte {
	dst = append(dst, f.text()...)
	for _, a := range f.attachments {
		dst = append(dst, separator, 'b')
		dst = base64.StdEncoding.AppendEncode(dst, a)
	}
	return dst
}

// appendPollingV3 appends the packets of an Engine.IO 3 payload that the frame
// makes, in the payload's string form or its binary form. All packets of one
// payload are of one form: binary for clients that can take it (no "b64" in the
// query) where at least one packet has attachments, else string.
func (f *frame) appendPollingV3(dst []byte, binaryForm bool) []byte {
	if binaryForm {
		dst = appendTextV3Binary(dst, f.text())
		for _, a := range f.attachments {
			dst = appendLengthV3(append(dst, 1), len(a)+1)
			dst = append(append(dst, messageType-'0'), a...)
		}
		return dst
	}
	dst = appendTextV3(dst, f.text())
	for _, a := range f.attachments {
		dst = strconv.AppendInt(dst, int64(2+base64.StdEncoding.EncodedLen(len(a))), 10)
		dst = append(dst, ':', 'b', messageType)
		dst = base64.StdEncoding.AppendEncode(dst, a)
	}
	return dst
}
