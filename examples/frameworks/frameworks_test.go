package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"go.uber.org/goleak"

	"github.com/rookery-go/rookery/gateway"
	"github.com/rookery-go/rookery/gatewaytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func greet(t *testing.T, url string) {
	t.Helper()
	for _, transport := range []string{"polling", "websocket"} {
		c := gatewaytest.Dial(t, url+"/socket.io/", "/", gatewaytest.Transport(transport))
		var answer string
		if err := c.Call("greet", "Ann").Decode(&answer); err != nil || answer != "Hello, Ann!" {
			t.Errorf("%s: %q, %v", transport, answer, err)
		}
		c.Emit("greet", "")
		c.Expect("exception")
	}
	res, err := http.Get(url + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || string(body) != page {
		t.Errorf("page %q, %v", body, err)
	}
}

func TestRouters(t *testing.T) {
	for name, router := range routers {
		t.Run(name, func(t *testing.T) {
			srv := gateway.New()
			srv.Mount("/", &Greeter{greeting: "Hello"})
			web := httptest.NewServer(router(srv))
			t.Cleanup(func() { stop(t, srv, web) })
			greet(t, web.URL)
		})
	}
}

func stop(t *testing.T, srv *gateway.Server, web *httptest.Server) {
	if err := srv.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	web.Close()
	http.DefaultClient.CloseIdleConnections()
}

func TestFx(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	app := newFx(address)
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	t.Run("greet", func(t *testing.T) { greet(t, "http://"+address) })
	if err := app.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}
