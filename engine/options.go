package engine

import (
	"compress/flate"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"
)

// The names of the transports.
const (
	Polling   = "polling"
	WebSocket = "websocket"
)

// Options configure a [Server]. The zero value of each field means its default,
// which is that of socket.io 4.8 where there is one. [New] checks them all and
// changes none silently.
type Options struct {
	// PingInterval is the time between two heartbeats; default 25 s.
	PingInterval time.Duration
	// PingTimeout is how long a client may take to answer a heartbeat; default
	// 20 s.
	PingTimeout time.Duration
	// UpgradeTimeout is how long an upgrade from polling to WebSocket may take;
	// default 10 s.
	UpgradeTimeout time.Duration
	// ConnectTimeout is how long a client may stay without having joined a
	// namespace; default 45 s.
	ConnectTimeout time.Duration

	// MaxPayload bounds, in bytes, one WebSocket message (after inflation) and one
	// polling request's body; default 1,000,000. Node calls it maxHttpBufferSize.
	MaxPayload int
	// MaxAttachments bounds the binary parts of one packet; default 10.
	MaxAttachments int
	// MaxDepth bounds how deep arrays and objects nest in a packet; default 128,
	// at most 1,024.
	MaxDepth int
	// MaxNamespaces bounds the namespaces of one client; default 100. A client that
	// asks for more gets a CONNECT_ERROR.
	MaxNamespaces int
	// MaxQueuedBytes bounds what waits to be sent to one client, in bytes with some
	// overhead for each packet; default 1 MiB. A client beyond it is closed with
	// [SlowConsumer].
	MaxQueuedBytes int
	// MaxSessions bounds the clients connected at a time; default 1,000,000.
	// Others get status 503.
	MaxSessions int
	// MaxHandshakes bounds the clients that are connected but have not joined a
	// namespace yet; default 10,000. Others get status 503.
	MaxHandshakes int

	// Transports are those offered: [Polling], [WebSocket] or, by default, both.
	Transports []string
	// NoUpgrades forbids the upgrade from polling to WebSocket. It is Node's
	// allowUpgrades, inverted.
	NoUpgrades bool
	// AllowEIO3 lets clients of Engine.IO 3 in: socket.io-client 2.
	AllowEIO3 bool

	// Cookie, when not nil, is the template of a cookie that carries the session's
	// id. Where empty, Name is "io" and Path is "/"; where SameSite is not set, it is
	// Lax and HttpOnly is on.
	Cookie *http.Cookie

	// Origins are the origins, as in "https://app.example.com", that browsers may
	// connect from, besides the server's own; "*" stands for all. It holds for
	// polling (CORS) and WebSocket alike. A request without an Origin header comes
	// from no browser page, or from the server's own, and passes.
	Origins []string
	// AllowOrigin is asked for origins that are neither the server's own nor in
	// Origins. It must be safe for concurrent use.
	AllowOrigin func(origin string, r *http.Request) bool
	// AllowCredentials lets pages of other origins send cookies. It does not go
	// with "*".
	AllowCredentials bool

	// AllowRequest is asked before a session is opened. An error refuses the
	// client, with status 403 and the error's message. It must be safe for concurrent
	// use.
	AllowRequest func(*http.Request) error
	// InitialHeaders may add to the header of the first response of a session,
	// Headers to that of every response.
	InitialHeaders, Headers func(http.Header, *http.Request)
	// OnConnectionError is told of every request that is refused.
	OnConnectionError func(*ConnectionError)
	// TrustedProxies are the networks whose X-Forwarded-For, -Proto and -Host
	// headers are believed; none by default.
	TrustedProxies []netip.Prefix

	// PerMessageDeflate, when not nil, compresses WebSocket messages of clients that
	// agree.
	PerMessageDeflate *Compression
	// HTTPCompression compresses polling responses, by gzip or deflate, for clients
	// that accept it. Unlike PerMessageDeflate it is on by default; see
	// NoHTTPCompression.
	HTTPCompression Compression
	// NoHTTPCompression turns HTTPCompression off.
	NoHTTPCompression bool

	// Logger gets what goes wrong in this process, panics of the host above all;
	// default slog.Default(). What clients do wrong is logged at debug level.
	Logger *slog.Logger
}

// Compression says what to compress and how hard.
type Compression struct {
	// Threshold is the size in bytes from which on a message is compressed;
	// default 1024.
	Threshold int
	// Level is that of compress/flate, -2 to 9; 0 is the default level, for
	// compression without any makes no sense here.
	Level int
}

func (c *Compression) complete(name string) error {
	if c.Threshold == 0 {
		c.Threshold = 1024
	}
	if c.Level == 0 {
		c.Level = flate.DefaultCompression
	}
	if c.Threshold < 0 {
		return fmt.Errorf("%s.Threshold is %d: it cannot be negative", name, c.Threshold)
	}
	if c.Level < flate.HuffmanOnly || c.Level > flate.BestCompression {
		return fmt.Errorf("%s.Level is %d: compress/flate has -2 to 9", name, c.Level)
	}
	return nil
}

// complete fills in the defaults and joins all that is wrong.
func (o *Options) complete() error {
	var wrong []error
	for _, d := range []struct {
		name  string
		value *time.Duration
		def   time.Duration
	}{
		{"PingInterval", &o.PingInterval, 25 * time.Second},
		{"PingTimeout", &o.PingTimeout, 20 * time.Second},
		{"UpgradeTimeout", &o.UpgradeTimeout, 10 * time.Second},
		{"ConnectTimeout", &o.ConnectTimeout, 45 * time.Second},
	} {
		if *d.value == 0 {
			*d.value = d.def
		}
		if *d.value < time.Millisecond {
			wrong = append(wrong, fmt.Errorf("%s is %v: clients count in milliseconds, it must be one at least", d.name, *d.value))
		}
	}
	for _, n := range []struct {
		name     string
		value    *int
		def, max int
	}{
		{"MaxPayload", &o.MaxPayload, 1_000_000, 1 << 30},
		{"MaxAttachments", &o.MaxAttachments, 10, 1 << 20},
		{"MaxDepth", &o.MaxDepth, 128, maxDepth},
		{"MaxNamespaces", &o.MaxNamespaces, 100, 1 << 20},
		{"MaxQueuedBytes", &o.MaxQueuedBytes, 1 << 20, 1 << 30},
		{"MaxSessions", &o.MaxSessions, 1_000_000, 1 << 30},
		{"MaxHandshakes", &o.MaxHandshakes, 10_000, 1 << 30},
	} {
		if *n.value == 0 {
			*n.value = n.def
		}
		if *n.value < 0 || *n.value > n.max {
			wrong = append(wrong, fmt.Errorf("%s is %d: it must be between 1 and %d", n.name, *n.value, n.max))
		}
	}
	if o.Transports == nil {
		o.Transports = []string{Polling, WebSocket}
	}
	o.Transports = slices.Clone(o.Transports)
	if len(o.Transports) == 0 {
		wrong = append(wrong, errors.New("Transports is empty: leave it nil for both"))
	}
	for _, t := range o.Transports {
		if t != Polling && t != WebSocket {
			wrong = append(wrong, fmt.Errorf("Transports has %q: there are %q and %q", t, Polling, WebSocket))
		}
	}
	o.Origins = slices.Clone(o.Origins)
	for i, origin := range o.Origins {
		if origin == "*" {
			if o.AllowCredentials {
				wrong = append(wrong, errors.New(`Origins has "*" with AllowCredentials: browsers refuse that, list the origins or use AllowOrigin`))
			}
			continue
		}
		u, err := url.Parse(origin)
		if origin != "null" && (err != nil || u.Scheme == "" || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "") {
			wrong = append(wrong, fmt.Errorf(`Origins has %q: an origin is a scheme and a host, as in "https://app.example.com"`, origin))
			continue
		}
		o.Origins[i] = normalOrigin(origin)
	}
	if o.PerMessageDeflate != nil {
		c := *o.PerMessageDeflate
		o.PerMessageDeflate = &c
		if err := c.complete("PerMessageDeflate"); err != nil {
			wrong = append(wrong, err)
		}
		*o.PerMessageDeflate = c
	}
	if err := o.HTTPCompression.complete("HTTPCompression"); err != nil {
		wrong = append(wrong, err)
	}
	if o.Cookie != nil {
		c := *o.Cookie
		if c.Name == "" {
			c.Name = "io"
		}
		if c.Path == "" {
			c.Path = "/"
		}
		if c.SameSite == 0 {
			c.SameSite = http.SameSiteLaxMode
			c.HttpOnly = true
		}
		c.Value = "x" // what Valid needs; the session's id follows
		if err := c.Valid(); err != nil {
			wrong = append(wrong, fmt.Errorf("Cookie: %w", err))
		}
		o.Cookie = &c
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if len(wrong) > 0 {
		return fmt.Errorf("engine: invalid options: %w", errors.Join(wrong...))
	}
	return nil
}
