package websocket

import (
	"bufio"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

const upgradeRequest = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

// connectTLS is connect over TLS, where there is no socket to write to past package net.
func connectTLS(t *testing.T) (*Conn, *peer) {
	t.Helper()
	conns := make(chan *Conn, 1)
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := Upgrade(w, r, Options{MaxMessage: 1 << 20})
		if err != nil {
			t.Errorf("upgrade: %v", err)
		}
		conns <- c
	}))
	t.Cleanup(srv.Close)
	roots := srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	nc, err := tls.Dial("tcp", srv.Listener.Addr().String(), &tls.Config{RootCAs: roots, ServerName: "example.com"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
	p := &peer{t, nc, bufio.NewReader(nc)}
	p.send([]byte(upgradeRequest))
	if res, err := http.ReadResponse(p.br, nil); err != nil || res.StatusCode != 101 {
		t.Fatalf("response %v, %v", res, err)
	}
	c := <-conns
	t.Cleanup(func() { _ = c.CloseNow() })
	return c, p
}

func TestTLS(t *testing.T) {
	c, p := connectTLS(t)
	p.send(clientFrame(0x89, []byte("ping")), clientFrame(0x81, []byte("hello")))
	if _, got, err := c.Next(); err != nil || string(got) != "hello" {
		t.Fatalf("%q, %v", got, err)
	}
	if first, payload := p.frame(); first != 0x8a || string(payload) != "ping" {
		t.Errorf("pong %x %q", first, payload)
	}
	frame := []byte{0x81, 1, 'x'}
	if n, done, err := c.TryWrite([][]byte{frame}); n != 0 || done || err != nil {
		t.Errorf("TryWrite = %d, %v, %v", n, done, err)
	}
	if err := c.Write(net.Buffers{frame}); err != nil {
		t.Fatal(err)
	}
	if first, payload := p.frame(); first != 0x81 || string(payload) != "x" {
		t.Errorf("frame %x %q", first, payload)
	}
}
