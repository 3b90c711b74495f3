// The server that the cases drive beside server.mjs: the same behaviours, written with
// Rookery.
package main

import (
	"compress/flate"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/rookery-go/rookery/engine"
	"github.com/rookery-go/rookery/gateway"
)

// options are those of the Node.js server that the cases set.
type options struct {
	Path              string
	Transports        []string
	AllowUpgrades     *bool
	AllowEIO3         bool
	PingInterval      int
	PingTimeout       int
	ConnectTimeout    int
	MaxHTTPBufferSize float64
	Cookie            bool
	CORS              struct{ Origin string }
	PerMessageDeflate *struct{ Threshold int }
	HTTPCompression   struct{ Threshold int }
}

func (o options) engine() engine.Options {
	e := engine.Options{
		Transports:      o.Transports,
		NoUpgrades:      o.AllowUpgrades != nil && !*o.AllowUpgrades,
		AllowEIO3:       o.AllowEIO3,
		PingInterval:    time.Duration(o.PingInterval) * time.Millisecond,
		PingTimeout:     time.Duration(o.PingTimeout) * time.Millisecond,
		ConnectTimeout:  time.Duration(o.ConnectTimeout) * time.Millisecond,
		MaxPayload:      int(o.MaxHTTPBufferSize),
		HTTPCompression: engine.Compression{Threshold: o.HTTPCompression.Threshold},
		MaxQueuedBytes:  64 << 20, // Node's is unbounded, and cases send bursts to polling clients
	}
	if o.Cookie {
		e.Cookie = &http.Cookie{}
	}
	if o.CORS.Origin != "" {
		e.Origins = []string{o.CORS.Origin}
	}
	if o.PerMessageDeflate != nil {
		e.PerMessageDeflate = &engine.Compression{Threshold: o.PerMessageDeflate.Threshold, Level: flate.BestSpeed}
	}
	return e
}

func main() {
	var o options
	if text := os.Getenv("OPTIONS"); text != "" {
		if err := json.Unmarshal([]byte(text), &o); err != nil {
			log.Fatalf("OPTIONS: %v", err)
		}
	}
	srv := gateway.New(gateway.WithEngine(engine.New(o.engine())), gateway.WithErrorReply(gateway.ExceptionOnly))
	seen := newReasons()
	for _, name := range []string{"/", "/chat", "/a/b", "/ünï"} {
		srv.Mount(name, &behaviour{reasons: seen})
	}
	srv.Mount("/auth", &behaviour{reasons: seen}, gateway.UseGuards(gateway.GuardFunc(onlyGood)))
	srv.Mount("/late", &behaviour{reasons: seen}, gateway.UseGuards(gateway.GuardFunc(takeTime)))
	srv.Mount("/hello", &greeter{behaviour{reasons: seen}})
	srv.Mount("/observer", &observer{seen})

	path := "/socket.io/"
	if o.Path != "" {
		path = strings.TrimSuffix(o.Path, "/") + "/"
	}
	mux := http.NewServeMux()
	mux.Handle(path, srv)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Print(err)
		}
	}()
	fmt.Printf("listening %d\n", listener.Addr().(*net.TCPAddr).Port)

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	<-ctx.Done()
	stop()
	deadline, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := srv.Shutdown(deadline); err != nil {
		log.Fatalf("shutdown: %v", err)
	}
	if err := server.Shutdown(deadline); err != nil {
		log.Fatalf("shutdown: %v", err)
	}
	<-stopped
}
