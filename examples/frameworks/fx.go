package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"go.uber.org/fx"

	"github.com/rookery-go/rookery/gateway"
)

// With uber/fx, gateways are provided like anything else, into a group that the server
// mounts.

// mount is a gateway and where it belongs.
type mount struct {
	fx.Out

	Gateway placed `group:"gateways"`
}

type placed struct {
	namespace string
	gateway   gateway.Gateway
}

func newGreeter() mount {
	return mount{Gateway: placed{"/", &Greeter{greeting: "Hello"}}}
}

type gateways struct {
	fx.In

	All []placed `group:"gateways"`
}

func newServer(g gateways) *gateway.Server {
	srv := gateway.New()
	for _, p := range g.All {
		srv.Mount(p.namespace, p.gateway)
	}
	return srv
}

// listen ties the server to the application's life.
func listen(address string) func(fx.Lifecycle, *gateway.Server) {
	return func(life fx.Lifecycle, srv *gateway.Server) {
		server := &http.Server{Addr: address, Handler: netHTTP(srv), ReadHeaderTimeout: 10 * time.Second}
		life.Append(fx.Hook{
			OnStart: func(ctx context.Context) error {
				listener, err := new(net.ListenConfig).Listen(ctx, "tcp", server.Addr)
				if err != nil {
					return err
				}
				fmt.Printf("Listening on http://%s\n", listener.Addr())
				go func() { _ = server.Serve(listener) }() // ends with OnStop
				return nil
			},
			OnStop: func(ctx context.Context) error {
				return errors.Join(srv.Shutdown(ctx), server.Shutdown(ctx))
			},
		})
	}
}

// newFx puts the application together.
func newFx(address string) *fx.App {
	return fx.New(
		fx.NopLogger,
		fx.Provide(newGreeter, newServer),
		fx.Invoke(listen(address)),
	)
}

func runFx(ctx context.Context, address string) error {
	app := newFx(address)
	if err := app.Start(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), app.StopTimeout())
	defer cancel()
	return app.Stop(deadline)
}
