package pipe

import (
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf8"
)

// unknown lists the properties in a payload that a shape does not take, as paths. The
// payload has been checked to be JSON; where it is not, it is left to the decoder.
func unknown(payload []byte, s *shape) []string {
	w := walker{b: payload}
	if err := w.value(s, ""); err != nil {
		return nil
	}
	return w.found
}

// strip returns the payload without the properties that a shape does not take.
func strip(payload []byte, s *shape) []byte {
	w := walker{b: payload, strip: true}
	if err := w.value(s, ""); err != nil || len(w.found) == 0 {
		return payload
	}
	return append(w.out, payload[w.copied:]...)
}

var errNotJSON = errors.New("pipe: the payload is not JSON")

// A walker goes through JSON once, along a shape.
type walker struct {
	b     []byte
	i     int
	found []string

	strip  bool
	out    []byte
	copied int // how much of b is in out, or left out
}

func (w *walker) space() {
	for w.i < len(w.b) && (w.b[w.i] == ' ' || w.b[w.i] == '\n' || w.b[w.i] == '\t' || w.b[w.i] == '\r') {
		w.i++
	}
}

// next skips white space and returns the byte behind it, 0 at the end.
func (w *walker) next() byte {
	w.space()
	if w.i == len(w.b) {
		return 0
	}
	return w.b[w.i]
}

// value goes through one value.
func (w *walker) value(s *shape, path string) error {
	switch c := w.next(); {
	case c == '{' && s != nil && !s.list:
		return w.object(s, path)
	case c == '[' && s != nil && s.list:
		return w.array(s, path)
	default:
		return w.skip()
	}
}

func (w *walker) object(s *shape, path string) error {
	w.i++
	if w.next() == '}' {
		w.i++
		return nil
	}
	kept := 0
	for {
		start := w.i
		w.space()
		name, err := w.name()
		if err != nil {
			return err
		}
		if w.next() != ':' {
			return errNotJSON
		}
		w.i++
		inner, known := s.property(name)
		if known {
			kept++
			err = w.value(inner, join(path, name))
		} else {
			w.found = append(w.found, join(path, name))
			err = w.skip()
		}
		if err != nil {
			return err
		}
		end := w.next()
		if end != ',' && end != '}' {
			return errNotJSON
		}
		if !known && w.strip {
			w.leaveOut(start, end, kept)
		}
		w.i++
		if end == '}' {
			return nil
		}
	}
}

// leaveOut leaves out the property that began at start, with one comma: the one behind it
// or, of the last property, the one before it.
func (w *walker) leaveOut(start int, end byte, kept int) {
	w.out = append(w.out, w.b[w.copied:start]...)
	w.copied = w.i
	switch {
	case end == ',':
		w.copied++
	case kept > 0:
		if n := len(w.out); n > 0 && w.out[n-1] == ',' {
			w.out = w.out[:n-1]
		}
	}
}

func (w *walker) array(s *shape, path string) error {
	w.i++
	if w.next() == ']' {
		w.i++
		return nil
	}
	for n := 0; ; n++ {
		if err := w.value(s.elem, join(path, strconv.Itoa(n))); err != nil {
			return err
		}
		switch end := w.next(); end {
		case ',', ']':
			w.i++
			if end == ']' {
				return nil
			}
		default:
			return errNotJSON
		}
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// name reads the name of a property.
func (w *walker) name() (string, error) {
	start := w.i
	if w.next() != '"' {
		return "", errNotJSON
	}
	if err := w.skipString(); err != nil {
		return "", err
	}
	raw := w.b[start:w.i]
	for _, c := range raw {
		if c == '\\' || c >= utf8.RuneSelf {
			var name string
			err := json.Unmarshal(raw, &name)
			return name, err
		}
	}
	return string(raw[1 : len(raw)-1]), nil
}

func (w *walker) skipString() error {
	for w.i++; w.i < len(w.b); w.i++ {
		switch w.b[w.i] {
		case '\\':
			w.i++
		case '"':
			w.i++
			return nil
		}
	}
	return errNotJSON
}

// skip goes over a value without a look inside.
func (w *walker) skip() error {
	depth := 0
	for {
		switch w.next() {
		case 0:
			return errNotJSON
		case '"':
			if err := w.skipString(); err != nil {
				return err
			}
		case '{', '[':
			depth++
			w.i++
		case '}', ']':
			depth--
			w.i++
		case ',', ':':
			w.i++
		default:
			for w.i < len(w.b) && !isDelimiter(w.b[w.i]) {
				w.i++
			}
		}
		if depth <= 0 {
			return nil
		}
	}
}

func isDelimiter(c byte) bool {
	switch c {
	case ',', ':', '{', '}', '[', ']', '"', ' ', '\n', '\t', '\r':
		return true
	}
	return false
}
