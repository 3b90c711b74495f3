package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// A socket is a WebSocket connection of a [loop].
type socket struct {
	loop    *loop
	fd      int
	name    string // in errors
	open    bool   // the upgrade is done
	partial []byte // received, but not yet a whole frame
	unsent  []byte // what the kernel had no room for
	receive func(frame) error
}

// The key of every upgrade request and the accept header that answers it, from
// RFC 6455, section 1.3.
const (
	upgradeKey    = "dGhlIHNhbXBsZSBub25jZQ=="
	upgradeAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)

// dial connects and asks for the upgrade; receive gets each frame that comes after it.
func (l *loop) dial(name string, server netip.AddrPort, path string, receive func(frame) error) (*socket, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: socket: %w", name, err)
	}
	s := &socket{loop: l, fd: fd, name: name, receive: receive}
	if err := s.connect(server); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: connect to %v: %w", name, server, err), unix.Close(fd))
	}
	l.sockets[int32(fd)] = s
	return s, s.send(fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %v\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n", path, server, upgradeKey))
}

func (s *socket) connect(server netip.AddrPort) error {
	// Blocking: on the loopback the server's kernel answers at once.
	if err := unix.Connect(s.fd, &unix.SockaddrInet4{Addr: server.Addr().As4(), Port: int(server.Port())}); err != nil {
		return err
	}
	if err := unix.SetNonblock(s.fd, true); err != nil {
		return err
	}
	if err := unix.SetsockoptInt(s.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return err
	}
	return unix.EpollCtl(s.loop.epoll, unix.EPOLL_CTL_ADD, s.fd, s.interest())
}

// interest is what epoll shall report.
func (s *socket) interest() *unix.EpollEvent {
	e := &unix.EpollEvent{Fd: int32(s.fd), Events: unix.EPOLLIN}
	if len(s.unsent) > 0 {
		e.Events |= unix.EPOLLOUT
	}
	return e
}

func (s *socket) watch() error {
	if err := unix.EpollCtl(s.loop.epoll, unix.EPOLL_CTL_MOD, s.fd, s.interest()); err != nil {
		return fmt.Errorf("%s: epoll_ctl: %w", s.name, err)
	}
	return nil
}

// close closes the connection without any farewell.
func (s *socket) close() error {
	delete(s.loop.sockets, int32(s.fd))
	return unix.Close(s.fd)
}

// send writes bytes, now or when the kernel has room for them; b is the caller's again.
func (s *socket) send(b []byte) error {
	if len(s.unsent) > 0 {
		s.unsent = append(s.unsent, b...)
		return nil
	}
	n, err := s.write(b)
	if err != nil || n == len(b) {
		return err
	}
	s.unsent = append(s.unsent, b[n:]...)
	return s.watch()
}

func (s *socket) write(b []byte) (int, error) {
	n, err := unix.Write(s.fd, b)
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
		return max(n, 0), nil
	}
	if err != nil {
		return 0, fmt.Errorf("%s: write: %w", s.name, err)
	}
	return n, nil
}

// flush writes what the kernel had no room for.
func (s *socket) flush() error {
	n, err := s.write(s.unsent)
	if err != nil {
		return err
	}
	s.unsent = append(s.unsent[:0], s.unsent[n:]...)
	if len(s.unsent) > 0 {
		return nil
	}
	return s.watch()
}

// read reads once and handles the frames that are whole.
func (s *socket) read() error {
	// What was left of the last read goes before what comes now.
	buffer := s.loop.buffer
	have := copy(buffer, s.partial)
	if have == len(buffer) {
		return fmt.Errorf("%s: the server sent a frame of more than %d bytes", s.name, len(buffer))
	}
	n, err := unix.Read(s.fd, buffer[have:])
	switch {
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
		return nil
	case err != nil:
		return fmt.Errorf("%s: read: %w", s.name, err)
	case n == 0:
		return fmt.Errorf("%s: the server closed the connection", s.name)
	}
	s.loop.clock()
	rest := buffer[:have+n]
	if !s.open {
		if rest, err = s.upgraded(rest); err != nil {
			return err
		}
	}
	for s.open {
		f, after, found, err := cutFrame(rest)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if !found {
			break
		}
		if err := s.receive(f); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		rest = after
	}
	s.partial = append(s.partial[:0], rest...)
	return nil
}

// upgraded takes the answer to the upgrade request off b, once it is whole.
func (s *socket) upgraded(b []byte) ([]byte, error) {
	head, rest, whole := bytes.Cut(b, []byte("\r\n\r\n"))
	if !whole {
		return b, nil
	}
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 101 ")) || !bytes.Contains(head, []byte(upgradeAccept)) {
		return nil, fmt.Errorf("%s: the server did not upgrade to WebSocket, but answered:\n%s", s.name, b)
	}
	s.open = true
	return rest, nil
}
