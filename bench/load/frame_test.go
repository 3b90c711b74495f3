package main

import (
	"bytes"
	"testing"
)

func TestFramesComeOutAsTheyWentIn(t *testing.T) {
	for _, size := range []int{0, 1, 7, 8, 9, 125, 126, 127, 65535, 65536, 70000} {
		payload := bytes.Repeat([]byte("0123456789"), size/10+1)[:size]
		wire := appendFrame(nil, opBinary, payload)
		// Make it a server's: without mask.
		head := len(wire) - size - 4
		mask(wire[head+4:])
		wire = append(wire[:head], wire[head+4:]...)
		wire[1] &^= 0x80

		f, rest, found, err := cutFrame(append(wire, "next"...))
		if err != nil || !found || f.opcode != opBinary || !bytes.Equal(f.payload, payload) || string(rest) != "next" {
			t.Errorf("size %d: found %v, opcode %d, %d bytes of payload, rest %q, error %v", size, found, f.opcode, len(f.payload), rest, err)
		}
		for _, cut := range []int{0, 1, 2, 3, 9, len(wire) / 2, len(wire) - 1} {
			if cut >= len(wire) {
				continue
			}
			if _, rest, found, err := cutFrame(wire[:cut]); found || err != nil || len(rest) != cut {
				t.Errorf("size %d: the first %d bytes: found %v, rest of %d, error %v", size, cut, found, len(rest), err)
			}
		}
	}
}

func TestFramesThatNoServerMaySend(t *testing.T) {
	for want, wire := range map[string]string{
		"fragmented":    "\x01\x01a",
		"reserved bits": "\xc1\x01a",
		"masked":        "\x81\x81abcd",
	} {
		_, _, _, err := cutFrame([]byte(wire))
		checkError(t, err, want)
	}
}
