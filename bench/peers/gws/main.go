// The yardstick: a bare lxzan/gws server that knows of Socket.IO as much as the load
// needs. It is what a message costs at the least in Go: one read, one decoded struct,
// one write.
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/lxzan/gws"

	"github.com/rookery-go/rookery/bench/peers/peer"
)

func main() {
	peer.Run("github.com/lxzan/gws", func(l net.Listener) error {
		return gws.NewServer(newServer(), &gws.ServerOption{}).RunListener(batching{l})
	})
}

const (
	pingInterval = 25 * time.Second
	pingTimeout  = 20 * time.Second
)

// open is Engine.IO's OPEN packet; the load does not care for its session's id.
var open = fmt.Sprintf(`0{"sid":"yardstick","upgrades":[],"pingInterval":%d,"pingTimeout":%d,"maxPayload":1000000}`,
	pingInterval.Milliseconds(), pingTimeout.Milliseconds())

// What the load sends and gets; see bench/README.md.
type (
	message struct {
		Seq    uint64 `json:"seq"`
		RoomID string `json:"roomId"`
		Text   string `json:"text"`
	}
	saved struct {
		Seq     uint64 `json:"seq"`
		Success bool   `json:"success"`
	}
	join struct {
		Room string `json:"room"`
	}
	publish struct {
		Room string `json:"room"`
		Seq  uint64 `json:"seq"`
		Text string `json:"text"`
	}
	news struct {
		Seq  uint64 `json:"seq"`
		Text string `json:"text"`
	}
)

// OnOpen implements gws.Event.
func (s *server) OnOpen(c *gws.Conn) {
	s.add(c)
	s.check(c.WriteString(open))
}

// OnClose implements gws.Event.
func (s *server) OnClose(c *gws.Conn, _ error) { s.remove(c) }

// OnPing implements gws.Event.
func (s *server) OnPing(c *gws.Conn, payload []byte) { s.check(c.WritePong(payload)) }

// OnPong implements gws.Event.
func (s *server) OnPong(*gws.Conn, []byte) {}

// OnMessage implements gws.Event.
func (s *server) OnMessage(c *gws.Conn, m *gws.Message) {
	defer m.Close()
	s.check(s.onPacket(c, m.Bytes()))
}

func (s *server) check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "gws:", err)
	}
}

// onPacket handles an Engine.IO packet.
func (s *server) onPacket(c *gws.Conn, p []byte) error {
	switch {
	case string(p) == "3":
		return nil
	case string(p) == "40":
		return c.WriteString(`40{"sid":"yardstick"}`)
	}
	e, err := parseEvent(p)
	if err != nil {
		return err
	}
	switch e.name {
	case "message":
		var in message
		if err := json.Unmarshal(e.arg, &in); err != nil {
			return err
		}
		return e.answer(c, saved{in.Seq, true})
	case "join":
		var in join
		if err := json.Unmarshal(e.arg, &in); err != nil {
			return err
		}
		s.join(c, in.Room)
		return e.answer(c, in)
	case "publish":
		var in publish
		if err := json.Unmarshal(e.arg, &in); err != nil {
			return err
		}
		return s.broadcast(in.Room, news{in.Seq, in.Text})
	}
	return fmt.Errorf("nobody handles %q", p)
}
