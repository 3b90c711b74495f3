package badinput

import (
	"context"

	"github.com/rookery-go/rookery/engine"
	"github.com/rookery-go/rookery/gateway"
)

// onGateway runs the application of server.cjs on a gateway.
func onGateway(r *rookery) application {
	s := gateway.New(gateway.WithEngine(r.engine), gateway.WithLogger(r.logger()))
	g := &everything{r}
	s.Mount("/", g)
	s.Mount("/b", g)
	s.MountPattern("/dyn-{n}", g)
	return s
}

// everything is a gateway that takes any event.
type everything struct{ server *rookery }

func (g *everything) Register(r *gateway.Router) { gateway.Fallback(r, g.event) }

func (g *everything) OnDisconnect(_ context.Context, c *gateway.Client, why gateway.Reason) {
	g.server.closed(c.Handshake().Query.Get("label"), why)
}

func (g *everything) event(ctx context.Context, c *gateway.Client, event string, p gateway.Payload) (any, error) {
	switch event {
	case "sink":
		return "sunk", nil
	case "question":
		answer, err := c.EmitAck(ctx, "question")
		if err != nil {
			return nil, err
		}
		return nil, c.Emit("answered", answer)
	case "kick":
		c.Disconnect(true)
		return nil, nil
	default:
		echo := gateway.PayloadOf(engine.Packet{Args: prepend(event, p.Args()), Attachments: p.Attachments()})
		if gateway.ExecFrom(ctx).WantsAck() {
			return echo, nil
		}
		return nil, c.Emit("echo", echo)
	}
}
