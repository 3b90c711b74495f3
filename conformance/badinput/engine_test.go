package badinput

import (
	"encoding/json"
	"fmt"
	"regexp"
	"sync/atomic"

	"github.com/rookery-go/rookery/engine"
)

// onEngine runs the application of server.cjs on the engine alone.
func onEngine(r *rookery) application {
	if err := r.engine.Start(r); err != nil {
		panic(err) // the settings are at fault
	}
	return r.engine
}

// dynamic are the namespaces besides "/" and "/b".
var dynamic = regexp.MustCompile(`^/dyn-\d+$`)

var sockets atomic.Int64

// OnConnect lets everybody in who names a namespace that exists.
func (r *rookery) OnConnect(c engine.Conn) engine.Receiver {
	h := c.Handshake()
	client := &client{r, c, h.Namespace, h.Query.Get("label"), false, map[uint64]bool{}, 0}
	if ns := client.namespace; ns != "/" && ns != "/b" && !dynamic.MatchString(ns) {
		_ = c.Refuse("Invalid namespace", nil) // it may be gone
		return client
	}
	client.joined = true
	r.clients.Store(client, nil)
	_ = c.Accept(fmt.Sprint("socket-", sockets.Add(1)), "") // it may be gone
	return client
}

// client is the application of server.cjs.
type client struct {
	server    *rookery
	conn      engine.Conn
	namespace string
	label     string
	joined    bool
	asked     map[uint64]bool
	asks      uint64
}

func (c *client) OnPacket(p engine.Packet) {
	if p.Type == engine.Ack {
		if p.HasID && c.asked[p.ID] {
			delete(c.asked, p.ID)
			c.emit(engine.Packet{Event: "answered", Args: p.Args, Attachments: p.Attachments})
		}
		return
	}
	switch p.Event {
	case "sink":
		if p.HasID {
			c.emit(engine.Packet{Type: engine.Ack, HasID: true, ID: p.ID, Args: engine.Args{Raw: []byte(`"sunk"`), N: 1}})
		}
	case "question":
		c.asked[c.asks] = true
		c.emit(engine.Packet{Event: "question", HasID: true, ID: c.asks})
		c.asks++
	case "kick":
		_ = c.conn.Close(true, engine.ServerNamespaceDisconnect) // it may be gone
	default:
		echo := engine.Packet{Event: "echo", Args: prepend(p.Event, p.Args), Attachments: p.Attachments}
		if p.HasID {
			echo.Type, echo.HasID, echo.ID = engine.Ack, true, p.ID
		}
		c.emit(echo)
	}
}

// emit sends an event, or the ack that p is.
func (c *client) emit(p engine.Packet) {
	if p.Type != engine.Ack {
		p.Type = engine.Event
	}
	p.Namespace = c.namespace
	_ = c.conn.Send(p, engine.SendOptions{}) // it may be gone
}

func (c *client) OnClose(why engine.Reason) {
	if !c.joined {
		return
	}
	c.server.clients.Delete(c)
	c.server.closed(c.label, why)
}

// prepend puts the name of an event in front of its arguments.
func prepend(name string, args engine.Args) engine.Args {
	raw, err := json.Marshal(name)
	if err != nil {
		panic(err) // of a string
	}
	if args.N > 0 {
		raw = append(append(raw, ','), args.Raw...)
	}
	return engine.Args{Raw: raw, N: args.N + 1}
}
