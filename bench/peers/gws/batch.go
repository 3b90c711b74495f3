package main

import (
	"net"
	"sync"
)

// batching makes what a connection writes while it handles what one read has brought go
// out in one write: the chance that every server has whose client sends several
// messages at once.
type batching struct{ net.Listener }

// Accept implements net.Listener.
func (l batching) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &batchConn{Conn: c}, nil
}

// A batchConn holds back what is written between two reads.
type batchConn struct {
	net.Conn

	mu       sync.Mutex
	handling bool // between two reads
	held     []byte
}

// Read sends what was held back; then it reads. gws reads again once it has handled all
// that the read before has brought.
func (c *batchConn) Read(p []byte) (int, error) {
	if err := c.release(); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	c.handling = err == nil
	c.mu.Unlock()
	return n, err
}

func (c *batchConn) release() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.handling = false
	if len(c.held) == 0 {
		return nil
	}
	_, err := c.Conn.Write(c.held)
	if c.held = c.held[:0]; cap(c.held) > 512 {
		c.held = nil // nothing big is kept for a connection that may fall silent
	}
	return err
}

// Write sends at once what is not caused by a read, such as a broadcast.
func (c *batchConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.handling {
		c.held = append(c.held, p...)
		return len(p), nil
	}
	return c.Conn.Write(p)
}
