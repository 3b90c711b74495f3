package engine

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestLargePolls(t *testing.T) {
	s := serve(t, Options{}, nil)
	query := s.pollSession(true)
	big := `42["message","` + strings.Repeat("x", 300_000) + `"]`
	for _, body := range []io.Reader{strings.NewReader(big), io.MultiReader(strings.NewReader(big))} { // the second is chunked
		if res, err := s.try(http.MethodPost, query, body); err != nil || res.body != "ok" {
			t.Fatal(res, err)
		}
		s.expectPoll(query, strings.Replace(big, "message", "message-back", 1))
	}
}

func TestBodiesAreBounded(t *testing.T) {
	s := serve(t, Options{MaxPayload: 1000}, nil)
	query := s.pollSession(true)
	big := strings.Repeat("x", 1001)
	for _, body := range []io.Reader{strings.NewReader(big), io.MultiReader(strings.NewReader(big)), io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<20)))} {
		if res, err := s.try(http.MethodPost, query, body); err == nil && res.status != http.StatusRequestEntityTooLarge {
			t.Error(res.status)
		}
	}
	// As in Node, the session goes on.
	s.do(http.MethodPost, query, `42["message"]`)
	s.expectPoll(query, `42["message-back"]`)
}

func TestOctetStreamIsRefused(t *testing.T) {
	s := serve(t, Options{}, nil)
	query := s.pollSession(true)
	if res := s.do(http.MethodPost, query, "\x01\x02", "Content-Type", "application/octet-stream"); res.status != 400 {
		t.Error(res)
	}
	s.host.awaitClosed(t, TransportError, 1)
}

func TestOverlappingPostCloses(t *testing.T) {
	s := serve(t, Options{}, nil)
	query := s.pollSession(true)
	r, w := io.Pipe()
	first := make(chan error, 1)
	go func() {
		res, err := s.try(http.MethodPost, query, r)
		if err == nil && res.status != 400 {
			err = fmt.Errorf("status %d", res.status)
		} else {
			err = nil // refused, or cut off
		}
		first <- err
	}()
	_, _ = w.Write([]byte("4"))
	sess := s.session(query[strings.Index(query, "sid=")+4:])
	eventually(t, "the first POST", func() bool {
		sess.mu.Lock()
		defer sess.mu.Unlock()
		return sess.body != nil
	})
	if res := s.do(http.MethodPost, query, "3"); res.status != 400 {
		t.Error(res)
	}
	if err := <-first; err != nil { // though its body never ends
		t.Error(err)
	}
	_ = w.Close()
	s.host.awaitClosed(t, TransportError, 1)
}

func TestAbortedPollCloses(t *testing.T) {
	s := serve(t, Options{}, nil)
	query := s.pollSession(true)
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url(query), nil)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = res.Body.Close()
		}
		done <- err
	}()
	s.awaitPoll(query)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	s.host.awaitClosed(t, TransportError, 1)
	if err := s.host.conn(t).Send(event("x"), SendOptions{}); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestHTTPCompression(t *testing.T) {
	s := serve(t, Options{}, nil)
	text := strings.Repeat("compress me ", 200)
	for _, test := range []struct {
		accept, encoding string
		open             func(io.Reader) (io.Reader, error)
	}{
		{"gzip, deflate", "gzip", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
		{"deflate", "deflate", func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) }},
		{"gzip;q=0.5, deflate;q=0.8", "deflate", func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) }},
		{"br, gzip;q=0", "", func(r io.Reader) (io.Reader, error) { return r, nil }},
	} {
		query := s.pollSession(true)
		s.do(http.MethodPost, query, `42["message","`+text+`"]`)
		res := s.do(http.MethodGet, query, "", "Accept-Encoding", test.accept)
		if got := res.header.Get("Content-Encoding"); got != test.encoding {
			t.Errorf("%s: %q", test.accept, got)
			continue
		}
		r, err := test.open(strings.NewReader(res.body))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(r); err != nil || string(b) != `42["message-back","`+text+`"]` {
			t.Errorf("%s: %v %q", test.accept, err, b)
		}
		s.do(http.MethodPost, query, `42["message"]`)
		if res := s.do(http.MethodGet, query, "", "Accept-Encoding", "gzip"); res.header.Get("Content-Encoding") != "" {
			t.Error("a short response was compressed")
		}
	}
}

func TestCORS(t *testing.T) {
	options := Options{Origins: []string{"https://app.example.com", "http://b.example:80"}, AllowCredentials: true,
		AllowOrigin: func(o string, _ *http.Request) bool { return strings.HasSuffix(o, ".dev") }}
	s := serve(t, options, nil)
	handshake := "EIO=4&transport=polling"
	for _, origin := range []string{"https://app.example.com", "https://APP.example.com", "http://b.example", "http://x.dev"} {
		res := s.do(http.MethodGet, handshake, "", "Origin", origin)
		if res.status != 200 || res.header.Get("Access-Control-Allow-Origin") != origin || res.header.Get("Access-Control-Allow-Credentials") != "true" ||
			!slices.Contains(res.header.Values("Vary"), "Origin") {
			t.Errorf("%s: %d %v", origin, res.status, res.header)
		}
		res = s.do(http.MethodGet, "EIO=4&transport=nope", "", "Origin", origin)
		if res.status != 400 || res.header.Get("Access-Control-Allow-Origin") != origin {
			t.Errorf("error for %s: %d %v", origin, res.status, res.header)
		}
		s.dial("EIO=4&transport=websocket", "Origin", origin).expect("0{…")
	}
	for _, origin := range []string{"https://evil.example", "null", "https://app.example.com.evil.example", "http://app.example.com"} {
		res := s.do(http.MethodGet, handshake, "", "Origin", origin)
		if res.status != 403 || res.body != `{"code":4,"message":"Forbidden"}` || res.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v", origin, res)
		}
		if _, err := s.tryDial("EIO=4&transport=websocket", "Origin", origin); err == nil || err.Error() != "status 400: Forbidden" {
			t.Errorf("WebSocket of %s: %v", origin, err)
		}
	}
	res := s.do(http.MethodOptions, handshake, "", "Origin", "https://app.example.com", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "x-token")
	if res.status != 204 || res.header.Get("Access-Control-Allow-Origin") != "https://app.example.com" ||
		res.header.Get("Access-Control-Allow-Headers") != "x-token" || res.header.Get("Access-Control-Allow-Methods") != "GET,HEAD,PUT,PATCH,POST,DELETE" {
		t.Errorf("preflight: %v", res)
	}
}

func TestSameOrigin(t *testing.T) {
	handshake := "EIO=4&transport=polling"
	same := serve(t, Options{}, nil)
	if res := same.do(http.MethodGet, handshake, "", "Origin", same.http.URL); res.status != 200 {
		t.Errorf("same origin: %v", res)
	}
	if res := same.do(http.MethodGet, handshake, "", "Origin", "http://evil.example"); res.status != 403 {
		t.Errorf("other origin: %v", res)
	}
}

func TestAnyOrigin(t *testing.T) {
	all := serve(t, Options{Origins: []string{"*"}}, nil)
	if res := all.do(http.MethodGet, "EIO=4&transport=polling", "", "Origin", "null"); res.status != 200 || res.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("any origin: %v", res)
	}
}

func TestHooksAndCookie(t *testing.T) {
	var refused []string
	s := serve(t, Options{
		Cookie: &http.Cookie{Name: "sticky", SameSite: http.SameSiteStrictMode},
		AllowRequest: func(r *http.Request) error {
			if r.URL.Query().Get("bad") != "" {
				return errors.New("not you")
			}
			return nil
		},
		InitialHeaders:    func(h http.Header, _ *http.Request) { h.Add("X-Initial", "1"); h.Add("Set-Cookie", "more=1") },
		Headers:           func(h http.Header, _ *http.Request) { h.Set("X-Every", "1") },
		OnConnectionError: func(e *ConnectionError) { refused = append(refused, fmt.Sprint(e.Code, e.Message)) },
	}, nil)
	res := s.do(http.MethodGet, "EIO=4&transport=polling", "")
	cookies := res.header.Values("Set-Cookie")
	if len(cookies) != 2 || !strings.HasPrefix(cookies[0], "sticky=") || !strings.HasSuffix(cookies[0], "; Path=/; SameSite=Strict") ||
		res.header.Get("X-Initial") != "1" || res.header.Get("X-Every") != "1" {
		t.Error(res.header)
	}
	if c := s.dial("EIO=4&transport=websocket"); len(c.head.Values("Set-Cookie")) != 2 || c.head.Get("X-Initial") != "1" || c.head.Get("X-Every") != "1" {
		t.Error(c.head)
	}
	query := s.pollSession(false)
	if res := s.do(http.MethodPost, query, "40"); res.header.Get("X-Initial") != "" || res.header.Get("X-Every") != "1" || res.header.Get("Set-Cookie") != "" {
		t.Error(res.header)
	}
	if res := s.do(http.MethodGet, "EIO=4&transport=polling&bad=1", ""); res.status != 403 || res.body != `{"code":4,"message":"not you"}` {
		t.Error(res)
	}
	if _, err := s.tryDial("EIO=4&transport=websocket&bad=1"); err == nil || err.Error() != "status 400: not you" {
		t.Error(err)
	}
	if got := fmt.Sprint(refused); got != "[4not you 4not you]" {
		t.Error(got)
	}
}

func TestHTTP2Polls(t *testing.T) {
	host := newTestHost()
	s := serve(t, Options{}, host)
	h2 := httptest.NewUnstartedServer(s)
	h2.EnableHTTP2 = true
	h2.StartTLS()
	defer h2.Close()
	client := h2.Client()
	get := func(method, query, body string) string {
		req, err := http.NewRequest(method, h2.URL+"/?"+query, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil || res.ProtoMajor != 2 {
			t.Fatal(err, res.Proto)
		}
		return string(b)
	}
	open := get(http.MethodGet, "EIO=4&transport=polling", "")
	query := "EIO=4&transport=polling&sid=" + open[9:29]
	if got := get(http.MethodPost, query, `40`); got != "ok" {
		t.Fatal(got)
	}
	if got := get(http.MethodGet, query, ""); !strings.HasPrefix(got, `40{"sid"`) {
		t.Fatal(got)
	}
	if h := host.conn(t).Handshake(); !h.Secure {
		t.Error("not known as secure")
	}
	client.CloseIdleConnections()
}

func TestTLSWebSocket(t *testing.T) {
	s := serve(t, Options{}, nil)
	secure := httptest.NewTLSServer(s)
	defer secure.Close()
	conn, err := tls.Dial("tcp", secure.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // the test's own server
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	plain := *s
	plain.http = &httptest.Server{Listener: forward(t, conn)}
	c := plain.dial("EIO=4&transport=websocket")
	c.expect("0{…")
	c.send("40", `42["message","`+strings.Repeat("x", 200_000)+`"]`)
	c.expect("40{…", `42["auth",{}]`, `42["message-back","…`)
	c.write(maskedFrame(0x88, nil))
	c.expectClose()
}

// forward listens for one connection and joins it with conn.
func forward(t *testing.T, conn net.Conn) net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		c, err := l.Accept()
		_ = l.Close()
		if err != nil {
			return
		}
		go func() { _, _ = io.Copy(conn, c); _ = conn.Close() }()
		_, _ = io.Copy(c, conn)
		_ = c.Close()
	}()
	return l
}

// A poll must outlive the timeouts that an http.Server may have.
func TestServerTimeouts(t *testing.T) {
	host := newTestHost()
	s := serve(t, Options{PingInterval: 300 * time.Millisecond}, host)
	strict := httptest.NewUnstartedServer(s)
	strict.Config.ReadTimeout, strict.Config.WriteTimeout = 100*time.Millisecond, 100*time.Millisecond
	strict.Start()
	defer strict.Close()
	s.http, strict = strict, s.http
	query := s.pollSession(true)
	s.expectPoll(query, "2")
	c := s.webSocketSession()
	time.Sleep(250 * time.Millisecond)
	c.send(`42["message"]`)
	c.expect(`42["message-back"]`)
	s.http, strict = strict, s.http
}

func TestTrustedProxies(t *testing.T) {
	s := serve(t, Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}, nil)
	c := s.dial("EIO=4&transport=websocket", "X-Forwarded-For", "6.6.6.6, 1.2.3.4, 127.0.0.2", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "chat.example.com", "Origin", "https://chat.example.com")
	c.expect("0{…")
	c.send("40")
	c.expect("40{…")
	if h := s.host.conn(t).Handshake(); h.RemoteAddr != "1.2.3.4" || !h.Secure || h.Host != "chat.example.com" {
		t.Errorf("%+v", h)
	}
}

func TestUntrustedProxies(t *testing.T) {
	untrusting := serve(t, Options{}, nil)
	c := untrusting.dial("EIO=4&transport=websocket", "X-Forwarded-For", "1.2.3.4", "X-Forwarded-Proto", "https")
	c.expect("0{…")
	c.send("40")
	c.expect("40{…")
	if h := untrusting.host.conn(t).Handshake(); !strings.HasPrefix(h.RemoteAddr, "127.0.0.1:") || h.Secure {
		t.Errorf("%+v", h)
	}
}

func TestJSONP(t *testing.T) {
	s := serve(t, Options{}, nil)
	query := s.pollSession(true) + "&j=0a"
	form := bytes.NewBufferString(`d=42%5B%22message%22%2C%22a%5C%5Cnb%22%5D`) // as old clients escape
	if res, err := s.try(http.MethodPost, query, form); err != nil || res.body != "ok" {
		t.Fatal(res, err)
	}
	s.expectPoll(query, `___eio[0]("42[\"message-back\",\"a\\nb\"]");`)
}

func TestPanicsOfHooksEndNothing(t *testing.T) {
	s := serve(t, Options{Headers: func(_ http.Header, r *http.Request) {
		if r.URL.Query().Has("panic") {
			panic("in Headers")
		}
	}}, nil)
	s.http.Config.ErrorLog = log.New(io.Discard, "", 0)
	if _, err := s.try(http.MethodGet, "EIO=4&transport=polling&panic", nil); err == nil {
		t.Error("a handshake was answered")
	}
	query := s.pollSession(true)
	s.do(http.MethodPost, query, `42["message"]`)
	s.do(http.MethodGet, query+"&panic", "")
	s.host.awaitClosed(t, TransportError, 1)
	s.pollSession(true)
}
