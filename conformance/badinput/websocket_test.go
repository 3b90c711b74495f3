package badinput

import (
	"encoding/binary"
	"io"
	"net/http"
	"strings"
	"time"
)

// The opcodes of RFC 6455, section 5.2.
const (
	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xA
)

// The bits of a frame's first byte.
const (
	fin  = 0x80
	rsv1 = 0x40
	rsv2 = 0x20
	rsv3 = 0x10
)

// socket is a WebSocket without any of a client's scruples.
type socket struct {
	*wire
}

// webSocketHeaders are those of a proper handshake.
var webSocketHeaders = []string{
	"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
}

// handshake sends a WebSocket handshake and leaves the answer to be read.
func (s *script) handshake(name, query string, headers ...string) *wire {
	return s.dial(name).request("GET "+s.path(query), append(headers, webSocketHeaders...)...)
}

// switched opens a WebSocket, whatever its session.
func (s *script) switched(name, query string, headers ...string) *socket {
	w := s.handshake(name, query, headers...)
	switch status, body, err := w.response(); {
	case err != nil:
		w.failed(err)
	case status != http.StatusSwitchingProtocols:
		s.notef(name, "%d %s", status, body)
	}
	return &socket{w}
}

// opened opens a session over WebSocket.
func (s *script) opened(headers ...string) *socket {
	ws := s.switched("ws", "EIO=4&transport=websocket", headers...)
	ws.open()
	return ws
}

// open reads the OPEN packet, unless it is another.
func (ws *socket) open() (packet string) {
	op, payload, err := ws.frame()
	if err != nil || op != opText || !strings.HasPrefix(payload, "0{") {
		ws.s.notef(ws.name, "no OPEN: %q %v", payload, err)
	}
	return payload
}

// connected opens a session over WebSocket and joins the main namespace.
func (s *script) connected(headers ...string) *socket {
	ws := s.opened(headers...)
	ws.text("40")
	if op, payload, err := ws.frame(); err != nil || op != opText || !strings.HasPrefix(payload, "40{") {
		s.notef("ws", "no CONNECT: %q %v", payload, err)
	}
	return ws
}

// upgrading opens a WebSocket for a polling session.
func (p *polling) upgrading(name string) *socket {
	return p.s.switched(name, "EIO=4&transport=websocket&sid="+p.sid)
}

// upgrade takes a polling session over to a WebSocket.
func (p *polling) upgrade() *socket {
	ws := p.upgrading("ws")
	ws.text("2probe")
	if _, payload, err := ws.frame(); payload != "3probe" {
		p.s.notef("ws", "no pong: %q %v", payload, err)
	}
	ws.text("5")
	return ws
}

// frameOf builds a masked frame.
func frameOf(first byte, payload string) string {
	return announced(first, len(payload), payload)
}

// announced builds a masked frame that claims another length than it has.
func announced(first byte, length int, payload string) string {
	return frameHead(first, true, length) + mask(payload)
}

// frameHead builds a frame's head, in the shortest form of the length; the mask
// is included.
func frameHead(first byte, masked bool, length int) string {
	b := []byte{first, 0}
	switch {
	case length < 126:
		b[1] = byte(length)
	case length < 1<<16:
		b[1] = 126
		b = binary.BigEndian.AppendUint16(b, uint16(length))
	default:
		b[1] = 127
		b = binary.BigEndian.AppendUint64(b, uint64(length))
	}
	if masked {
		b[1] |= 0x80
		b = append(b, key...)
	}
	return string(b)
}

const key = "\x12\x34\x56\x78"

func mask(payload string) string {
	b := []byte(payload)
	for i := range b {
		b[i] ^= key[i%4]
	}
	return string(b)
}

// write sends raw bytes.
func (ws *socket) write(raw string) *socket {
	ws.wire.write(raw)
	return ws
}

// text sends text messages, a frame each.
func (ws *socket) text(messages ...string) *socket {
	for _, m := range messages {
		ws.write(frameOf(fin|opText, m))
	}
	return ws
}

// binary sends a binary message.
func (ws *socket) binary(message string) *socket {
	ws.write(frameOf(fin|opBinary, message))
	return ws
}

// frame reads one frame.
func (ws *socket) frame() (op byte, payload string, err error) {
	_ = ws.conn.SetReadDeadline(time.Now().Add(patience))
	var b [8]byte
	if _, err = io.ReadFull(ws.r, b[:2]); err != nil {
		return 0, "", err
	}
	op = b[0] & 0x0F
	length := uint64(b[1] & 0x7F)
	switch length {
	case 126:
		_, err = io.ReadFull(ws.r, b[:2])
		length = uint64(binary.BigEndian.Uint16(b[:2]))
	case 127:
		_, err = io.ReadFull(ws.r, b[:8])
		length = binary.BigEndian.Uint64(b[:8])
	}
	if err != nil {
		return 0, "", err
	}
	data := make([]byte, length)
	if _, err = io.ReadFull(ws.r, data); err != nil {
		return 0, "", err
	}
	return op, string(data), nil
}

// next notes the next frame; it answers a close with a close. It reports false at
// the end.
func (ws *socket) next() bool {
	op, payload, err := ws.frame()
	if err != nil {
		ws.failed(err)
		return false
	}
	ws.describe(op, payload)
	return true
}

// describe notes a frame.
func (ws *socket) describe(op byte, payload string) {
	switch op {
	case opText:
		ws.s.notef(ws.name, "%s", payload)
	case opBinary:
		ws.s.notef(ws.name, "binary %q", payload)
	case opPong:
		ws.s.notef(ws.name, "pong frame %q", payload)
	case opPing:
		ws.s.notef(ws.name, "ping frame %q", payload)
	case opClose:
		if len(payload) >= 2 {
			ws.s.notef(ws.name, "close %d", binary.BigEndian.Uint16([]byte(payload)))
		} else {
			ws.s.notef(ws.name, "close without a code")
		}
		ws.write(frameOf(fin|opClose, payload[:min(2, len(payload))]))
	default:
		ws.s.notef(ws.name, "frame of opcode %d", op)
	}
}

// tells notes the next frame, if one comes within a second.
func (ws *socket) tells() {
	_ = ws.conn.SetReadDeadline(time.Now().Add(time.Second))
	if _, err := ws.r.Peek(1); err != nil {
		ws.s.notef(ws.name, "silent")
		return
	}
	ws.shows(1)
}

// question has the server ask something, and returns the ack id it uses, which is
// the server's own business.
func (ws *socket) question() (id string) {
	ws.text(`42["question"]`)
	_, payload, err := ws.frame()
	if err != nil {
		ws.failed(err)
	}
	id, rest, _ := strings.Cut(strings.TrimPrefix(payload, "42"), "[")
	ws.s.notef(ws.name, "[%s", rest)
	return id
}

// shows notes n frames.
func (ws *socket) shows(n int) *socket {
	for range n {
		if !ws.next() {
			break
		}
	}
	return ws
}

// ends notes all frames up to the end of the connection.
func (ws *socket) ends() {
	for ws.next() {
	}
}

// lives notes whether the session still carries an event and its ack, and what
// came before the ack.
func (ws *socket) lives() {
	id := ws.s.nextAck()
	ws.text("42" + id + `["sink"]`)
	for {
		op, payload, err := ws.frame()
		if err != nil {
			ws.failed(err)
			return
		}
		switch payload {
		case "43" + id + `["sunk"]`:
			ws.s.notef("session", "lives")
			return
		case "2": // a heartbeat, where the machine is slow
			ws.text("3")
		default:
			ws.describe(op, payload)
		}
	}
}

// closing builds the payload of a close frame.
func closing(code int, reason string) string {
	return string([]byte{byte(code >> 8), byte(code)}) + reason
}
