package engine

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// normalOrigin writes an origin as browsers do: lower case, no default port.
func normalOrigin(origin string) string {
	origin = strings.ToLower(origin)
	if host, ok := strings.CutPrefix(origin, "https://"); ok {
		return "https://" + strings.TrimSuffix(host, ":443")
	}
	if host, ok := strings.CutPrefix(origin, "http://"); ok {
		return "http://" + strings.TrimSuffix(host, ":80")
	}
	return origin
}

// sameOrigin tells whether the page came from the host that the request went to.
// The scheme is left aside: behind a proxy it is often unknown.
func sameOrigin(origin, host string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	return strings.EqualFold(withoutDefaultPort(u.Host, u.Scheme), withoutDefaultPort(host, u.Scheme))
}

func withoutDefaultPort(host, scheme string) string {
	h, port, err := net.SplitHostPort(host)
	if err == nil && (port == "443" && scheme == "https" || port == "80" && scheme == "http") {
		return h
	}
	return host
}

// allowOrigin decides on the request's Origin and sets the CORS headers.
func (s *Server) allowOrigin(h http.Header, r *http.Request, host string) bool {
	o := &s.options
	everyone := slices.Contains(o.Origins, "*")
	if everyone {
		h.Set("Access-Control-Allow-Origin", "*")
	} else if len(o.Origins) > 0 || o.AllowOrigin != nil {
		h.Add("Vary", "Origin")
	}
	origin := r.Header.Get("Origin")
	if origin == "" || everyone {
		return true
	}
	if !slices.Contains(o.Origins, normalOrigin(origin)) && (o.AllowOrigin == nil || !o.AllowOrigin(origin, r)) {
		return sameOrigin(origin, host)
	}
	h.Set("Access-Control-Allow-Origin", origin)
	if o.AllowCredentials {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	return true
}

// cors tells whether pages of other origins are provided for.
func (s *Server) cors() bool { return len(s.options.Origins) > 0 || s.options.AllowOrigin != nil }

// preflight answers OPTIONS, as the cors package of Node does.
func preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "GET,HEAD,PUT,PATCH,POST,DELETE")
	h.Add("Vary", "Access-Control-Request-Headers")
	if wanted := r.Header.Get("Access-Control-Request-Headers"); wanted != "" {
		h.Set("Access-Control-Allow-Headers", wanted)
	}
	h.Set("Content-Length", "0")
	w.WriteHeader(http.StatusNoContent)
}
