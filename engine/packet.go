package engine

import (
	"encoding/json"
	"iter"
)

// Type is the type of a Socket.IO packet. BINARY_EVENT and BINARY_ACK have none
// of their own: they are an Event and an Ack with attachments.
type Type uint8

// The packet types of Socket.IO protocol 5, with their numbers on the wire.
const (
	Connect      Type = 0
	Disconnect   Type = 1
	Event        Type = 2
	Ack          Type = 3
	ConnectError Type = 4
)

// Packet is one Socket.IO packet. Its arguments stay raw JSON until a handler's
// own type decodes them, so that no number is rounded and nothing is decoded
// that nobody wants.
type Packet struct {
	Type Type
	// HasID tells whether ID means anything: an Event that asks for an ack, or an
	// Ack.
	HasID bool
	// Namespace has its leading slash; "" is taken for "/".
	Namespace string
	// ID is the ack id.
	ID uint64
	// Event is the name of the event, in Event packets alone.
	Event string
	// Args are the arguments of an Event (without the name) or Ack, or the one
	// payload of a Connect or ConnectError.
	Args Args
	// Attachments are the binary parts, referred to in Args by
	// {"_placeholder":true,"num":i}.
	Attachments [][]byte
}

// Args is a list of JSON values. The zero value is the empty list.
type Args struct {
	// Raw holds the values separated by commas, without the enclosing brackets.
	Raw []byte
	// N is the number of values in Raw.
	N int
}

// All iterates over the values. They alias Raw.
func (a Args) All() iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		if a.N == 1 {
			yield(a.Raw)
			return
		}
		rest := a.Raw
		for range a.N {
			end := valueEnd(rest)
			if !yield(rest[:end]) {
				return
			}
			rest = rest[min(end+1, len(rest)):]
		}
	}
}
