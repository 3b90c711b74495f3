package pipe_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/rookery-go/rookery/gateway"
	"github.com/rookery-go/rookery/pipe"
)

type CreateMessage struct {
	Text   string `json:"text" validate:"required,max=2000"`
	RoomID string `json:"roomId" validate:"required"`
}

func create(context.Context, *gateway.Client, CreateMessage) (bool, error) { return true, nil }

// Every payload of the server is validated; this handler's is trimmed before.
func ExampleValidate() {
	srv := gateway.New()
	srv.Mount("/chat", routes(func(r *gateway.Router) {
		gateway.Handle(r, "message", create,
			gateway.UsePipes(pipe.Trim(), pipe.Validate(pipe.ForbidUnknown())))
	}))
	fmt.Println(len(srv.Routes()[0].Pipes))
	// Output: 2
}

// A handler that takes a number gets one from clients that send it as text.
func ExampleParseInt() {
	double := func(_ context.Context, _ *gateway.Client, n int) (int, error) { return 2 * n, nil }
	srv := gateway.New()
	srv.Mount("/", routes(func(r *gateway.Router) {
		gateway.Handle(r, "double", double, gateway.UsePipes(pipe.ParseInt()))
	}))
}

// One property of a payload is completed, another parsed.
func ExampleField() {
	type page struct {
		After int `json:"after"`
		Limit int `json:"limit"`
	}
	list := func(_ context.Context, _ *gateway.Client, p page) ([]string, error) { return nil, nil }
	srv := gateway.New()
	srv.Mount("/", routes(func(r *gateway.Router) {
		gateway.Handle(r, "list", list, gateway.UsePipes(
			pipe.Field("after", pipe.ParseInt(pipe.Optional())),
			pipe.Field("limit", pipe.Default(20)),
		))
	}))
}

// A pipe of one's own changes the decoded payload.
func ExampleAfter() {
	lower := pipe.After(func(_ context.Context, _ *gateway.Exec, in *CreateMessage) error {
		in.RoomID = strings.ToLower(in.RoomID)
		return nil
	})
	srv := gateway.New()
	srv.Mount("/chat", routes(func(r *gateway.Router) {
		gateway.Handle(r, "message", create, gateway.UsePipes(lower))
	}))
}
