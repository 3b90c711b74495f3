// Rookery as it comes, with all defaults and nothing on its chain.
package main

import (
	"context"
	"net"
	"net/http"

	"github.com/rookery-go/rookery/bench/peers/peer"
	"github.com/rookery-go/rookery/gateway"
)

func main() {
	peer.Run("github.com/rookery-go/rookery", func(l net.Listener) error {
		srv := gateway.New()
		srv.Mount("/", bench{})
		mux := http.NewServeMux()
		mux.Handle("/socket.io/", srv)
		return http.Serve(l, mux)
	})
}

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

var published = gateway.NewEvent[news]("news")

// bench is the gateway that the load talks to.
type bench struct{}

// Register implements gateway.Gateway.
func (b bench) Register(r *gateway.Router) {
	gateway.Handle(r, "message", b.message)
	gateway.Handle(r, "join", b.join)
	gateway.Listen(r, "publish", b.publish)
}

func (bench) message(_ context.Context, _ *gateway.Client, in message) (saved, error) {
	return saved{in.Seq, true}, nil
}

func (bench) join(_ context.Context, c *gateway.Client, in join) (join, error) {
	c.Join(in.Room)
	return in, nil
}

func (bench) publish(_ context.Context, c *gateway.Client, in publish) error {
	return published.Emit(c.Namespace().To(in.Room), news{in.Seq, in.Text})
}
