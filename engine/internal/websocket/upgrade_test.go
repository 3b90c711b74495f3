package websocket

import (
	"bufio"
	"bytes"
	"net/http"
	"testing"
)

func TestResponseHeaders(t *testing.T) {
	h := http.Header{}
	h.Add("Set-Cookie", "io=1; Path=/")
	h.Add("Set-Cookie", "lb=2")
	h.Add("X-Split", "a\r\nSet-Cookie: evil=1")
	res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(response("key", h, true))), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := res.Header.Values("Set-Cookie"); len(got) != 2 || got[0] != "io=1; Path=/" || got[1] != "lb=2" {
		t.Errorf("cookies %q", got)
	}
	if got := res.Header.Get("Sec-WebSocket-Extensions"); got != "permessage-deflate; server_no_context_takeover; client_no_context_takeover" {
		t.Errorf("extensions %q", got)
	}
}
