// Package websocket is the server's side of RFC 6455: frames over a hijacked
// HTTP/1.1 connection, with permessage-deflate of RFC 7692.
//
// It exists beside the well-known libraries for two reasons. A connection that waits
// for its client holds no buffer, only a parked goroutine, so that idle clients cost
// little memory. And the caller brings frames ready made, many at a time, for one write
// that never blocks.
package websocket

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"
)

// Opcode is the type of a message.
type Opcode byte

// The types of data messages.
const (
	Text   Opcode = 1
	Binary Opcode = 2
)

// The control frames, and what continues a message.
const (
	opContinuation Opcode = 0
	opClose        Opcode = 8
	opPing         Opcode = 9
	opPong         Opcode = 10
)

// Close codes of RFC 6455, section 7.4.1.
const (
	NormalClosure   uint16 = 1000
	GoingAway       uint16 = 1001
	ProtocolError   uint16 = 1002
	NoStatus        uint16 = 1005 // the peer gave no code; never sent
	InvalidData     uint16 = 1007
	PolicyViolation uint16 = 1008
	MessageTooBig   uint16 = 1009
)

// CloseError is returned by [Conn.Next] when the connection has ended by a close frame:
// the peer's, or ours because the peer broke the protocol.
type CloseError struct {
	Code   uint16
	Reason string
	// ByPeer tells whether the peer closed. Otherwise the reason says what it did
	// wrong.
	ByPeer bool
}

// Error implements error.
func (e *CloseError) Error() string {
	if e.ByPeer {
		return fmt.Sprintf("websocket: closed by the client with code %d %s", e.Code, e.Reason)
	}
	return fmt.Sprintf("websocket: closed with code %d: %s", e.Code, e.Reason)
}

// errClosed is returned by writes behind a close frame.
var errClosed = errors.New("websocket: the close frame has been sent")

const (
	// writeTimeout bounds a blocking write of what one call brings.
	writeTimeout = 30 * time.Second
	// closeTimeout bounds the wait for the peer to answer a close frame.
	closeTimeout = 5 * time.Second
	// lingerTimeout bounds the reading on after a close frame that the peer has
	// provoked: closing at once would reset the connection and lose the frame.
	lingerTimeout = time.Second
)

// Conn is a WebSocket connection. Next, Buffered and Finish belong to one goroutine,
// the reader. Of TryWrite and Write one call may be under way at a time. Close and
// CloseNow may be called from anywhere.
type Conn struct {
	nc  net.Conn
	raw syscall.RawConn // nil where reads and writes must go through nc

	reader reader
	writer writer

	maxMessage int64
	compressed bool
	closeOnce  sync.Once
}

func newConn(nc net.Conn, o Options, compressed bool) *Conn {
	c := &Conn{nc: nc, maxMessage: o.MaxMessage, compressed: compressed}
	var plain syscall.Conn
	switch nc := nc.(type) {
	case *net.TCPConn:
		plain = nc
	case *net.UnixConn:
		plain = nc
	}
	// Only these two: what wraps one, and so has its methods too, may count or change
	// the bytes.
	if plain != nil && rawIO {
		if raw, err := plain.SyscallConn(); err == nil {
			c.raw = raw
			c.reader.try = c.reader.tryRead
			c.writer.try = c.writer.tryWrite
		}
	}
	return c
}

// Compressed tells whether permessage-deflate was negotiated.
func (c *Conn) Compressed() bool { return c.compressed }

// SetReadDeadline bounds how long Next waits, as [net.Conn] has it; zero is for ever.
// Close sets a deadline of its own.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.nc.SetReadDeadline(t) }

// Close sends a close frame behind what has been written, unless one has been sent, and
// gives the peer 5 seconds to answer it; [Conn.Next] returns when it has. It does not
// wait for that, only, for a second at most, for the system to take the frame.
// Close(NoStatus, "") sends an empty close frame.
func (c *Conn) Close(code uint16, reason string) error {
	err := c.writer.sendClose(c, code, reason)
	_ = c.nc.SetDeadline(time.Now().Add(closeTimeout)) // fails only if closed already
	return err
}

// CloseNow closes the connection without a word. It is safe to call it more than once.
func (c *Conn) CloseNow() error {
	var err error
	c.closeOnce.Do(func() { err = c.nc.Close() })
	return err
}

// Finish closes the connection after Next has failed, having let the peer see the close
// frame. It waits for at most a second.
func (c *Conn) Finish() {
	defer c.CloseNow()
	if c.reader.release(); c.reader.peerClosed || !c.writer.closeSent() {
		return
	}
	if half, ok := c.nc.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // the frame is what counts, and it is out
	}
	_ = c.nc.SetReadDeadline(time.Now().Add(lingerTimeout))
	buf := takeBuffer()
	defer giveBuffer(buf)
	for deadline := time.Now().Add(lingerTimeout); time.Now().Before(deadline); {
		if _, err := c.nc.Read(*buf); err != nil {
			return
		}
	}
}
