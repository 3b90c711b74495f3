// Command frameworks serves one and the same gateway through net/http, chi, gin, echo, or
// put together by uber/fx:
//
//	go run ./frameworks chi
//
// The port is PORT, or 3000. Try it with any stock client:
//
//	const socket = io('http://localhost:3000');
//	await socket.emitWithAck('greet', 'Ann');
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"maps"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/rookery-go/rookery/gateway"
)

// routers are the ways to mount a gateway's server: each returns the handler of the whole
// program, with an ordinary page beside.
var routers = map[string]func(*gateway.Server) http.Handler{
	"nethttp": netHTTP,
	"chi":     onChi,
	"gin":     onGin,
	"echo":    onEcho,
}

func main() {
	name := "nethttp"
	if len(os.Args) > 1 {
		name = os.Args[1]
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if name == "fx" {
		if err := runFx(ctx, address()); err != nil {
			log.Fatal(err)
		}
		return
	}
	router, ok := routers[name]
	if !ok {
		log.Fatalf("there is no %q: say %s or fx", name, strings.Join(slices.Sorted(maps.Keys(routers)), ", "))
	}
	srv := gateway.New()
	srv.Mount("/", &Greeter{greeting: "Hello"})
	if err := serve(ctx, srv, router(srv)); err != nil {
		log.Fatal(err)
	}
}

func address() string {
	if port := os.Getenv("PORT"); port != "" {
		return ":" + port
	}
	return ":3000"
}

// serve serves until ctx ends, and then stops without losing what is under way.
func serve(ctx context.Context, srv *gateway.Server, handler http.Handler) error {
	listener, err := net.Listen("tcp", address())
	if err != nil {
		return err
	}
	fmt.Printf("Listening on http://%s\n", listener.Addr())
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(srv.Shutdown(deadline), server.Shutdown(deadline))
}
