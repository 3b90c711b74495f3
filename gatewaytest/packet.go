package gatewaytest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/rookery-go/rookery/engine"
)

// encodePacket writes a packet as Socket.IO 5 has it, without its attachments.
func encodePacket(p engine.Packet) []byte {
	kind := int(p.Type)
	var b []byte
	if n := len(p.Attachments); n > 0 {
		b = strconv.AppendInt(b, int64(kind)+3, 10) // BINARY_EVENT, BINARY_ACK
		b = append(strconv.AppendInt(b, int64(n), 10), '-')
	} else {
		b = strconv.AppendInt(b, int64(kind), 10)
	}
	if p.Namespace != "" && p.Namespace != "/" {
		b = append(append(b, p.Namespace...), ',')
	}
	if p.HasID {
		b = strconv.AppendUint(b, p.ID, 10)
	}
	switch p.Type {
	case engine.Event:
		name, _ := json.Marshal(p.Event) // a string cannot fail
		b = append(append(b, '['), name...)
		if p.Args.N > 0 {
			b = append(append(b, ','), p.Args.Raw...)
		}
		b = append(b, ']')
	case engine.Ack:
		b = append(append(append(b, '['), p.Args.Raw...), ']')
	default:
		b = append(b, p.Args.Raw...)
	}
	return b
}

// decodePacket reads a packet and tells how many attachments follow it.
func decodePacket(b []byte) (p engine.Packet, attachments int, err error) {
	malformed := fmt.Errorf("malformed packet %.80q", b)
	if len(b) == 0 || b[0] < '0' || b[0] > '6' {
		return p, 0, malformed
	}
	kind := b[0] - '0'
	b = b[1:]
	if kind > byte(engine.ConnectError) {
		kind -= 3
		count, rest, ok := bytes.Cut(b, []byte("-"))
		if attachments, err = strconv.Atoi(string(count)); !ok || err != nil {
			return p, 0, malformed
		}
		b = rest
	}
	p.Type, p.Namespace = engine.Type(kind), "/"
	if bytes.HasPrefix(b, []byte("/")) {
		name, rest, _ := bytes.Cut(b, []byte(","))
		p.Namespace, b = string(name), rest
	}
	digits := 0
	for digits < len(b) && b[digits] >= '0' && b[digits] <= '9' {
		digits++
	}
	if digits > 0 {
		if p.ID, err = strconv.ParseUint(string(b[:digits]), 10, 64); err != nil {
			return p, 0, malformed
		}
		p.HasID = true
		b = b[digits:]
	}
	if p.Type != engine.Event && p.Type != engine.Ack {
		p.Args = argsOf(b)
		return p, 0, nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal(b, &list); err != nil {
		return p, 0, fmt.Errorf("%w: %w", malformed, err)
	}
	if p.Type == engine.Event {
		if len(list) == 0 || json.Unmarshal(list[0], &p.Event) != nil {
			return p, 0, malformed
		}
		list = list[1:]
	}
	p.Args = engine.Args{Raw: bytes.Join(asBytes(list), []byte(",")), N: len(list)}
	return p, attachments, nil
}

func asBytes(list []json.RawMessage) [][]byte {
	all := make([][]byte, len(list))
	for i, raw := range list {
		all[i] = raw
	}
	return all
}
