package engine

import "strconv"

// appendPacket appends the text form of p, without the Engine.IO type in front
// and the attachments behind. It allocates only where dst is too small.
func appendPacket(dst []byte, p *Packet) []byte {
	if n := len(p.Attachments); n > 0 {
		dst = append(dst, '3'+byte(p.Type)) // BINARY_EVENT is 5, BINARY_ACK 6
		dst = strconv.AppendInt(dst, int64(n), 10)
		dst = append(dst, '-')
	} else {
		dst = append(dst, '0'+byte(p.Type))
	}
	if p.Namespace != "" && p.Namespace != "/" {
		dst = append(dst, p.Namespace...)
		dst = append(dst, ',')
	}
	if p.HasID {
		dst = strconv.AppendUint(dst, p.ID, 10)
	}
	switch p.Type {
	case Event:
		dst = append(dst, '[')
		dst = appendJSONString(dst, p.Event)
		if p.Args.N > 0 {
			dst = append(dst, ',')
			dst = append(dst, p.Args.Raw...)
		}
		return append(dst, ']')
	case Ack:
		dst = append(dst, '[')
		dst = append(dst, p.Args.Raw...)
		return append(dst, ']')
	case Connect, ConnectError:
		return append(dst, p.Args.Raw...)
	default: // a Disconnect has no payload
		return dst
	}
}

// packetBound returns a size that the text form of p does not exceed, unless the
// event's name needs many escapes.
func packetBound(p *Packet) int {
	const digits = 1 + 11 + 20 // type, number of attachments with its dash, ack id
	return digits + len(p.Namespace) + 1 + len(p.Event) + 5 + len(p.Args.Raw)
}

// appendJSONString appends s as a JSON string. Bytes that are no UTF-8 become
// U+FFFD: a browser closes a WebSocket that sends them.
func appendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(append(dst, s[from:i]...), '\\', byte(r))
		case r < ' ':
			dst = append(dst, s[from:i]...)
			dst = appendControl(dst, byte(r))
		case r == '\uFFFD' && !isReplacement(s[i:]):
			dst = append(append(dst, s[from:i]...), "\uFFFD"...)
		default:
			continue
		}
		from = i + 1
	}
	return append(append(dst, s[from:]...), '"')
}

// isReplacement tells whether s really begins with U+FFFD, which ranging over a
// string also yields for an invalid byte.
func isReplacement(s string) bool { return len(s) >= 3 && s[:3] == "\uFFFD" }

func appendControl(dst []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	default:
		return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
	}
}
