package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/lxzan/gws"
)

// An event is a Socket.IO EVENT packet with one argument.
type event struct {
	id   uint64
	ack  bool // the client wants one
	name string
	arg  []byte
}

// parseEvent parses 42<id>["name",argument].
func parseEvent(p []byte) (event, error) {
	var e event
	rest, ok := bytes.CutPrefix(p, []byte("42"))
	for ok && len(rest) > 0 && '0' <= rest[0] && rest[0] <= '9' {
		e.id, e.ack = e.id*10+uint64(rest[0]-'0'), true
		rest = rest[1:]
	}
	rest, opens := bytes.CutPrefix(rest, []byte(`["`))
	name, rest, ends := bytes.Cut(rest, []byte(`",`))
	arg, closes := bytes.CutSuffix(rest, []byte("]"))
	if !ok || !opens || !ends || !closes {
		return event{}, fmt.Errorf("packet %.100q is no event with one argument", p)
	}
	e.name, e.arg = string(name), arg
	return e, nil
}

// answer sends the ack, if one is wanted.
func (e event) answer(c *gws.Conn, v any) error {
	if !e.ack {
		return nil
	}
	arg, err := json.Marshal(v)
	if err != nil {
		return err
	}
	p := make([]byte, 0, len(arg)+24)
	p = strconv.AppendUint(append(p, "43"...), e.id, 10)
	p = append(append(append(p, '['), arg...), ']')
	return c.WriteMessage(gws.OpcodeText, p)
}
