package main

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
)

// path is where every server serves Socket.IO, for a client that starts with WebSocket.
const path = "/socket.io/?EIO=4&transport=websocket"

// A client is a Socket.IO client in the main namespace.
type client struct {
	socket    *socket
	number    int
	connected bool
	scratch   []byte

	// receive gets each Socket.IO packet after the answer to CONNECT, without
	// Engine.IO's "4" before it. It aliases the loop's buffer.
	receive func(packet []byte) error
}

// dialClient begins to connect; the loop does the rest.
func (l *loop) dialClient(number int, server netip.AddrPort) (*client, error) {
	c := &client{number: number, receive: func(packet []byte) error {
		return fmt.Errorf("unexpected packet %q", packet)
	}}
	var err error
	c.socket, err = l.dial("client "+strconv.Itoa(number), server, path, c.onFrame)
	return c, err
}

// onFrame speaks Engine.IO and the beginning of Socket.IO.
func (c *client) onFrame(f frame) error {
	switch {
	case f.opcode == opClose:
		return fmt.Errorf("the server closed the WebSocket: %q", f.payload)
	case f.opcode == opPing:
		return c.socket.send(appendFrame(nil, opPong, f.payload))
	case f.opcode != opText || len(f.payload) == 0:
		return fmt.Errorf("unexpected WebSocket message, opcode %d: %.100q", f.opcode, f.payload)
	}
	switch packet := f.payload[1:]; f.payload[0] {
	case '0':
		return c.send([]byte("40"))
	case '2':
		return c.send([]byte("3"))
	case '4':
		if c.connected {
			return c.receive(packet)
		}
		if !bytes.HasPrefix(packet, []byte(`0{"sid":"`)) {
			return fmt.Errorf("CONNECT was answered with %q", packet)
		}
		c.connected = true
		return nil
	}
	return fmt.Errorf("unexpected Engine.IO packet %.100q", f.payload)
}

// send sends one Engine.IO packet.
func (c *client) send(packet []byte) error {
	c.scratch = appendFrame(c.scratch[:0], opText, packet)
	return c.socket.send(c.scratch)
}

// atATime is how many clients are connecting at the same time: enough to keep a server
// busy, and few enough for the backlog of its listener.
const atATime = 64

// connect connects n clients.
func (l *loop) connect(n int, server netip.AddrPort) ([]*client, error) {
	clients := make([]*client, 0, n)
	done := 0
	for done < n {
		for len(clients) < min(n, done+atATime) {
			c, err := l.dialClient(len(clients), server)
			if err != nil {
				return nil, err
			}
			clients = append(clients, c)
		}
		if err := l.wait(func() bool {
			before := done
			for done < len(clients) && clients[done].connected {
				done++
			}
			return done > before
		}, func() string {
			return fmt.Sprintf("only %d of %d clients are connected", done, n)
		}); err != nil {
			return nil, err
		}
	}
	return clients, nil
}

// request sends the same event from every client and awaits all acks, which must
// carry these arguments.
func (l *loop) request(clients []*client, event, args, answer string) error {
	left := len(clients)
	for _, c := range clients {
		c.receive = func(packet []byte) error {
			if string(packet) != "31["+answer+"]" {
				return fmt.Errorf("%s was answered with %q instead of 31[%s]", event, packet, answer)
			}
			left--
			c.receive = func(packet []byte) error {
				return fmt.Errorf("unexpected packet after the ack of %s: %q", event, packet)
			}
			return nil
		}
		if err := c.send(fmt.Appendf(nil, "421[%q,%s]", event, args)); err != nil {
			return err
		}
	}
	return l.wait(func() bool { return left == 0 }, func() string {
		return fmt.Sprintf("%d of %d acks of %s have not come", left, len(clients), event)
	})
}
