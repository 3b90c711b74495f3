package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"
)

// The tests of this file follow the scenarios of the Socket.IO protocol's test
// suite, and add what Node does beyond them.

func TestConnect(t *testing.T) {
	s := serve(t, Options{}, nil)
	for _, test := range []struct{ sent, answer, auth string }{
		{"40", `40{"sid":"socket-…`, `42["auth",{}]`},
		{`40{"token":"123"}`, `40{"sid":"socket-…`, `42["auth",{"token":"123"}]`},
		{"40/custom,", `40/custom,{"sid":"socket-…`, `42/custom,["auth",{}]`},
		{`40/custom,{"token":"abc"}`, `40/custom,{"sid":"socket-…`, `42/custom,["auth",{"token":"abc"}]`},
	} {
		c := s.dial("EIO=4&transport=websocket")
		c.expect("0{…")
		c.send(test.sent)
		c.expect(test.answer, test.auth)
	}
	c := s.dial("EIO=4&transport=websocket")
	c.expect("0{…")
	c.send("40/random", "40")
	c.expect(`44/random,{"message":"Invalid namespace"}`, "40{…")
	s.host.awaitClosed(t, ServerNamespaceDisconnect, 1)
}

func TestDisconnect(t *testing.T) {
	s := serve(t, Options{}, nil)
	c := s.webSocketSession()
	c.send("40/custom")
	c.expect("40/custom,{…", "42/custom,[…")
	c.send("41/custom", `42["message","message to main namespace"]`)
	c.expect(`42["message-back","message to main namespace"]`)
	s.host.awaitClosed(t, ClientNamespaceDisconnect, 1)
	c.send("40/custom") // it may come back
	c.expect("40/custom,{…", "42/custom,[…")
	c.send("41/custom", `42/custom,["message"]`) // but not speak from outside
	c.expectClose()
	s.host.awaitClosed(t, ForcedServerClose, 1)
}

func TestMessages(t *testing.T) {
	s := serve(t, Options{}, nil)
	c := s.webSocketSession()
	c.send(`42["message",1,"2",{"3":[true]}]`)
	c.expect(`42["message-back",1,"2",{"3":[true]}]`)
	c.send(`42456["message-with-ack",1,"2",{"3":[false]}]`)
	c.expect(`43456[1,"2",{"3":[false]}]`)
	c.send(`452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`)
	c.sendBinary([]byte{1, 2, 3})
	c.sendBinary([]byte{4, 5, 6})
	c.expect(`452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "\x01\x02\x03", "\x04\x05\x06")
	c.send(`452-789["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`)
	c.sendBinary([]byte{1, 2, 3})
	c.sendBinary([]byte{4, 5, 6})
	c.expect(`462-789[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "\x01\x02\x03", "\x04\x05\x06")

	query := s.pollSession(true)
	s.do(http.MethodPost, query, `451-["message",{"_placeholder":true,"num":0}]`+"\x1ebAQID\x1e"+`42["message",18446744073709551616]`)
	s.expectPoll(query, `451-["message-back",{"_placeholder":true,"num":0}]`+"\x1ebAQID\x1e"+`42["message-back",18446744073709551616]`)
}

// Whatever does not suit the state of the namespace closes the client.
func TestProtocolViolations(t *testing.T) {
	s := serve(t, Options{}, nil)
	for _, sent := range []string{"4abc", "42{}", `42abc["message-with-ack",1]`, "40", "44", `42/custom,["message"]`,
		"41/custom", `43/custom,1[]`, "2", "451-[]", `450-["a"]`, "b", "7"} {
		c := s.webSocketSession()
		c.send(sent)
		c.expectClose()
	}
	for _, sent := range []string{`42["message"]`, "41", "431[]"} { // before the CONNECT
		c := s.dial("EIO=4&transport=websocket")
		c.expect("0{…")
		c.send(sent)
		c.expectClose()
	}
	c := s.webSocketSession()
	c.sendBinary([]byte{1})
	c.expectClose()
	c = s.webSocketSession()
	c.write(maskedFrame(wsText, []byte("4\xff")))
	if code := c.expectClose(); code != 1007 {
		t.Errorf("close code %d for bad UTF-8", code)
	}
	c = s.webSocketSession()
	c.write(maskedFrame(wsText, make([]byte, 1_000_001)))
	if code := c.expectClose(); code != 1009 {
		t.Errorf("close code %d for a message too big", code)
	}
}

func TestEventBeforeAcceptCloses(t *testing.T) {
	host := newTestHost()
	host.connect = func(Conn) {}
	s := serve(t, Options{}, host)
	c := s.dial("EIO=4&transport=websocket")
	c.expect("0{…")
	c.send("40", "40", `42["early"]`)
	c.expectClose()
	s.host.awaitClosed(t, ForcedServerClose, 1)
	if err := host.conn(t).Accept("late", ""); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestAcceptKeepsOrder(t *testing.T) {
	host := newTestHost()
	host.connect = func(c Conn) {
		_ = c.Send(event("first"), SendOptions{})
		_ = c.Send(event("dropped"), SendOptions{Volatile: true})
		go func() {
			_ = c.Send(event("second"), SendOptions{})
			_ = c.Accept(`s"1`, "p1")
			_ = c.Send(event("third"), SendOptions{})
			if c.Accept("again", "") == nil || c.Refuse("late", nil) == nil {
				panic("answered twice")
			}
		}()
	}
	s := serve(t, Options{}, host)
	c := s.dial("EIO=4&transport=websocket")
	c.expect("0{…")
	c.send("40")
	c.expect(`40{"sid":"s\"1","pid":"p1"}`, `42["first"]`, `42["second"]`, `42["third"]`)
}

func TestRefuse(t *testing.T) {
	host := newTestHost()
	host.connect = func(c Conn) { _ = c.Refuse("go away", json.RawMessage(`{"why":"no"}`)) }
	s := serve(t, Options{}, host)
	c := s.dial("EIO=4&transport=websocket")
	c.expect("0{…")
	for range 3 {
		c.send("40")
		c.expect(`44{"message":"go away","data":{"why":"no"}}`)
	}
	host.awaitClosed(t, ServerNamespaceDisconnect, 3)
	if err := host.conn(t).Send(event("x"), SendOptions{}); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestServerDisconnects(t *testing.T) {
	host := newTestHost()
	host.receive = func(c Conn, p Packet) {
		_ = c.Send(event("bye"), SendOptions{})
		_ = c.Close(p.Event == "all", ServerNamespaceDisconnect)
		_ = c.Close(true, ServerNamespaceDisconnect) // nothing any more
	}
	s := serve(t, Options{}, host)
	for range 20 {
		c := s.webSocketSession()
		c.send("40/custom")
		c.expect("40/custom,{…", "42/custom,[…")
		// What was on its way when the server closed does no harm.
		c.send(`42/custom,["one"]`, `42/custom,["on its way"]`, "41/custom,", `42["all"]`)
		c.expect(`42/custom,["bye"]`, "41/custom,", `42["bye"]`, "41")
		if code := c.expectClose(); code != 1005 {
			t.Error(code)
		}
	}
	host.awaitClosed(t, ServerNamespaceDisconnect, 40)

	query := s.pollSession(true)
	s.do(http.MethodPost, query, `42["all"]`)
	s.expectPoll(query, `42["bye"]`+"\x1e41")
	s.expectPoll(query, "1") // by itself: stock clients drop what comes with it
	if res := s.do(http.MethodGet, query, ""); res.status != 400 {
		t.Error(res)
	}
}

func TestConnectTimeout(t *testing.T) {
	s := serve(t, Options{ConnectTimeout: 30 * time.Millisecond}, nil)
	joined := s.webSocketSession()
	c := s.dial("EIO=4&transport=websocket")
	c.expect("0{…")
	c.expectClose()
	query := s.pollSession(false)
	s.expectPoll(query, "1")
	joined.send(`42["message"]`)
	joined.expect(`42["message-back"]`)
}

func TestHandshakePerNamespace(t *testing.T) {
	s := serve(t, Options{}, nil)
	c := s.dial("EIO=4&transport=websocket&room=a", "X-Token", "secret", "Cookie", "a=b")
	c.expect("0{…")
	c.send(`40/custom,{"k":1}`)
	c.expect("40/custom,{…", "42/custom,[…")
	h := s.host.conn(t).Handshake()
	if h.Namespace != "/custom" || string(h.Auth) != `{"k":1}` || h.Query.Get("room") != "a" || h.Header.Get("X-Token") != "secret" ||
		h.Protocol != 4 || h.Session == "" || h.RemoteAddr == "" || h.Secure || h.Time.IsZero() || h.Context == nil ||
		h.URL != "/socket.io/?EIO=4&transport=websocket&room=a" || h.Host != s.http.Listener.Addr().String() {
		t.Errorf("%+v", h)
	}
}

func TestFragmentsAndPings(t *testing.T) {
	s := serve(t, Options{}, nil)
	c := s.webSocketSession()
	c.write(bytes.Join([][]byte{
		maskedFrame(0x01, []byte(`42["mess`)), maskedFrame(0x89, []byte("hello")), maskedFrame(0x80, []byte(`age"]`)),
	}, nil))
	if op, b, err := c.read(); err != nil || op != 0x8A || string(b) != "hello" {
		t.Errorf("%x %q %v", op, b, err)
	}
	c.expect(`42["message-back"]`)
}

func TestPanicsEndNothing(t *testing.T) {
	host := newTestHost()
	host.connect = func(c Conn) {
		if string(c.Handshake().Auth) == `{"panic":true}` {
			panic("in OnConnect")
		}
		_ = c.Accept("s", "")
	}
	host.receive = func(c Conn, p Packet) {
		if p.Event == "panic" {
			panic("in OnPacket")
		}
		_ = c.Send(event("fine"), SendOptions{})
	}
	s := serve(t, Options{}, host)
	c := s.dial("EIO=4&transport=websocket")
	c.expect("0{…")
	c.send(`40{"panic":true}`)
	c.expect(`44{"message":"Internal server error"}`)
	c.send("40", `42["panic"]`)
	c.expect(`40{…`, "41")
	c.send("40", `42["ok"]`)
	c.expect(`40{…`, `42["fine"]`)
}
