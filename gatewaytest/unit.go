package gatewaytest

import (
	"context"
	"testing"

	"github.com/rookery-go/rookery/gateway"
)

// NewClient returns a client to call a handler with, and the other end of it, which gets
// what the handler sends. The client is alone in its namespace, "/", or whichever
// [Namespace] says; nobody handles its events.
func NewClient(tb testing.TB, options ...Option) (*gateway.Client, *Client) {
	tb.Helper()
	e := NewEngine()
	s := gateway.New(gateway.WithEngine(e))
	name := "/"
	for _, o := range options {
		if o.namespace != "" {
			name = o.namespace
		}
	}
	ns := s.Mount(name, nothing{})
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			tb.Errorf("gatewaytest: shut the client's server down: %v", err)
		}
	})
	far := e.Connect(tb, name, options...)
	return ns.Client(far.ID()), far
}

// nothing is a gateway without handlers.
type nothing struct{}

func (nothing) Register(*gateway.Router) {}
