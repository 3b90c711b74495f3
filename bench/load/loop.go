package main

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// A loop drives all sockets from one goroutine by epoll(7), so that the load costs a
// fraction of what the servers cost and needs no locks.
type loop struct {
	epoll   int
	sockets map[int32]*socket
	events  []unix.EpollEvent
	buffer  []byte // what is being read, of whichever socket
	began   time.Time
	now     time.Duration // since began, as of the last read

	// patience is how long to wait for an answer before it is taken for lost.
	patience time.Duration
}

func newLoop() (*loop, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll_create1: %w", err)
	}
	return &loop{
		epoll:   fd,
		sockets: map[int32]*socket{},
		events:  make([]unix.EpollEvent, 256),
		buffer:  make([]byte, 256<<10),
		began:   time.Now(),

		patience: 10 * time.Second,
	}, nil
}

// close closes all sockets.
func (l *loop) close() error {
	var errs []error
	for _, s := range l.sockets {
		errs = append(errs, s.close())
	}
	return errors.Join(append(errs, unix.Close(l.epoll))...)
}

// clock returns the time since the loop began, and remembers it.
func (l *loop) clock() time.Duration {
	l.now = time.Since(l.began)
	return l.now
}

// poll waits for something to happen, at most that long, and handles it.
func (l *loop) poll(wait time.Duration) error {
	// Rounded up: a loop that wakes up a little early would spin.
	n, err := unix.EpollWait(l.epoll, l.events, int((wait+time.Millisecond-1)/time.Millisecond))
	if err != nil && !errors.Is(err, unix.EINTR) {
		return fmt.Errorf("epoll_wait: %w", err)
	}
	for _, e := range l.events[:max(n, 0)] {
		s := l.sockets[e.Fd]
		if s == nil {
			continue // closed by the handling of an event before it
		}
		if e.Events&unix.EPOLLOUT != 0 {
			if err := s.flush(); err != nil {
				return err
			}
		}
		if e.Events&^unix.EPOLLOUT != 0 {
			if err := s.read(); err != nil {
				return err
			}
		}
	}
	return nil
}

// wait handles events until done; missing tells what still is when patience is at its
// end.
func (l *loop) wait(done func() bool, missing func() string) error {
	deadline := l.clock() + l.patience
	for !done() {
		left := deadline - l.clock()
		if left <= 0 {
			return fmt.Errorf("after %v: %s", l.patience, missing())
		}
		if err := l.poll(left); err != nil {
			return err
		}
	}
	return nil
}

// during handles events for that long.
func (l *loop) during(d time.Duration) error {
	for end := l.clock() + d; l.clock() < end; {
		if err := l.poll(end - l.now); err != nil {
			return err
		}
	}
	return nil
}
