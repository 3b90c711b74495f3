package gateway

import (
	"bytes"
	"crypto/rand"
	"encoding"
	"encoding/base64"
	"encoding/json"
	"errors"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Binary parts travel beside the JSON, which refers to them by placeholders. So that
// encoding/json, with its tags and all its rules, need not know of that, a []byte is
// swapped for a short mark of the same type before it is encoded, or after it is
// decoded: a mark is a []byte too, and its base64 form is easy to find in the JSON.
// A secret made at start keeps clients from sending marks of their own.

const markSecret = 12 // a multiple of 3, so that base64 shows it as one prefix

var (
	secret       = func() []byte { b := make([]byte, markSecret); _, _ = rand.Read(b); return b }()
	secretBase64 = base64.StdEncoding.EncodeToString(secret)
	markLen      = len(secretBase64) + base64.StdEncoding.EncodedLen(3)
)

// mark returns what stands for the attachment of that number.
func mark(num int) []byte {
	return append(bytes.Clone(secret), byte(num>>16), byte(num>>8), byte(num))
}

func markNum(b []byte) (int, bool) {
	if len(b) != markSecret+3 || !bytes.HasPrefix(b, secret) {
		return 0, false
	}
	return int(b[markSecret])<<16 | int(b[markSecret+1])<<8 | int(b[markSecret+2]), true
}

func markNumBase64(s string) (int, bool) {
	if len(s) != markLen || !strings.HasPrefix(s, secretBase64) {
		return 0, false
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return 0, false
	}
	return markNum(b)
}

// encodeBinary encodes a value that may hold bytes.
func encodeBinary(v any, attachments *[][]byte) (json.RawMessage, error) {
	marked := reflect.New(reflect.TypeOf(v)).Elem()
	marked.Set(reflect.ValueOf(v))
	before := len(*attachments)
	swapBytes(marked, 0, func(v reflect.Value) bool {
		if !mayHoldBytes(v.Type()) {
			return true
		}
		if !isBytes(v.Type()) || v.IsNil() {
			return false
		}
		num := len(*attachments)
		*attachments = append(*attachments, v.Bytes())
		v.SetBytes(mark(num))
		return true
	})
	if len(*attachments) == before {
		return marshal(v)
	}
	raw, err := marshal(marked.Interface())
	if err != nil {
		return nil, err
	}
	return marksToPlaceholders(raw), nil
}

func marksToPlaceholders(raw []byte) []byte {
	var out []byte
	opening := []byte(`"` + secretBase64)
	for {
		i := bytes.Index(raw, opening)
		if i < 0 || len(raw) < i+markLen+2 {
			return append(out, raw...)
		}
		num, ok := markNumBase64(string(raw[i+1 : i+1+markLen]))
		if !ok {
			out, raw = append(out, raw[:i+1]...), raw[i+1:]
			continue
		}
		out = append(out, raw[:i]...)
		out = appendPlaceholder(out, num)
		raw = raw[i+markLen+2:]
	}
}

// placeholder matches a placeholder in JSON. It cannot match inside a string: the
// quotes would be escaped.
var placeholder = regexp.MustCompile(
	`\{\s*(?:"_placeholder"\s*:\s*true\s*,\s*"num"\s*:\s*(\d{1,7})|"num"\s*:\s*(\d{1,7})\s*,\s*"_placeholder"\s*:\s*true)\s*\}`)

// replacePlaceholders puts what f returns in the place of placeholders; nil leaves one.
func replacePlaceholders(raw []byte, f func(num int) []byte) []byte {
	return placeholder.ReplaceAllFunc(raw, func(p []byte) []byte {
		groups := placeholder.FindSubmatch(p)
		num, err := strconv.Atoi(string(groups[1]) + string(groups[2]))
		if err != nil {
			return p
		}
		if other := f(num); other != nil {
			return other
		}
		return p
	})
}

// renumber adds to the numbers of placeholders.
func renumber(raw []byte, by int) []byte {
	return replacePlaceholders(raw, func(num int) []byte { return appendPlaceholder(nil, num+by) })
}

func appendPlaceholder(dst []byte, num int) []byte {
	dst = append(dst, `{"_placeholder":true,"num":`...)
	return append(strconv.AppendInt(dst, int64(num), 10), '}')
}

var errBinaryString = errors.New("a binary part stands where text is expected")

// decodeBinary decodes a value whose JSON refers to attachments.
func decodeBinary(raw []byte, attachments [][]byte, in any) error {
	marked := replacePlaceholders(raw, func(num int) []byte {
		if num >= len(attachments) {
			return nil
		}
		return strconv.AppendQuote(nil, base64.StdEncoding.EncodeToString(mark(num)))
	})
	if err := json.Unmarshal(marked, in); err != nil {
		return err
	}
	var err error
	swapBytes(reflect.ValueOf(in).Elem(), 0, func(v reflect.Value) bool {
		switch {
		case v.Type() == rawMessage:
			v.SetBytes(marksToPlaceholders(v.Bytes()))
			return true
		case isBytes(v.Type()):
			if num, ok := markNum(v.Bytes()); ok {
				v.SetBytes(attachments[num])
			}
			return true
		case v.Kind() == reflect.String:
			if _, ok := markNumBase64(v.String()); ok {
				err = errBinaryString
			}
			return true
		case v.Kind() == reflect.Interface && v.Elem().Kind() == reflect.String:
			if num, ok := markNumBase64(v.Elem().String()); ok {
				v.Set(reflect.ValueOf(attachments[num]))
			}
			return true
		}
		return false
	})
	return err
}

var (
	rawMessage    = reflect.TypeFor[json.RawMessage]()
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}

// encodesItself tells whether encoding/json leaves a type's form to the type.
func encodesItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(jsonMarshaler) || p.Implements(textMarshaler)
}

// maxSwapDepth ends the walk through a value that refers to itself; encoding/json
// then reports it.
const maxSwapDepth = 1000

// swapBytes walks through v, which must be settable, and offers every part to leaf,
// which returns true for what needs no further look. Whatever v shares with other
// values (behind pointers, in slices and maps) is copied before leaf can change it.
func swapBytes(v reflect.Value, depth int, leaf func(reflect.Value) bool) {
	if !v.CanSet() || depth > maxSwapDepth || leaf(v) {
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return
		}
		c := reflect.New(v.Elem().Type())
		c.Elem().Set(v.Elem())
		swapBytes(c.Elem(), depth+1, leaf)
		if v.Kind() == reflect.Pointer {
			v.Set(c)
		} else {
			v.Set(c.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); encoded(v.Type().Field(i), f) {
				swapBytes(f, depth+1, leaf)
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			swapBytes(v.Index(i), depth+1, leaf)
		}
	case reflect.Slice:
		if v.IsNil() {
			return
		}
		c := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(c, v)
		for i := range c.Len() {
			swapBytes(c.Index(i), depth+1, leaf)
		}
		v.Set(c)
	case reflect.Map:
		if v.IsNil() {
			return
		}
		c := reflect.MakeMapWithSize(v.Type(), v.Len())
		for entries := v.MapRange(); entries.Next(); {
			e := reflect.New(v.Type().Elem()).Elem()
			e.Set(entries.Value())
			swapBytes(e, depth+1, leaf)
			c.SetMapIndex(entries.Key(), e)
		}
		v.Set(c)
	}
}

// encoded tells whether encoding/json has a use for a field with that value.
func encoded(f reflect.StructField, v reflect.Value) bool {
	tag := f.Tag.Get("json")
	return tag != "-" && !(isBytes(f.Type) && v.Len() == 0 && strings.Contains(tag, ",omitempty"))
}

// holdsBytes remembers the answers of mayHoldBytes.
var holdsBytes sync.Map // reflect.Type -> bool

// mayHoldBytes tells whether a value of a type can have a []byte somewhere inside that
// encoding/json would encode as base64.
func mayHoldBytes(t reflect.Type) bool {
	if known, ok := holdsBytes.Load(t); ok {
		return known.(bool)
	}
	may := lookForBytes(t, map[reflect.Type]bool{})
	holdsBytes.Store(t, may)
	return may
}

func lookForBytes(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	if t.Kind() != reflect.Interface && encodesItself(t) {
		return false
	}
	switch t.Kind() {
	case reflect.Interface:
		return true
	case reflect.Slice, reflect.Array, reflect.Pointer, reflect.Map:
		return isBytes(t) || lookForBytes(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			if (f.IsExported() || f.Anonymous) && f.Tag.Get("json") != "-" && lookForBytes(f.Type, seen) {
				return true
			}
		}
	}
	return false
}
