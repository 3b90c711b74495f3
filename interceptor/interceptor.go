// Package interceptor has ready-made interceptors. All of them are safe for concurrent use.
package interceptor

import (
	"context"
	"runtime/debug"
	"time"

	"github.com/rookery-go/rookery/gateway"
)

// Map returns an interceptor that changes what handlers return, the items of a stream one
// by one. Results of another type than T, [gateway.Reply] among them, are left as they
// are.
func Map[T any](f func(ctx context.Context, x *gateway.Exec, result T) (any, error)) gateway.Interceptor {
	return gateway.InterceptorFunc(func(ctx context.Context, x *gateway.Exec, next gateway.Next) (any, error) {
		result, err := next(ctx, x)
		if err != nil {
			return nil, err
		}
		change := func(item any) (any, error) {
			if v, ok := item.(T); ok {
				return f(ctx, x, v)
			}
			return item, nil
		}
		if items, ok := result.(gateway.Items); ok {
			return items.Map(change), nil
		}
		return change(result)
	})
}

// ErrTimeout is what the client hears of a handler that took too long.
var ErrTimeout = &gateway.Error{Message: "Timed out", Code: "timeout"}

// Timeout returns an interceptor that answers with [ErrTimeout] when the handler has not
// returned within d, and cancels its context then. A handler that does not heed that goes
// on beside its client's further events, and what it returns is dropped. Of a stream the
// time ends with the handler's return of its iterator.
func Timeout(d time.Duration) gateway.Interceptor {
	return gateway.InterceptorFunc(func(ctx context.Context, x *gateway.Exec, next gateway.Next) (any, error) {
		within, cancel := context.WithTimeout(ctx, d)
		type outcome struct {
			result any
			err    error
		}
		done := make(chan outcome, 1)
		go func() { // ends with the handler, which owes that to its context
			var o outcome
			defer func() {
				if v := recover(); v != nil {
					o.err = &gateway.PanicError{Value: v, Stack: debug.Stack()}
				}
				done <- o
			}()
			o.result, o.err = next(within, x)
		}()
		select {
		case o := <-done:
			if _, stream := o.result.(gateway.Items); !stream {
				cancel()
			} else {
				context.AfterFunc(ctx, cancel)
			}
			return o.result, o.err
		case <-within.Done():
			cancel()
			if ctx.Err() != nil {
				return nil, ctx.Err() // the client has left, or the server stops
			}
			return nil, ErrTimeout
		}
	})
}
