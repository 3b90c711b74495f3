package pipe

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/rookery-go/rookery/gateway"
)

// Default puts a value where there is none, or null.
func Default(value any) gateway.Pipe { return defaultPipe{value} }

type defaultPipe struct{ value any }

func (d defaultPipe) Bind(reflect.Type) (gateway.Bound, error) {
	raw, err := json.Marshal(d.value)
	if err != nil {
		return gateway.Bound{}, fmt.Errorf("default value: %w", err)
	}
	return gateway.Bound{Before: func(_ context.Context, _ *gateway.Exec, payload json.RawMessage) (json.RawMessage, error) {
		if isNull(payload) {
			return raw, nil
		}
		return payload, nil
	}}, nil
}

// Trim takes the white space off both ends of every string in the decoded payload, also
// inside of structs, slices, maps and pointers; keys of maps stay. Put it before
// [Validate].
func Trim() gateway.Pipe { return trim{} }

type trim struct{}

func (trim) Bind(reflect.Type) (gateway.Bound, error) {
	return gateway.Bound{After: func(_ context.Context, _ *gateway.Exec, in any) error {
		trimValue(reflect.ValueOf(in).Elem())
		return nil
	}}, nil
}

// trimValue trims v, which decoding has just made: it has no cycles.
func trimValue(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() {
			v.SetString(strings.TrimSpace(v.String()))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			trimValue(v.Elem())
		}
	case reflect.Interface:
		if v.IsNil() || !v.CanSet() {
			return
		}
		c := reflect.New(v.Elem().Type()).Elem()
		c.Set(v.Elem())
		trimValue(c)
		v.Set(c)
	case reflect.Struct:
		for i := range v.NumField() {
			trimValue(v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			trimValue(v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			c := reflect.New(v.Type().Elem()).Elem()
			c.Set(v.MapIndex(key))
			trimValue(c)
			v.SetMapIndex(key, c)
		}
	}
}
