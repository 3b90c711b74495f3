// Package pipe has ready-made pipes: [Validate] for payloads whole, and small ones that
// parse or complete a value, for the payload or, with [Field], for one of its properties.
//
// All of them are safe for concurrent use. What they refuse the client hears of, as a
// gateway.Error with the code gateway.CodeBadPayload.
package pipe

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/rookery-go/rookery/gateway"
)

// Func is a pipe made of a func that sees the payload as JSON, before it is decoded, and
// returns what is to be decoded. An absent payload is nil.
type Func func(ctx context.Context, x *gateway.Exec, payload json.RawMessage) (json.RawMessage, error)

// Bind implements gateway.Pipe.
func (f Func) Bind(reflect.Type) (gateway.Bound, error) { return gateway.Bound{Before: f}, nil }

// After returns a pipe made of a func that sees the decoded payload. Mounting it on a
// handler that takes another type than T is an error.
func After[T any](f func(ctx context.Context, x *gateway.Exec, in *T) error) gateway.Pipe {
	return after[T](f)
}

type after[T any] func(context.Context, *gateway.Exec, *T) error

func (f after[T]) Bind(in reflect.Type) (gateway.Bound, error) {
	if want := reflect.TypeFor[T](); in != want {
		return gateway.Bound{}, fmt.Errorf("the pipe is for %v, the handler takes %v", want, in)
	}
	return gateway.Bound{After: func(ctx context.Context, x *gateway.Exec, in any) error {
		return f(ctx, x, in.(*T))
	}}, nil
}

// Field returns a pipe that has p see one property of the payload, by its JSON name. An
// absent property is nil, as an absent payload would be; p may make it. Payloads that are
// no object pass by: decoding them says better what is wrong. Of p only what it does
// before decoding counts.
func Field(name string, p gateway.Pipe) gateway.Pipe { return field{name, p} }

type field struct {
	name string
	pipe gateway.Pipe
}

func (f field) Bind(in reflect.Type) (gateway.Bound, error) {
	s := shapeOf(in)
	if s != nil && s.fields != nil && !s.knows(f.name) {
		return gateway.Bound{}, fmt.Errorf("%v has no property %q", in, f.name)
	}
	inner, err := f.pipe.Bind(in)
	if err != nil {
		return gateway.Bound{}, fmt.Errorf("property %q: %w", f.name, err)
	}
	if inner.Before == nil || inner.After != nil {
		return gateway.Bound{}, fmt.Errorf("property %q: %T works on the decoded payload; put it on the whole", f.name, f.pipe)
	}
	return gateway.Bound{Before: func(ctx context.Context, x *gateway.Exec, payload json.RawMessage) (json.RawMessage, error) {
		var properties map[string]json.RawMessage
		if !isNull(payload) && json.Unmarshal(payload, &properties) != nil {
			return payload, nil
		}
		before := properties[f.name]
		now, err := inner.Before(ctx, x, before)
		if err != nil {
			return nil, named(f.name, err)
		}
		if bytes.Equal(before, now) {
			return payload, nil
		}
		if properties == nil {
			properties = map[string]json.RawMessage{}
		}
		properties[f.name] = now
		return json.Marshal(properties)
	}}, nil
}

// refuse is the error of a pipe.
func refuse(message string) error {
	return &gateway.Error{Message: message, Code: gateway.CodeBadPayload}
}

// named puts the name of a property before what was wrong with it.
func named(name string, err error) error {
	if e, ok := err.(*gateway.Error); ok {
		c := *e
		c.Message = name + ": " + c.Message
		return &c
	}
	return fmt.Errorf("%s: %w", name, err)
}

// isNull tells whether a payload is absent or null.
func isNull(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) == 0 || string(raw) == "null"
}
