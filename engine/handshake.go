package engine

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// Handshake is what a client brought along when it connected to a namespace.
type Handshake struct {
	// Namespace is the name asked for, with its leading slash.
	Namespace string
	// Auth is the payload of the CONNECT packet, as sent; nil if there was none.
	Auth json.RawMessage
	// Query holds the parameters of the first request of the session.
	Query url.Values
	// Header holds the headers of the first request of the session.
	Header http.Header
	// URL is the path and query of that request, Host its host.
	URL, Host string
	// RemoteAddr is the client's address, "host:port" or, behind a trusted proxy,
	// the host the proxy names.
	RemoteAddr string
	// Secure tells whether the request came over TLS, as far as this process or a
	// trusted proxy knows.
	Secure bool
	// Time is when the client asked to join the namespace.
	Time time.Time
	// Session is the id of the Engine.IO session. It is a secret between client
	// and server: whoever knows it can take the session over.
	Session string
	// Protocol is the Engine.IO revision spoken: 4, or 3 for socket.io-client 2.
	Protocol int
	// Context carries the values of the first request's context (what middleware
	// put there). It is never cancelled.
	Context context.Context
}
