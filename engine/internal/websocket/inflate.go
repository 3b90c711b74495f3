package websocket

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"sync"
)

// deflateTail is what the sender of a message leaves out, and a final block to end on
// (RFC 7692, section 7.2.2).
var deflateTail = [...]byte{0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff}

// keptInflated bounds the output that an idle inflater keeps room for.
const keptInflated = 64 << 10

// An inflater decompresses one message at a time. It knows nothing of the last one:
// there is no context takeover.
type inflater struct {
	src   tailed
	flate io.ReadCloser
	out   bytes.Buffer
}

var inflaters sync.Pool // of *inflater

// inflate decompresses a message, up to a size. The result is no longer than need be.
func inflate(b []byte, limit int64) ([]byte, error) {
	f, _ := inflaters.Get().(*inflater)
	if f == nil {
		f = new(inflater)
		f.flate = flate.NewReader(&f.src)
	}
	f.src = tailed{b, deflateTail[:]}
	if err := f.flate.(flate.Resetter).Reset(&f.src, nil); err != nil {
		return nil, fmt.Errorf("websocket: reset the inflater: %w", err)
	}
	n, err := f.out.ReadFrom(io.LimitReader(f.flate, limit+1))
	var message []byte
	switch {
	case n > limit:
		err = errTooBig
	case err != nil:
		err = &CloseError{Code: InvalidData, Reason: "the message cannot be inflated"}
	default:
		message = append(make([]byte, 0, n), f.out.Bytes()...)
	}
	f.src = tailed{} // the pool must not hold on to the message
	f.out.Reset()
	if f.out.Cap() > keptInflated {
		f.out = bytes.Buffer{}
	}
	inflaters.Put(f)
	return message, err
}

// tailed reads b and then tail. It is an [io.ByteReader], without which compress/flate
// puts a buffer of its own in front.
type tailed struct{ b, tail []byte }

// next moves on to the tail in time.
func (t *tailed) next() error {
	if len(t.b) == 0 {
		t.b, t.tail = t.tail, nil
	}
	if len(t.b) == 0 {
		return io.EOF
	}
	return nil
}

// Read implements [io.Reader].
func (t *tailed) Read(p []byte) (int, error) {
	if err := t.next(); err != nil {
		return 0, err
	}
	n := copy(p, t.b)
	t.b = t.b[n:]
	return n, nil
}

// ReadByte implements [io.ByteReader].
func (t *tailed) ReadByte() (byte, error) {
	if err := t.next(); err != nil {
		return 0, err
	}
	x := t.b[0]
	t.b = t.b[1:]
	return x, nil
}
