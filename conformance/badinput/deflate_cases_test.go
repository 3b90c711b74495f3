package badinput

import (
	"bytes"
	"compress/flate"
	"strings"
)

const deflateOffer = "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; server_no_context_takeover"

// deflated compresses a message as RFC 7692 has it.
func deflated(text string) string {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		panic(err) // the level is a good one
	}
	_, _ = w.Write([]byte(text)) // to memory
	_ = w.Flush()
	return strings.TrimSuffix(b.String(), "\x00\x00\xff\xff")
}

// compresses sends raw frames over a WebSocket that agreed on compression, and
// looks how it ends.
func compresses(frames ...string) func(*script) {
	return func(s *script) {
		ws := s.connected(deflateOffer)
		for _, f := range frames {
			ws.write(f)
		}
		ws.ends()
		s.reason()
	}
}

// deflateCases break RFC 7692.
var deflateCases = []badCase{
	{name: "a compressed message, as it should be", server: "deflate", script: func(s *script) {
		ws := s.connected(deflateOffer)
		ws.write(frameOf(fin|rsv1|opText, deflated(`42["echo","packed"]`)))
		ws.lives()
	}, want: `
		ws: 42["echo","echo","packed"]
		session: lives`},
	{name: "a deflate bomb", server: "deflate", script: compresses(frameOf(fin|rsv1|opText, deflated(`42["sink","`+strings.Repeat("x", 50_000_000)+`"]`))), want: tooLarge},
	{name: "a deflate bomb in fragments", server: "deflate", script: func(s *script) {
		bomb := deflated(strings.Repeat("x", 20_000_000))
		half := len(bomb) / 2
		compresses(frameOf(rsv1|opBinary, bomb[:half]), frameOf(fin|opContinuation, bomb[half:]))(s)
	}, want: tooLarge},
	{name: "a message a little above the limit once inflated", server: "deflate", script: compresses(frameOf(fin|rsv1|opText, deflated(strings.Repeat("6", 1_000_001)))), want: tooLarge},
	{name: "compressed garbage", server: "deflate", script: compresses(frameOf(fin|rsv1|opText, "\xff\xff\xff\xff")), want: notUTF8},
	{name: "a compressed message cut off", server: "deflate", script: compresses(frameOf(fin|rsv1|opText, deflated(`42["echo","` + strings.Repeat("abc", 100) + `"]`)[:8])), want: forcedClose, rookery: notUTF8, why: "it is no valid compressed message, whatever it inflates to"},
	{name: "a compressed message that is not UTF-8", server: "deflate", script: compresses(frameOf(fin|rsv1|opText, deflated("42[\"sink\",\"\xff\"]"))), want: notUTF8},
	{name: "a compressed ping", server: "deflate", script: compresses(frameOf(fin|rsv1|opPing, "x")), want: protocolError},
	{name: "RSV1 on a continuation", server: "deflate", script: compresses(frameOf(rsv1|opText, deflated("6")), frameOf(fin|rsv1|opContinuation, "")), want: protocolError},
	{name: "RSV1 where compression was not agreed", server: "deflate", script: breaks(frameOf(fin|rsv1|opText, deflated("6"))), want: protocolError},
	{name: "an empty compressed message", server: "deflate", script: compresses(frameOf(fin|rsv1|opText, "")), want: parseError, rookery: notUTF8, why: "it is no valid compressed message, whatever it inflates to"},
}
