package pipe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/rookery-go/rookery/gateway"
)

type arrayPipe struct {
	separator string
	item      gateway.Pipe
	options   []ParseOption
}

func (a arrayPipe) Bind(in reflect.Type) (gateway.Bound, error) {
	if a.separator == "" {
		return gateway.Bound{}, errors.New("ParseArray: the separator is empty")
	}
	p := parser{message: "Validation failed (parsable array expected)"}
	for _, o := range a.options {
		o(&p)
	}
	var inner gateway.Bound
	if a.item != nil {
		var err error
		if inner, err = a.item.Bind(in); err != nil {
			return gateway.Bound{}, err
		}
		if inner.Before == nil || inner.After != nil {
			return gateway.Bound{}, fmt.Errorf("ParseArray: %T works on the decoded payload, not on an item", a.item)
		}
	}
	return gateway.Bound{Before: func(ctx context.Context, x *gateway.Exec, raw json.RawMessage) (json.RawMessage, error) {
		if isNull(raw) && p.optional {
			return raw, nil
		}
		items, ok := splitArray(raw, a.separator)
		if !ok {
			return nil, refuse(p.message)
		}
		if inner.Before != nil {
			for i := range items {
				var err error
				if items[i], err = inner.Before(ctx, x, items[i]); err != nil {
					return nil, named(fmt.Sprint(i), err)
				}
			}
		}
		return json.Marshal(items)
	}}, nil
}

// splitArray returns the items of an array or of a string.
func splitArray(raw json.RawMessage, separator string) ([]json.RawMessage, bool) {
	if isNull(raw) {
		return nil, false
	}
	items := []json.RawMessage{}
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) {
		err := json.Unmarshal(raw, &items)
		return items, err == nil
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return nil, false
	}
	for part := range strings.SplitSeq(text, separator) {
		item, err := json.Marshal(strings.TrimSpace(part))
		if err != nil {
			return nil, false
		}
		items = append(items, item)
	}
	return items, true
}
