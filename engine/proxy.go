package engine

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// origin of a request: who sent it to which host, and how, as far as trusted
// proxies tell.
type requestOrigin struct {
	remote string
	host   string
	secure bool
}

func (s *Server) requestOrigin(r *http.Request) requestOrigin {
	o := requestOrigin{remote: r.RemoteAddr, host: r.Host, secure: r.TLS != nil}
	if len(s.options.TrustedProxies) == 0 || !s.trusted(r.RemoteAddr) {
		return o
	}
	// Each proxy appends who it got the request from: from the right, the first
	// that is no proxy of ours is the client, and what is left of it is hearsay.
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop := strings.TrimSpace(hops[i])
		if hop == "" {
			break
		}
		o.remote = hop
		if !s.trusted(hop) {
			break
		}
	}
	if proto := lastValue(r.Header.Values("X-Forwarded-Proto")); proto != "" {
		o.secure = strings.EqualFold(proto, "https") || strings.EqualFold(proto, "wss")
	}
	if host := lastValue(r.Header.Values("X-Forwarded-Host")); host != "" {
		o.host = host
	}
	return o
}

// lastValue is the one that the nearest proxy set.
func lastValue(values []string) string {
	if len(values) == 0 {
		return ""
	}
	v := values[len(values)-1]
	return strings.TrimSpace(v[strings.LastIndexByte(v, ',')+1:])
}

// trusted tells whether addr, an IP address with or without port, is a proxy of
// ours.
func (s *Server) trusted(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		host = strings.Trim(addr, "[]")
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	ip = ip.Unmap().WithZone("")
	for _, p := range s.options.TrustedProxies {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}
