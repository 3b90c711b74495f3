package engine

import (
	"bytes"
	"encoding/base64"
	"iter"
	"strconv"
	"unicode/utf8"
)

// separator stands between the packets of an Engine.IO 4 payload.
const separator = 0x1e

// The types of Engine.IO packets, the same in revisions 3 and 4; 4 is
// messageType.
const (
	openType    = '0'
	closeType   = '1'
	pingType    = '2'
	pongType    = '3'
	upgradeType = '5'
	noopType    = '6'
)

// message is one Engine.IO packet.
type message struct {
	kind   byte // its type, as digit
	binary bool // data is an attachment; kind is messageType then
	data   []byte
}

// parseMessage splits a text message of either revision into type and data. The
// latter aliases b unless it was base64.
func parseMessage(b []byte, v3 bool) (message, string) {
	if len(b) == 0 {
		return message{}, "empty packet"
	}
	switch c := b[0]; {
	case c == 'b':
		b = b[1:]
		if v3 {
			// Revision 3 has a type behind the "b"; only messages carry bytes.
			if len(b) == 0 || b[0] != messageType {
				return message{}, "unknown packet type"
			}
			b = b[1:]
		}
		data := make([]byte, base64.StdEncoding.DecodedLen(len(b)))
		n, err := base64.StdEncoding.Decode(data, b)
		if err != nil {
			return message{}, "invalid base64"
		}
		return message{messageType, true, data[:n:n]}, ""
	case c < openType || c > noopType:
		return message{}, "unknown packet type"
	default:
		return message{c, false, b[1:len(b):len(b)]}, ""
	}
}

// parseBinaryMessage is parseMessage for a binary WebSocket message.
func parseBinaryMessage(b []byte, v3 bool) (message, string) {
	if !v3 {
		return message{messageType, true, b}, ""
	}
	if len(b) == 0 {
		return message{}, "empty packet"
	}
	if b[0] != messageType-'0' {
		return message{}, "unknown packet type"
	}
	return message{messageType, true, b[1:len(b):len(b)]}, ""
}

// payloadV4 iterates over the packets of an Engine.IO 4 payload, after
// engine.io-parser 5. It takes body over; the packets' data aliases it. An error,
// of type [*PacketError], comes last. Where Node's parser is lenient this one is
// not: base64 must be sound (standard alphabet, padded; line breaks are skipped),
// and the body UTF-8.
func payloadV4(body []byte) iter.Seq2[message, error] {
	return func(yield func(message, error) bool) {
		if !utf8.Valid(body) {
			yield(message{}, &PacketError{"payload is not UTF-8", 0})
			return
		}
		for at := 0; ; {
			end := bytes.IndexByte(body[at:], separator)
			last := end < 0
			if last {
				end = len(body)
			} else {
				end += at
			}
			m, problem := parseMessage(body[at:end], false)
			if problem != "" {
				yield(message{}, &PacketError{problem, at})
				return
			}
			if !yield(m, nil) || last {
				return
			}
			at = end + 1
		}
	}
}

// payloadV3 iterates over the packets of an Engine.IO 3 payload in its string
// form, after engine.io-parser 2: "<length>:<packet>" again and again, the length
// in UTF-16 code units. Ownership and strictness are payloadV4's; lengths are
// decimal digits only. Packets of no length are skipped, as by Node.
func payloadV3(body []byte) iter.Seq2[message, error] {
	return func(yield func(message, error) bool) {
		if !utf8.Valid(body) {
			yield(message{}, &PacketError{"payload is not UTF-8", 0})
			return
		}
		if len(body) == 0 {
			yield(message{}, &PacketError{"empty payload", 0})
			return
		}
		for at := 0; at < len(body); {
			units, from := 0, at
			for ; from < len(body) && isDigit(body[from]); from++ {
				// Every unit takes a byte at least, so units stays small.
				if units = units*10 + int(body[from]-'0'); units > len(body) {
					yield(message{}, &PacketError{"length beyond the payload", at})
					return
				}
			}
			if from == at || from == len(body) || body[from] != ':' {
				yield(message{}, &PacketError{"invalid length", at})
				return
			}
			from++
			end, ok := skipUnits(body, from, units)
			if !ok {
				yield(message{}, &PacketError{"length beyond the payload or within a character", at})
				return
			}
			if end > from {
				m, problem := parseMessage(body[from:end], true)
				if problem != "" {
					yield(message{}, &PacketError{problem, from})
					return
				}
				if !yield(m, nil) {
					return
				}
			}
			at = end
		}
	}
}

// skipUnits returns the index n UTF-16 code units behind i, b being UTF-8.
func skipUnits(b []byte, i, n int) (end int, ok bool) {
	for n > 0 && i < len(b) {
		c := b[i]
		switch {
		case c < 0x80:
			i++
		case c < 0xE0:
			i += 2
		case c < 0xF0:
			i += 3
		default:
			i += 4
			n-- // a surrogate pair
		}
		n--
	}
	return i, n == 0
}

// countUnits returns the length of b, which is UTF-8, in UTF-16 code units.
func countUnits(b []byte) int {
	n := 0
	for _, c := range b {
		if c&0xC0 != 0x80 { // not a continuation
			n++
		}
		if c >= 0xF0 {
			n++
		}
	}
	return n
}

// payloadV3Binary iterates over the packets of an Engine.IO 3 payload in its
// binary form (Content-Type: application/octet-stream), after engine.io-parser 2:
// 0 for text or 1 for binary, the length's digits as bytes of 0 to 9, 255, and
// the packet. The length counts bytes. Ownership and strictness are payloadV3's.
func payloadV3Binary(body []byte) iter.Seq2[message, error] {
	return func(yield func(message, error) bool) {
		for at := 0; at < len(body); {
			if body[at] > 1 {
				yield(message{}, &PacketError{"packet is neither text nor binary", at})
				return
			}
			length, from := 0, at+1
			for ; from < len(body) && body[from] <= 9; from++ {
				if length = length*10 + int(body[from]); length > len(body) {
					yield(message{}, &PacketError{"length beyond the payload", at})
					return
				}
			}
			if from == at+1 || from == len(body) || body[from] != 0xFF {
				yield(message{}, &PacketError{"invalid length", at})
				return
			}
			from++
			if length > len(body)-from {
				yield(message{}, &PacketError{"length beyond the payload", at})
				return
			}
			end := from + length
			var m message
			var problem string
			switch packet := body[from:end:end]; {
			case body[at] == 1:
				m, problem = parseBinaryMessage(packet, true)
			case !utf8.Valid(packet):
				problem = "packet is not UTF-8"
			default:
				m, problem = parseMessage(packet, true)
			}
			if problem != "" {
				yield(message{}, &PacketError{problem, from})
				return
			}
			if !yield(m, nil) {
				return
			}
			at = end
		}
	}
}

// appendTextV3 appends a text packet to an Engine.IO 3 payload in string form.
func appendTextV3(dst, packet []byte) []byte {
	dst = strconv.AppendInt(dst, int64(countUnits(packet)), 10)
	return append(append(dst, ':'), packet...)
}

// appendTextV3Binary appends a text packet to an Engine.IO 3 payload in binary
// form.
func appendTextV3Binary(dst, packet []byte) []byte {
	dst = appendLengthV3(append(dst, 0), len(packet))
	return append(dst, packet...)
}

// appendLengthV3 appends the digits of n as bytes, and the 255 that ends them.
func appendLengthV3(dst []byte, n int) []byte {
	from := len(dst)
	dst = strconv.AppendInt(dst, int64(n), 10)
	for i := from; i < len(dst); i++ {
		dst[i] -= '0'
	}
	return append(dst, 0xFF)
}
