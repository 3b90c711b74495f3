package websocket

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Options are the server's terms for a connection.
type Options struct {
	// Header is sent with the 101 response.
	Header http.Header
	// MaxMessage bounds a message in bytes, after inflation too. It must be set.
	MaxMessage int64
	// Compression accepts permessage-deflate where the client offers it.
	Compression bool
}

// acceptGUID is what RFC 6455, section 1.3, has both sides append to the key.
const acceptGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// handshakeTimeout bounds the writing of the 101 response.
const handshakeTimeout = 10 * time.Second

// HandshakeError is a request that cannot be upgraded. Nothing has been answered yet.
type HandshakeError struct {
	// Status is the HTTP status to answer with.
	Status int
	// Problem says what is wrong with the request.
	Problem string
}

// Error implements error.
func (e *HandshakeError) Error() string { return "websocket: handshake: " + e.Problem }

// Upgrade takes a request over and answers it with 101. When the request cannot be
// upgraded it returns a [*HandshakeError] and leaves the answer to the caller; a status
// of 426 asks for the header "Sec-WebSocket-Version: 13". After any other error the
// connection is gone.
//
// Nothing of the http.Server is kept, so that ServeHTTP may return and its buffers be
// freed.
func Upgrade(w http.ResponseWriter, r *http.Request, o Options) (*Conn, error) {
	key, err := checkRequest(r)
	if err != nil {
		return nil, err
	}
	nc, brw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, &HandshakeError{http.StatusInternalServerError, fmt.Sprintf("the server cannot hand over the connection: %v", err)}
	}
	compressed := o.Compression && acceptDeflate(r.Header.Values("Sec-WebSocket-Extensions"))
	if err := nc.SetDeadline(time.Now().Add(handshakeTimeout)); err == nil {
		_, err = nc.Write(response(key, o.Header, compressed))
		if err == nil {
			err = nc.SetDeadline(time.Time{})
		}
	}
	c := newConn(nc, o, compressed)
	if err == nil {
		err = c.reader.preload(brw.Reader)
	}
	if err != nil {
		_ = c.CloseNow()
		return nil, fmt.Errorf("websocket: handshake: %w", err)
	}
	return c, nil
}

// checkRequest returns the key of a request that asks for a WebSocket.
func checkRequest(r *http.Request) (string, error) {
	bad := func(problem string) (string, error) {
		return "", &HandshakeError{http.StatusBadRequest, problem}
	}
	switch {
	case r.Method != http.MethodGet:
		return "", &HandshakeError{http.StatusMethodNotAllowed, "the method must be GET"}
	case !r.ProtoAtLeast(1, 1) || r.ProtoMajor != 1:
		return bad("the protocol must be HTTP/1.1")
	case !hasToken(r.Header, "Upgrade", "websocket"):
		return bad(`there is no header "Upgrade: websocket"`)
	case !hasToken(r.Header, "Connection", "upgrade"):
		return bad(`there is no header "Connection: Upgrade"`)
	}
	if r.Header.Get("Sec-WebSocket-Version") != "13" {
		return "", &HandshakeError{http.StatusUpgradeRequired, "the WebSocket version must be 13"}
	}
	key := r.Header.Get("Sec-WebSocket-Key")
	if raw, err := base64.StdEncoding.DecodeString(key); err != nil || len(raw) != 16 {
		return bad("Sec-WebSocket-Key must be 16 bytes in base64")
	}
	return key, nil
}

// hasToken tells whether a comma-separated header holds a token, in any case.
func hasToken(h http.Header, name, token string) bool {
	for _, value := range h.Values(name) {
		for part := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(part), token) {
				return true
			}
		}
	}
	return false
}

// response returns the 101 response.
func response(key string, extra http.Header, compressed bool) []byte {
	sum := sha1.Sum([]byte(key + acceptGUID))
	var b strings.Builder
	b.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ")
	b.WriteString(base64.StdEncoding.EncodeToString(sum[:]))
	b.WriteString("\r\n")
	if compressed {
		b.WriteString("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n")
	}
	_ = extra.Write(&b) // a strings.Builder does not fail
	b.WriteString("\r\n")
	return []byte(b.String())
}

// acceptDeflate tells whether one of the client's offers of permessage-deflate can be
// met: always without context takeover, and with a window of 32 KiB, which is the only
// one that compress/flate writes.
func acceptDeflate(headers []string) bool {
	for _, header := range headers {
		for offer := range strings.SplitSeq(header, ",") {
			if meets(offer) {
				return true
			}
		}
	}
	return false
}

func meets(offer string) bool {
	params := strings.Split(offer, ";")
	if strings.TrimSpace(params[0]) != "permessage-deflate" {
		return false
	}
	seen := map[string]bool{}
	for _, param := range params[1:] {
		name, value, hasValue := strings.Cut(strings.TrimSpace(param), "=")
		name = strings.TrimSpace(name)
		bits, err := strconv.Atoi(strings.Trim(strings.TrimSpace(value), `"`))
		inRange := err == nil && bits >= 8 && bits <= 15
		if seen[name] {
			return false
		}
		seen[name] = true
		switch name {
		case "server_no_context_takeover", "client_no_context_takeover":
			if hasValue {
				return false
			}
		case "client_max_window_bits":
			if hasValue && !inRange {
				return false
			}
		case "server_max_window_bits":
			if !inRange || bits < 15 {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// preload takes over what net/http has read beyond the request.
func (r *reader) preload(br *bufio.Reader) error {
	n := br.Buffered()
	if n == 0 {
		return nil
	}
	if n <= bufferSize {
		r.buf = takeBuffer()
	} else {
		b := make([]byte, n)
		r.buf = &b
	}
	r.end = n
	_, err := io.ReadFull(br, (*r.buf)[:n])
	return err
}
