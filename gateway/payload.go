package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/rookery-go/rookery/engine"
)

// Payload is the arguments of an event or ack as they came, nothing decoded. As a
// handler's In or Out, or as what is emitted, it passes them on without a look. It must
// not be changed.
type Payload struct {
	args        engine.Args
	attachments [][]byte
}

// PayloadOf returns the payload of a packet, which must not change any more.
func PayloadOf(p engine.Packet) Payload { return Payload{p.Args, p.Attachments} }

// Args returns the arguments as a packet carries them.
func (p Payload) Args() engine.Args { return p.args }

// Len is the number of arguments.
func (p Payload) Len() int { return p.args.N }

// JSON returns the arguments as one value: the only one, the array of several, nil for
// none. Binary parts are placeholders, {"_placeholder":true,"num":i}.
func (p Payload) JSON() json.RawMessage {
	switch p.args.N {
	case 0:
		return nil
	case 1:
		return p.args.Raw
	}
	array := make([]byte, 0, len(p.args.Raw)+2)
	array = append(array, '[')
	array = append(array, p.args.Raw...)
	return append(array, ']')
}

// Attachments returns the binary parts, in the order of their numbers.
func (p Payload) Attachments() [][]byte { return p.attachments }

// Rest returns all but the first n arguments, for passing them on. Binary parts are
// those of the whole.
func (p Payload) Rest(n int) Payload {
	raw := p.args.Raw
	for arg := range p.args.All() {
		if n--; n < 0 {
			break
		}
		raw = raw[min(len(arg)+1, len(raw)):]
		p.args.N--
	}
	p.args.Raw = raw
	return p
}

// Decode decodes the arguments into what into points to, as it is done for handlers.
func (p Payload) Decode(into any) error {
	switch in := into.(type) {
	case *Payload:
		*in = p
		return nil
	case argList:
		fields := in.fields()
		i := 0
		for raw := range p.args.All() {
			if i == len(fields) {
				break // more arguments than are wanted are no error in JavaScript either
			}
			if err := decodeValue(raw, p.attachments, fields[i]); err != nil {
				return fmt.Errorf("argument %d: %w", i+1, err)
			}
			i++
		}
		return nil
	}
	return decodeValue(p.JSON(), p.attachments, into)
}

// argsOf makes arguments of a payload that pipes have changed: the values of an array
// if there were several before.
func argsOf(payload json.RawMessage, several bool) (engine.Args, error) {
	if len(payload) == 0 {
		return engine.Args{}, nil
	}
	if !several {
		return engine.Args{Raw: payload, N: 1}, nil
	}
	var values []json.RawMessage
	if err := json.Unmarshal(payload, &values); err != nil {
		return engine.Args{}, err
	}
	payload = bytes.TrimSpace(payload)
	return engine.Args{Raw: payload[1 : len(payload)-1], N: len(values)}, nil
}

// decoder makes the func that turns what a client sent into a handler's In: pipes
// before, decoding, pipes after.
func decoder[In any](route *Route, pipes []Pipe) (func(context.Context, *Exec) (*In, error), error) {
	var before, after []Bound
	for _, p := range pipes {
		b, err := p.Bind(route.In)
		if err != nil {
			return nil, fmt.Errorf("pipe %T: %w", p, err)
		}
		if b.Before != nil {
			before = append(before, b)
		}
		if b.After != nil {
			after = append(after, b)
		}
	}
	return func(ctx context.Context, x *Exec) (*In, error) {
		in := new(In)
		payload := x.payload
		if len(before) > 0 {
			raw := payload.JSON()
			var err error
			for _, b := range before {
				if raw, err = b.Before(ctx, x, raw); err != nil {
					return nil, err
				}
			}
			if payload.args, err = argsOf(raw, payload.args.N > 1); err != nil {
				return nil, badPayload(err)
			}
		}
		if err := payload.Decode(in); err != nil {
			return nil, badPayload(err)
		}
		for _, b := range after {
			if err := b.After(ctx, x, in); err != nil {
				return nil, err
			}
		}
		return in, nil
	}, nil
}

// decodeValue decodes one JSON value; an absent one leaves in as it is.
func decodeValue(raw json.RawMessage, attachments [][]byte, in any) error {
	if len(raw) == 0 {
		return nil
	}
	if verbatim, ok := in.(*json.RawMessage); ok {
		*verbatim = raw
		return nil
	}
	if len(attachments) > 0 {
		return decodeBinary(raw, attachments, in)
	}
	return json.Unmarshal(raw, in)
}

// NewPayload encodes values as arguments. []byte, anywhere in them, becomes a binary
// attachment. A Payload stands for the arguments it holds.
func NewPayload(values ...any) (Payload, error) {
	var p Payload
	for i, v := range values {
		if more, ok := v.(Payload); ok {
			p.join(more)
			continue
		}
		raw, err := encodeValue(v, &p.attachments)
		if err != nil {
			return Payload{}, fmt.Errorf("gateway: argument %d (%T): %w", i+1, v, err)
		}
		p.add(engine.Args{Raw: raw, N: 1})
	}
	return p, nil
}

// join appends the arguments of another payload, whose attachments follow p's.
func (p *Payload) join(more Payload) {
	if len(p.attachments) > 0 && len(more.attachments) > 0 {
		more.args.Raw = renumber(more.args.Raw, len(p.attachments))
	}
	p.attachments = append(p.attachments, more.attachments...)
	p.add(more.args)
}

// add appends arguments. What p has is not changed in place: it may be another's.
func (p *Payload) add(args engine.Args) {
	switch {
	case args.N == 0:
	case p.args.N == 0:
		p.args = args
	default:
		p.args.Raw = slices.Concat(p.args.Raw, []byte{','}, args.Raw)
		p.args.N += args.N
	}
}

// encodeValue encodes one value; its binary parts are appended to attachments.
func encodeValue(v any, attachments *[][]byte) (json.RawMessage, error) {
	if v == nil {
		return json.RawMessage("null"), nil
	}
	if mayHoldBytes(reflect.TypeOf(v)) {
		return encodeBinary(v, attachments)
	}
	return marshal(v)
}

// marshal encodes as JSON.stringify would: without escapes for HTML, which no client
// needs.
func marshal(v any) (json.RawMessage, error) {
	e := encoders.Get().(*encoder)
	e.buf.Reset()
	if err := e.enc.Encode(v); err != nil {
		return nil, err // an encoder that has failed is not used again
	}
	raw := bytes.Clone(bytes.TrimSuffix(e.buf.Bytes(), []byte("\n")))
	if e.buf.Cap() <= 64<<10 {
		encoders.Put(e)
	}
	return raw, nil
}

// An encoder and the buffer it writes to.
type encoder struct {
	buf bytes.Buffer
	enc *json.Encoder
}

var encoders = sync.Pool{New: func() any {
	e := &encoder{}
	e.enc = json.NewEncoder(&e.buf)
	e.enc.SetEscapeHTML(false)
	return e
}}

// badPayload turns an error of decoding into what the client is told: it sent the
// payload, so it may know which part of it was wrong.
func badPayload(err error) error {
	message := "payload is not what this event takes"
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		subject := "payload"
		if wrong.Field != "" {
			subject = wrong.Field
		}
		message = fmt.Sprintf("%s must be %s, not %s", subject, jsonKind(wrong.Type), wrong.Value)
	}
	return &Error{Message: message, Code: CodeBadPayload, Cause: err}
}

// jsonKind names a Go type as a client would.
func jsonKind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "a boolean"
	case reflect.String:
		return "a string"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "an integer"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "an array"
	}
	return "an object"
}
