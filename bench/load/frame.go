package main

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The WebSocket opcodes that occur; see RFC 6455, section 5.2.
const (
	opText   = 0x1
	opBinary = 0x2
	opClose  = 0x8
	opPing   = 0x9
	opPong   = 0xA
)

// maskKey is every frame's masking key: unlike zero it makes the server unmask, and it
// need not be random where no browser is to be protected.
var maskKey = [4]byte{0x37, 0xfa, 0x21, 0x3d}

// appendFrame appends a whole message in one frame, masked as a client's must be.
func appendFrame(dst []byte, opcode byte, payload []byte) []byte {
	const fin, masked = 0x80, 0x80
	switch n := len(payload); {
	case n < 126:
		dst = append(dst, fin|opcode, masked|byte(n))
	case n < 1<<16:
		dst = append(dst, fin|opcode, masked|126)
		dst = binary.BigEndian.AppendUint16(dst, uint16(n))
	default:
		dst = append(dst, fin|opcode, masked|127)
		dst = binary.BigEndian.AppendUint64(dst, uint64(n))
	}
	dst = append(dst, maskKey[:]...)
	start := len(dst)
	dst = append(dst, payload...)
	mask(dst[start:])
	return dst
}

// mask masks a payload in place, eight bytes at a time.
func mask(b []byte) {
	word := uint64(binary.LittleEndian.Uint32(maskKey[:]))
	word |= word << 32
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^word)
		b = b[8:]
	}
	for i := range b {
		b[i] ^= maskKey[i&3]
	}
}

// A frame is one WebSocket message, or control frame, as a server sends it.
type frame struct {
	opcode  byte
	payload []byte
}

// cutFrame takes the first frame off b; found is false while b does not hold all of it.
// The payload aliases b.
func cutFrame(b []byte) (f frame, rest []byte, found bool, err error) {
	if len(b) < 2 {
		return frame{}, b, false, nil
	}
	switch {
	case b[0]&0x80 == 0 || b[0]&0x0f == 0:
		return frame{}, b, false, errors.New("the server sent a fragmented message, which the load does not read")
	case b[0]&0x70 != 0:
		return frame{}, b, false, fmt.Errorf("the server sent a frame with reserved bits, %#02x, that nobody negotiated", b[0])
	case b[1]&0x80 != 0:
		return frame{}, b, false, errors.New("the server sent a masked frame")
	}
	head, size := 2, uint64(b[1])
	switch {
	case size == 126 && len(b) < 4, size == 127 && len(b) < 10:
		return frame{}, b, false, nil
	case size == 126:
		head, size = 4, uint64(binary.BigEndian.Uint16(b[2:]))
	case size == 127:
		head, size = 10, binary.BigEndian.Uint64(b[2:])
	}
	if uint64(len(b)-head) < size {
		return frame{}, b, false, nil
	}
	end := head + int(size)
	return frame{b[0] & 0x0f, b[head:end]}, b[end:], true, nil
}
