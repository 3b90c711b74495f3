package gatewaytest

import (
	"context"

	"github.com/rookery-go/rookery/gateway"
)

// Override replaces the roles of type T, wherever they hang, by another: NestJS's
// overrideGuard and its like. The other must be a role of the same kind.
//
//	srv := app.NewServer(gatewaytest.Override[*auth.Guard](gatewaytest.Allow))
func Override[T any](by any) gateway.ServerOption {
	return gateway.ReplaceRoles(func(role any) any {
		if _, ok := role.(T); ok {
			return by
		}
		return role
	})
}

// Allow is a guard that lets everyone pass; for [Override].
var Allow gateway.Guard = allow{}

type allow struct{}

func (allow) Check(context.Context, *gateway.Exec) error { return nil }
