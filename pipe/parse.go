package pipe

import (
	"context"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rookery-go/rookery/gateway"
)

// ParseOption changes a pipe that parses.
type ParseOption func(*parser)

// Optional lets null and an absent value pass.
func Optional() ParseOption { return func(p *parser) { p.optional = true } }

// Message sets what the client hears when the value cannot be parsed.
func Message(text string) ParseOption { return func(p *parser) { p.message = text } }

// parser makes a pipe of a func that parses a string or number, as its text.
type parser struct {
	optional bool
	message  string
}

// parse returns a pipe. f gets the text of a string, or of any other scalar as it stands
// in the JSON, and returns what takes its place, or false.
func parse(message string, options []ParseOption, f func(text string, isString bool) (json.RawMessage, bool)) gateway.Pipe {
	p := parser{message: message}
	for _, o := range options {
		o(&p)
	}
	return Func(func(_ context.Context, _ *gateway.Exec, raw json.RawMessage) (json.RawMessage, error) {
		if isNull(raw) {
			if p.optional {
				return raw, nil
			}
			return nil, refuse(p.message)
		}
		text, isString := strings.TrimSpace(string(raw)), false
		if text[0] == '"' {
			isString = true
			if err := json.Unmarshal(raw, &text); err != nil {
				return nil, refuse(p.message)
			}
		}
		parsed, ok := f(text, isString)
		if !ok {
			return nil, refuse(p.message)
		}
		return parsed, nil
	})
}

const numeric = "Validation failed (numeric string is expected)"

var integer = regexp.MustCompile(`^-?\d+$`)

// ParseInt takes an integer, or a string that is one, and passes the integer on.
func ParseInt(options ...ParseOption) gateway.Pipe {
	return parse(numeric, options, func(text string, _ bool) (json.RawMessage, bool) {
		if !integer.MatchString(text) {
			return nil, false
		}
		sign := ""
		if text[0] == '-' {
			sign, text = "-", text[1:]
		}
		// "007" is no number in JSON.
		if text = strings.TrimLeft(text, "0"); text == "" {
			return json.RawMessage("0"), true
		}
		return json.RawMessage(sign + text), true
	})
}

// ParseFloat takes a number, or a string that is one, and passes the number on.
func ParseFloat(options ...ParseOption) gateway.Pipe {
	return parse(numeric, options, func(text string, isString bool) (json.RawMessage, bool) {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return nil, false
		}
		if !isString {
			return json.RawMessage(text), true
		}
		return json.RawMessage(strconv.FormatFloat(f, 'g', -1, 64)), true
	})
}

// ParseBool takes true, false, "true" and "false", and passes the boolean on.
func ParseBool(options ...ParseOption) gateway.Pipe {
	return parse("Validation failed (boolean string is expected)", options, func(text string, _ bool) (json.RawMessage, bool) {
		return json.RawMessage(text), text == "true" || text == "false"
	})
}

// ParseEnum takes one of these values: strings, numbers or booleans.
func ParseEnum[T comparable](values []T, options ...ParseOption) gateway.Pipe {
	var allowed []string
	for _, v := range values {
		raw, err := json.Marshal(v)
		if err == nil {
			allowed = append(allowed, string(raw))
		}
	}
	return parse("Validation failed (enum string is expected)", options, func(text string, isString bool) (json.RawMessage, bool) {
		raw := []byte(text)
		if isString {
			var err error
			if raw, err = json.Marshal(text); err != nil {
				return nil, false
			}
		}
		return raw, slices.Contains(allowed, string(raw))
	})
}

var uuid = regexp.MustCompile(`^(?i)[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{12}$`)

// ParseUUID takes a UUID, in any case. A version other than 0 takes UUIDs of that version
// alone.
func ParseUUID(version int, options ...ParseOption) gateway.Pipe {
	message := "Validation failed (uuid is expected)"
	if version != 0 {
		message = "Validation failed (uuid v" + strconv.Itoa(version) + " is expected)"
	}
	return parse(message, options, func(text string, isString bool) (json.RawMessage, bool) {
		m := uuid.FindStringSubmatch(text)
		if !isString || m == nil {
			return nil, false
		}
		if version != 0 && (m[1] != strconv.FormatInt(int64(version), 16) || !strings.Contains("89abAB", m[2])) {
			return nil, false
		}
		return json.RawMessage(`"` + text + `"`), true
	})
}

// ParseTime takes a time as RFC 3339 has it, a date, or a number of milliseconds since
// 1970 as JavaScript has it, and passes it on for a time.Time.
func ParseTime(options ...ParseOption) gateway.Pipe {
	return parse("Validation failed (invalid date format)", options, func(text string, isString bool) (json.RawMessage, bool) {
		t, ok := parseTime(text, isString)
		if !ok {
			return nil, false
		}
		raw, err := json.Marshal(t)
		return raw, err == nil
	})
}

func parseTime(text string, isString bool) (time.Time, bool) {
	if !isString {
		ms, err := strconv.ParseFloat(text, 64)
		return time.UnixMilli(int64(ms)).UTC(), err == nil && math.Abs(ms) <= 8.64e15 // as in JavaScript
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// ParseArray takes an array, or a string of items with a separator between them, and
// passes the array on. Where item is not nil it sees each item, strings trimmed.
func ParseArray(separator string, item gateway.Pipe, options ...ParseOption) gateway.Pipe {
	return arrayPipe{separator, item, options}
}
