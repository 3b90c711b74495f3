package engine

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// compressBody compresses a response for a client that accepts gzip or deflate
// (which is zlib's format), and says so in the header.
func compressBody(h http.Header, r *http.Request, body []byte, level int) []byte {
	h.Add("Vary", "Accept-Encoding")
	encoding := acceptedEncoding(r.Header.Values("Accept-Encoding"))
	if encoding == "" {
		return body
	}
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	if encoding == "gzip" {
		w, err = gzip.NewWriterLevel(&b, level)
	} else {
		w, err = zlib.NewWriterLevel(&b, level)
	}
	if err != nil {
		return body // no such level: excluded by Options
	}
	if _, err := w.Write(body); err != nil {
		return body
	}
	if err := w.Close(); err != nil {
		return body
	}
	h.Set("Content-Encoding", encoding)
	return b.Bytes()
}

// acceptedEncoding chooses gzip or deflate, by the client's preference, or "".
func acceptedEncoding(values []string) string {
	best, bestQ := "", 0.0
	for part := range strings.SplitSeq(strings.Join(values, ","), ",") {
		name, params, _ := strings.Cut(part, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "*" {
			name = "gzip"
		}
		if name != "gzip" && name != "deflate" {
			continue
		}
		q := 1.0
		if v, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			var err error
			if q, err = strconv.ParseFloat(v, 64); err != nil {
				q = 0
			}
		}
		if q > bestQ || q == bestQ && q > 0 && name == "gzip" {
			best, bestQ = name, q
		}
	}
	return best
}
