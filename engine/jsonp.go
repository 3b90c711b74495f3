package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// jsonpIndex tells whether the client polls by JSONP, and the index of its
// callback. Old clients of Engine.IO 3 do, where there is no CORS.
func jsonpIndex(q *request) (index string, wanted bool) {
	if _, wanted = q.query["j"]; !wanted {
		return "", false
	}
	digits := func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}
	return strings.Map(digits, q.param("j")), true
}

// jsonpBody wraps a payload in a call of the client's callback.
func jsonpBody(index string, payload []byte) []byte {
	var b bytes.Buffer
	b.WriteString("___eio[" + index + "](")
	// The encoder escapes U+2028 and U+2029, which JavaScript does not take.
	if err := json.NewEncoder(&b).Encode(string(payload)); err != nil {
		return nil // a string cannot fail
	}
	b.Truncate(b.Len() - 1) // the encoder's line end
	b.WriteString(");")
	return b.Bytes()
}

// jsonpData takes the payload out of a form. The client escapes line ends, lest
// the form changes them: "\n" stands for one, "\\n" for "\n".
func jsonpData(form []byte) ([]byte, error) {
	values, err := url.ParseQuery(string(form))
	if err != nil {
		return nil, fmt.Errorf("engine: JSONP form: %w", err)
	}
	if !values.Has("d") {
		return nil, errors.New("engine: JSONP form without its field d")
	}
	d := values.Get("d")
	d = strings.NewReplacer(`\\n`, `\n`, `\n`, "\n").Replace(d)
	return []byte(d), nil
}
