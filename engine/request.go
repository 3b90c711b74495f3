package engine

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/rookery-go/rookery/engine/internal/websocket"
)

// The codes of refused requests, as Node has them.
const (
	CodeUnknownTransport    = 0
	CodeUnknownSession      = 1
	CodeBadHandshakeMethod  = 2
	CodeBadRequest          = 3
	CodeForbidden           = 4
	CodeUnsupportedProtocol = 5
)

var codeMessages = [...]string{"Transport unknown", "Session ID unknown", "Bad handshake method", "Bad request",
	"Forbidden", "Unsupported protocol version"}

// ConnectionError tells of a request that was refused.
type ConnectionError struct {
	// Request is the one refused; it is valid during the call only.
	Request *http.Request
	// Code is one of the Code constants, Message what the client is told.
	Code    int
	Message string
	// Context is what in the request was wrong.
	Context string
}

func (e *ConnectionError) Error() string {
	return "engine: request refused: " + e.Message + " (" + e.Context + ")"
}

// request is one HTTP request, with what the engine wants to know of it.
type request struct {
	s         *Server
	w         http.ResponseWriter
	r         *http.Request
	query     url.Values
	from      requestOrigin
	transport string
	sid       string
	protocol  int
	upgrade   bool
}

func newRequest(s *Server, w http.ResponseWriter, r *http.Request) *request {
	q := &request{s: s, w: w, r: r, query: r.URL.Query(), from: s.requestOrigin(r), protocol: 3}
	q.transport, q.sid = q.param("transport"), q.param("sid")
	if q.param("EIO") == "4" {
		q.protocol = 4
	}
	q.upgrade = hasToken(r.Header, "Connection", "upgrade") && hasToken(r.Header, "Upgrade", "websocket")
	return q
}

func hasToken(h http.Header, name, token string) bool {
	for _, v := range h.Values(name) {
		for t := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.TrimSpace(t), token) {
				return true
			}
		}
	}
	return false
}

// param returns the last value of a parameter, as Node has it.
func (q *request) param(name string) string {
	if v := q.query[name]; len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}

// setHeaders runs the hooks; sid is that of a new session, else "".
func (q *request) setHeaders(sid string) {
	h, o := q.w.Header(), &q.s.options
	if sid != "" {
		if o.Cookie != nil {
			c := *o.Cookie
			c.Value = sid
			h.Add("Set-Cookie", c.String())
		}
		if o.InitialHeaders != nil {
			o.InitialHeaders(h, q.r)
		}
	}
	if o.Headers != nil {
		o.Headers(h, q.r)
	}
}

// refuse answers with a code of Node's, and its message if message is "".
func (q *request) refuse(code int, message, context string) {
	if message == "" {
		message = codeMessages[code]
	}
	q.report(&ConnectionError{Request: q.r, Code: code, Message: message, Context: context})
	h := q.w.Header()
	if q.upgrade {
		h.Set("Connection", "close")
		h.Set("Content-Type", "text/html")
		q.respond(http.StatusBadRequest, []byte(message))
		return
	}
	status := http.StatusBadRequest
	if code == CodeForbidden {
		status = http.StatusForbidden
	}
	h.Set("Content-Type", "application/json")
	body, err := json.Marshal(struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}{code, message})
	if err != nil { // there is nothing in it that could fail
		body = nil
	}
	q.respond(status, body)
}

// openWebSocket answers the handshake, with the header that the response has so
// far. net/http's fields about the body are none of its.
func (q *request) openWebSocket() (*websocket.Conn, error) {
	h := q.w.Header().Clone()
	h.Del("Content-Length")
	h.Del("Transfer-Encoding")
	h.Del("Connection")
	if p, _, _ := strings.Cut(q.r.Header.Get("Sec-Websocket-Protocol"), ","); p != "" {
		// As the ws package does; its client fails if none of those it offers is taken.
		h.Set("Sec-Websocket-Protocol", strings.TrimSpace(p))
	}
	return websocket.Upgrade(q.w, q.r, websocket.Options{
		Header:      h,
		MaxMessage:  int64(q.s.options.MaxPayload),
		Compression: q.s.options.PerMessageDeflate != nil,
	})
}

// refuseUpgrade answers a WebSocket handshake that failed.
func (q *request) refuseUpgrade(err error) {
	var he *websocket.HandshakeError
	if !errors.As(err, &he) {
		q.report(&ConnectionError{Request: q.r, Code: CodeBadRequest, Message: codeMessages[CodeBadRequest], Context: err.Error()})
		return // the connection is gone
	}
	q.report(&ConnectionError{Request: q.r, Code: CodeBadRequest, Message: he.Problem, Context: "WEBSOCKET_HANDSHAKE"})
	if he.Status == http.StatusUpgradeRequired {
		q.w.Header().Set("Sec-Websocket-Version", "13")
	}
	q.w.Header().Set("Connection", "close")
	q.w.Header().Set("Content-Type", "text/html")
	q.respond(he.Status, []byte(he.Problem))
}

// unavailable answers that there is no room, or no server any more.
func (q *request) unavailable() {
	q.report(&ConnectionError{Request: q.r, Code: CodeBadRequest, Message: "Service unavailable", Context: "LIMIT_OR_SHUTDOWN"})
	q.w.Header().Set("Content-Type", "application/json")
	q.w.Header().Set("Connection", "close")
	q.respond(http.StatusServiceUnavailable, []byte(`{"code":3,"message":"Service unavailable"}`))
}

func (q *request) report(e *ConnectionError) {
	q.s.counters.refused.Add(1)
	q.s.options.Logger.Debug("engine: request refused", "code", e.Code, "message", e.Message, "context", e.Context)
	if q.s.options.OnConnectionError != nil {
		q.s.options.OnConnectionError(e)
	}
}

// respond writes the response. That the client is gone is no news here.
func (q *request) respond(status int, body []byte) {
	if q.r.ProtoMajor > 1 {
		q.w.Header().Del("Connection")
	}
	q.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	q.w.WriteHeader(status)
	_, _ = io.WriteString(q.w, string(body))
}
