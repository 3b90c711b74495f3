package engine

import (
	"bytes"
	"compress/flate"
	"io"
	"sync"
)

// deflaters keeps compressors, by level from flate.HuffmanOnly (-2) up: each holds
// hundreds of kilobytes.
var deflaters [flate.BestCompression - flate.HuffmanOnly + 1]sync.Pool

// deflate compresses one message as RFC 7692, section 7.2.1, says, with a window
// of 32 KiB and none of the messages before. It reports false where nothing is
// gained. A level that compress/flate has not is its default.
func deflate(b []byte, level int) (compressed []byte, ok bool) {
	if level < flate.HuffmanOnly || level > flate.BestCompression {
		level = flate.DefaultCompression
	}
	pool := &deflaters[level-flate.HuffmanOnly]
	var out bytes.Buffer
	w, _ := pool.Get().(*flate.Writer)
	if w == nil {
		var err error
		if w, err = flate.NewWriter(&out, level); err != nil {
			return nil, false // no such level: excluded above
		}
	} else {
		w.Reset(&out)
	}
	defer func() {
		w.Reset(io.Discard) // the pool shall not hold the output
		pool.Put(w)
	}()
	if _, err := w.Write(b); err != nil {
		return nil, false
	}
	if err := w.Flush(); err != nil {
		return nil, false
	}
	// A flush ends with an empty stored block, whose last four bytes the
	// receiver adds again.
	compressed = bytes.TrimSuffix(out.Bytes(), []byte{0, 0, 0xff, 0xff})
	return compressed, len(compressed) < len(b)
}
