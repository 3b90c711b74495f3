package main

import (
	"context"

	"github.com/rookery-go/rookery/gateway"
)

// Greeter is the gateway that all of them serve.
type Greeter struct{ greeting string }

// Register implements gateway.Gateway.
func (g *Greeter) Register(r *gateway.Router) {
	gateway.Handle(r, "greet", g.greet)
}

func (g *Greeter) greet(_ context.Context, _ *gateway.Client, name string) (string, error) {
	if name == "" {
		return "", gateway.Errorf("name should not be empty")
	}
	return g.greeting + ", " + name + "!", nil
}
