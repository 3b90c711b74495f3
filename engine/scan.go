package engine

import (
	"encoding/binary"
	"math/bits"
)

// maxDepth is how deep JSON may nest at most, whatever a limit says: the
// scanner's stack has one bit for each level.
const maxDepth = 1024

// shape is what [scanJSON] learns of a value beyond its being well-formed.
type shape struct {
	// kind is the first byte of the value, with '0' for every number.
	kind byte
	// start and end bound the value, the whitespace around it excluded.
	start, end int
	// n counts the elements of an array.
	n int
	// firstStart and firstEnd bound the first element of an array.
	firstStart, firstEnd int
	// firstEscaped tells whether that element is a string with an escape in it.
	firstEscaped bool
	// spaced tells whether there is whitespace around the elements of an array.
	spaced bool
}

// scanJSON checks in one pass, without allocating, that b is one JSON value and
// nothing else, by the rules of JSON.parse: lone surrogates may be escaped,
// control characters in strings may not stand bare. That b is UTF-8 is for the
// transport to check. Where the text is wrong, problem says how and at says where;
// problem is "" otherwise. Arrays and objects may nest depth levels.
//
// The parser is a state machine over labels rather than recursive: the nesting
// is the client's choice, the growth of our stack should not be.
func scanJSON(b []byte, depth int) (s shape, problem string, at int) {
	var (
		objects [maxDepth / 64]uint64 // bit l: is the container on level l+1 an object?
		level   int
		object  bool // is the innermost container an object?
		escaped bool
		i, from int
	)
	depth = min(depth, maxDepth)
	i = skipSpace(b, 0)
	s.start = i
	if i < len(b) {
		if s.kind = b[i]; s.kind == '-' || isDigit(s.kind) {
			s.kind = '0'
		}
	}

value:
	if i >= len(b) {
		return s, "unexpected end", i
	}
	if level == 1 && s.n == 0 {
		s.firstStart = i
	}
	switch c := b[i]; c {
	case '"':
		if i, escaped, problem = scanString(b, i+1); problem != "" {
			return s, problem, i
		}
	case '{', '[':
		if level >= depth {
			return s, "nested too deep", i
		}
		object = c == '{'
		if object {
			objects[level>>6] |= 1 << (level & 63)
		} else {
			objects[level>>6] &^= 1 << (level & 63)
		}
		level++
		from = i + 1
		if i = skipSpace(b, from); i >= len(b) {
			return s, "unexpected end", i
		}
		if level == 1 && i != from {
			s.spaced = true
		}
		if b[i] == c+2 { // ']' is '['+2, '}' is '{'+2
			goto closed
		}
		if object {
			goto key
		}
		goto value
	case 't':
		if !hasWord(b, i, "true") {
			return s, "unexpected character", i
		}
		i += 4
	case 'f':
		if !hasWord(b, i, "false") {
			return s, "unexpected character", i
		}
		i += 5
	case 'n':
		if !hasWord(b, i, "null") {
			return s, "unexpected character", i
		}
		i += 4
	default:
		if i, problem = scanNumber(b, i); problem != "" {
			return s, problem, i
		}
	}

next: // a value ends before i
	if level == 0 {
		s.end = i
		if i = skipSpace(b, i); i != len(b) {
			return s, "unexpected character behind the value", i
		}
		return s, "", 0
	}
	if level == 1 && !object {
		if s.n == 0 {
			s.firstEnd, s.firstEscaped = i, escaped
		}
		s.n++
	}
	from = i
	if i = skipSpace(b, i); i >= len(b) {
		return s, "unexpected end", i
	}
	if i != from && level == 1 {
		s.spaced = true
	}
	if b[i] == ',' {
		from = i + 1
		i = skipSpace(b, from)
		if i != from && level == 1 {
			s.spaced = true
		}
		if object {
			goto key
		}
		goto value
	}
	if object && b[i] != '}' || !object && b[i] != ']' {
		return s, "unexpected character", i
	}

closed: // the bracket at i closes the innermost container
	i++
	level--
	object = level > 0 && objects[(level-1)>>6]>>((level-1)&63)&1 == 1
	goto next

key:
	if i >= len(b) {
		return s, "unexpected end", i
	}
	if b[i] != '"' {
		return s, "unexpected character", i
	}
	if i, _, problem = scanString(b, i+1); problem != "" {
		return s, problem, i
	}
	if i = skipSpace(b, i); i >= len(b) {
		return s, "unexpected end", i
	}
	if b[i] != ':' {
		return s, "unexpected character", i
	}
	i = skipSpace(b, i+1)
	goto value
}

// skipSpace returns the index of the first byte at or behind i that is no JSON
// whitespace.
func skipSpace(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' && isSpace(b[i]) {
		i++
	}
	return i
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

func isDigit(c byte) bool { return c-'0' <= 9 }

func hasWord(b []byte, i int, word string) bool {
	return len(b)-i >= len(word) && string(b[i:i+len(word)]) == word
}

// scanNumber returns the end of the number that begins at i.
func scanNumber(b []byte, i int) (end int, problem string) {
	if b[i] == '-' {
		i++
	}
	switch {
	case i < len(b) && b[i] == '0':
		i++
	default:
		if i, problem = scanDigits(b, i); problem != "" {
			return i, problem
		}
	}
	if i < len(b) && b[i] == '.' {
		if i, problem = scanDigits(b, i+1); problem != "" {
			return i, problem
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		return scanDigits(b, i)
	}
	return i, ""
}

// scanDigits returns the end of the digits, at least one, that begin at i.
func scanDigits(b []byte, i int) (end int, problem string) {
	if i >= len(b) {
		return i, "unexpected end"
	}
	if !isDigit(b[i]) {
		return i, "unexpected character"
	}
	for i < len(b) && isDigit(b[i]) {
		i++
	}
	return i, ""
}

// scanString returns the index behind the closing quote of the string whose
// opening quote is before i.
func scanString(b []byte, i int) (end int, escaped bool, problem string) {
	for {
		i = nextSpecial(b, i)
		if i >= len(b) {
			return i, escaped, "unterminated string"
		}
		switch b[i] {
		case '"':
			return i + 1, escaped, ""
		case '\\':
			escaped = true
			if i++; i >= len(b) {
				return i, escaped, "unterminated string"
			}
			switch b[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
				i++
			case 'u':
				for range 4 {
					if i++; i >= len(b) {
						return i, escaped, "unterminated string"
					}
					if !isHex(b[i]) {
						return i, escaped, "invalid escape in string"
					}
				}
				i++
			default:
				return i, escaped, "invalid escape in string"
			}
		default:
			return i, escaped, "control character in string"
		}
	}
}

func isHex(c byte) bool { return isDigit(c) || (c|0x20)-'a' <= 5 }

// nextSpecial returns the index of the first byte at or behind i that a string
// cannot simply contain: a quote, a backslash or a control character; or len(b).
func nextSpecial(b []byte, i int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	// Eight bytes at a time: a subtraction borrows into the top bit of each byte
	// that is too small. Borrows run upwards only, so the lowest hit is true.
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		quote, backslash := w^('"'*ones), w^('\\'*ones)
		hit := ((w-' '*ones)&^w | (quote-ones)&^quote | (backslash-ones)&^backslash) & tops
		if hit != 0 {
			return i + bits.TrailingZeros64(hit)>>3
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c < ' ' || c == '"' || c == '\\' {
			return i
		}
	}
	return i
}

// valueEnd returns the length of the JSON value that b, a well-formed list of
// values separated by commas, begins with.
func valueEnd(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i = quoteEnd(b, i+1)
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return len(b)
}

// quoteEnd returns the index of the quote that closes the well-formed string
// whose opening quote is before i, or len(b).
func quoteEnd(b []byte, i int) int {
	for {
		i = nextSpecial(b, i)
		if i >= len(b) || b[i] == '"' {
			return min(i, len(b))
		}
		if b[i] == '\\' {
			i++ // the escaped byte is no special one
		}
		i++
	}
}

// compactJSON removes the whitespace between the tokens of well-formed JSON, in
// place, and returns what is left of b.
func compactJSON(b []byte) []byte {
	to := 0
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			end := min(quoteEnd(b, i+1)+1, len(b))
			to += copy(b[to:], b[i:end])
			i = end - 1
		case !isSpace(c):
			b[to] = c
			to++
		}
	}
	return b[:to]
}
