//go:build unix

package websocket

import (
	"io"
	"os"
	"syscall"
)

// rawIO tells whether sockets can be read and written past package net.
const rawIO = true

// tryRead reads what is there, to dst or to a buffer taken now that there is something
// to put into it. It reports false when there is nothing.
func (r *reader) tryRead(fd uintptr) bool {
	dst := r.dst
	if dst == nil {
		r.buf = takeBuffer()
		dst = *r.buf
	}
	n, err := ignoringEINTR(func() (int, error) { return syscall.Read(int(fd), dst) })
	switch {
	case err == syscall.EAGAIN:
		if r.dst == nil {
			r.release()
		}
		return false
	case err != nil:
		r.err = os.NewSyscallError("read", err)
	case n == 0:
		r.err = io.EOF
	}
	r.n = max(n, 0)
	if r.err != nil && r.dst == nil {
		r.release()
	}
	return true
}

// tryWrite writes as much of src as the system takes now.
func (w *writer) tryWrite(fd uintptr) bool {
	for w.n < len(w.src) {
		n, err := ignoringEINTR(func() (int, error) { return syscall.Write(int(fd), w.src[w.n:]) })
		if err != nil {
			if err != syscall.EAGAIN {
				w.err = os.NewSyscallError("write", err)
			}
			break
		}
		w.n += n
	}
	return true
}

func ignoringEINTR(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err != syscall.EINTR {
			return n, err
		}
	}
}
