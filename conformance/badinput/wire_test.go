package badinput

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// wire is a raw TCP connection.
type wire struct {
	s    *script
	name string // in the notes
	conn *net.TCPConn
	r    *bufio.Reader
}

// dial opens a connection.
func (s *script) dial(name string) *wire {
	conn, err := net.DialTimeout("tcp", s.addr, patience)
	if err != nil {
		s.notef(name, "cannot connect: %v", err)
		conn = &net.TCPConn{} // fails at everything
	}
	w := &wire{s, name, conn.(*net.TCPConn), bufio.NewReader(conn)}
	s.atEnd(func() { _ = w.conn.Close() })
	return w
}

// write sends raw bytes. That the server does not take them is no note: what it
// does instead will be seen when reading.
func (w *wire) write(raw string) *wire {
	_ = w.conn.SetWriteDeadline(time.Now().Add(patience))
	_, _ = io.WriteString(w.conn, raw)
	return w
}

// trickle sends raw bytes one at a time.
func (w *wire) trickle(raw string) *wire {
	_ = w.conn.SetNoDelay(true)
	for i := range len(raw) {
		w.write(raw[i : i+1])
		time.Sleep(100 * time.Microsecond)
	}
	return w
}

// request writes a request line, a Host and what else there is, each line without
// its end.
func (w *wire) request(line string, headers ...string) *wire {
	return w.write(head(line, headers...))
}

func head(line string, headers ...string) string {
	lines := append([]string{line + " HTTP/1.1", "Host: localhost"}, headers...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// answer notes the status and body of the next response.
func (w *wire) answer() *wire {
	status, body, err := w.response()
	if err != nil {
		return w.failed(err)
	}
	w.s.notef(w.name, "%d %s", status, body)
	return w
}

// status notes the status of the next response alone: the body is not
// Socket.IO's.
func (w *wire) status() *wire {
	status, _, err := w.response()
	if err != nil {
		return w.failed(err)
	}
	w.s.notef(w.name, "%d", status)
	return w
}

// statusLine notes the status of the next response and reads no body, because
// none comes.
func (w *wire) statusLine() *wire {
	_ = w.conn.SetReadDeadline(time.Now().Add(patience))
	answer, err := http.ReadResponse(w.r, &http.Request{Method: http.MethodHead})
	if err != nil {
		return w.failed(err)
	}
	w.s.notef(w.name, "%d", answer.StatusCode)
	return w
}

// header notes the status of the next response and one of its headers.
func (w *wire) header(name string) {
	_ = w.conn.SetReadDeadline(time.Now().Add(patience))
	answer, err := http.ReadResponse(w.r, nil)
	if err != nil {
		w.failed(err)
		return
	}
	defer answer.Body.Close()
	w.s.notef(w.name, "%d %s: %q", answer.StatusCode, name, answer.Header.Get(name))
}

func (w *wire) response() (status int, body string, err error) {
	_ = w.conn.SetReadDeadline(time.Now().Add(patience))
	answer, err := http.ReadResponse(w.r, nil)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if body = string(b); strings.HasPrefix(body, "0{") {
		w.s.atEnd(func() { w.s.forget(w.s.path("EIO=4&transport=polling&sid=" + sidOf(body))) })
	}
	return answer.StatusCode, body, err
}

// failed notes why nothing could be read.
func (w *wire) failed(err error) *wire {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		w.s.notef(w.name, "still open")
	} else {
		w.s.notef(w.name, "closed")
		w.hangUp() // as a client does: the server may wait for it
	}
	return w
}

// closed notes whether the server closes the connection; what it says before does
// not matter.
func (w *wire) closed() { w.failed(w.drain()) }

// drain reads up to the end of the connection, and tells what that was.
func (w *wire) drain() error {
	_ = w.conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.Copy(io.Discard, w.r); err != nil {
		return err
	}
	return io.EOF
}

// waits notes whether the server keeps silent and the connection open, for a
// moment.
func (w *wire) waits() *wire {
	_ = w.conn.SetReadDeadline(time.Now().Add(150 * time.Millisecond))
	_, err := w.r.Peek(1)
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		w.s.notef(w.name, "waits")
	case err != nil:
		w.s.notef(w.name, "closed")
	default:
		w.s.notef(w.name, "does not wait")
	}
	return w
}

// hangUp closes the connection as a program does that ends.
func (w *wire) hangUp() { _ = w.conn.Close() }

// reset closes it with a RST, as the network does.
func (w *wire) reset() {
	_ = w.conn.SetLinger(0)
	_ = w.conn.Close()
}

// get sends a request of its own connection and notes the answer.
func (s *script) get(name, query string, headers ...string) {
	s.dial(name).request("GET "+s.path(query), append(headers, "Connection: close")...).answer()
}

// body returns the headers that announce a body, and the body.
func body(text string) string {
	return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(text), text)
}
