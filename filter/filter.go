// Package filter has ready-made filters for errors. All of them are safe for concurrent
// use.
package filter

import (
	"context"
	"errors"

	"github.com/rookery-go/rookery/gateway"
)

// On returns a filter for errors that are, or wrap, an E. f claims the error by returning
// nil; what else it returns goes on to the next filter, other errors do so untouched.
//
//	filter.On(func(ctx context.Context, x *gateway.Exec, err *store.NotFound) error {
//		return &gateway.Error{Message: "no such " + err.Kind, Code: "not_found"}
//	})
func On[E error](f func(ctx context.Context, x *gateway.Exec, err E) error) gateway.Filter {
	return gateway.FilterFunc(func(ctx context.Context, x *gateway.Exec, err error) error {
		var wanted E
		if errors.As(err, &wanted) {
			return f(ctx, x, wanted)
		}
		return err
	})
}

// Is returns a filter that puts another error in the place of errors that are, or wrap,
// target.
//
//	filter.Is(sql.ErrNoRows, &gateway.Error{Message: "not found", Code: "not_found"})
func Is(target, instead error) gateway.Filter {
	return gateway.FilterFunc(func(_ context.Context, _ *gateway.Exec, err error) error {
		if errors.Is(err, target) {
			return instead
		}
		return err
	})
}

// All returns a filter that claims every error. It must be the last of its scope, and no
// filter of a scope further out sees an error of this one. At connect the client is
// refused nonetheless.
func All(f func(ctx context.Context, x *gateway.Exec, err error)) gateway.Filter { return all(f) }

type all func(context.Context, *gateway.Exec, error)

func (f all) Catch(ctx context.Context, x *gateway.Exec, err error) error {
	f(ctx, x, err)
	return nil
}

// CatchesAll has gateway check that no filter stands behind.
func (all) CatchesAll() bool { return true }

// Emit returns a filter that claims errors by emitting an event with what body makes of
// them, in place of "exception". Errors that body returns nil for go on to the next
// filter.
func Emit(event string, body func(x *gateway.Exec, err error) any) gateway.Filter {
	return gateway.FilterFunc(func(_ context.Context, x *gateway.Exec, err error) error {
		b := body(x, err)
		if b == nil || x.Kind() == gateway.KindConnect {
			return err
		}
		return x.Client().Emit(event, b)
	})
}

// Ack returns a filter that claims errors by answering the ack with what body makes of
// them. Errors of events without an ack, and those that body returns nil for, go on to the
// next filter.
func Ack(body func(x *gateway.Exec, err error) any) gateway.Filter {
	return gateway.FilterFunc(func(_ context.Context, x *gateway.Exec, err error) error {
		if !x.WantsAck() {
			return err
		}
		b := body(x, err)
		if b == nil {
			return err
		}
		_, failed := x.Ack(b)
		return failed
	})
}

// Public returns what of an error a client may know: its message if it is a
// [gateway.Error], else "Internal server error".
func Public(err error) string {
	var e *gateway.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return gateway.ErrInternal.Message
}
