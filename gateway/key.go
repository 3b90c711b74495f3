package gateway

import (
	"encoding/json"
	"fmt"
)

// Key is a typed value that each client may have, such as the user it belongs to. It
// stays in this process; see [SharedKey] for values that other nodes can see. Methods
// are safe for concurrent use.
type Key[T any] struct{ name string }

// NewKey returns a key of its own: two keys of one name are different. The name is for
// people to read.
func NewKey[T any](name string) *Key[T] { return &Key[T]{name: name} }

// String returns the name.
func (k *Key[T]) String() string { return k.name }

// Set gives the client a value.
func (k *Key[T]) Set(c *Client, v T) { c.setValue(k, v) }

// Get returns the client's value, and whether it has one.
func (k *Key[T]) Get(c *Client) (T, bool) {
	v, ok := c.value(k).(T)
	return v, ok
}

// Delete takes the client's value away.
func (k *Key[T]) Delete(c *Client) { c.deleteValue(k) }

// SharedKey is a typed value that each client may have and that every node of the
// cluster can read: it is a field of the client's data, socket.data to a Node.js
// server, and travels as JSON. Methods are safe for concurrent use.
type SharedKey[T any] struct{ field string }

// NewSharedKey returns the key of a field of the clients' data.
func NewSharedKey[T any](field string) SharedKey[T] { return SharedKey[T]{field: field} }

// Set gives the client a value. It fails if the value cannot be encoded as JSON.
func (k SharedKey[T]) Set(c *Client, v T) error {
	raw, err := marshal(v)
	if err != nil {
		return fmt.Errorf("gateway: shared value %q: %w", k.field, err)
	}
	c.setData(k.field, raw)
	return nil
}

// Get returns the client's value. It is false if there is none, or none of type T.
func (k SharedKey[T]) Get(c *Client) (T, bool) {
	return decodeShared[T](c.dataField(k.field))
}

// Of returns the value of a socket that may be on another node. It is false if there
// is none, or none of type T.
func (k SharedKey[T]) Of(s RemoteSocket) (T, bool) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(s.Data, &fields) != nil {
		var zero T
		return zero, false
	}
	return decodeShared[T](fields[k.field])
}

func decodeShared[T any](raw json.RawMessage) (T, bool) {
	var v T
	if len(raw) == 0 || json.Unmarshal(raw, &v) != nil {
		var zero T
		return zero, false
	}
	return v, true
}
