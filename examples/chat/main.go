// Command chat is a chat in the browser: the gateway in chat.go, a page in web/ and the
// stock Socket.IO client between them.
//
// It listens on PORT, 3000 by default, and stops on SIGINT or SIGTERM.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/rookery-go/rookery/gateway"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	if err := run(ctx, cmp.Or(os.Getenv("PORT"), "3000")); err != nil {
		fmt.Fprintln(os.Stderr, "chat:", err)
		os.Exit(1)
	}
}

// run serves the chat until ctx ends.
func run(ctx context.Context, port string) error {
	client, err := findClient()
	if err != nil {
		return err
	}
	sockets := gateway.New()
	sockets.Mount("/chat", NewChat(NewMessages()))

	mux := http.NewServeMux()
	mux.Handle("/socket.io/", sockets)
	mux.Handle("/", page(client))

	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		return fmt.Errorf("%w; set PORT to another port, or to 0 for any", err)
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Printf("Chat on http://localhost:%d\n", listener.Addr().(*net.TCPAddr).Port)

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	fmt.Println("Stopping")
	deadline, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return errors.Join(sockets.Shutdown(deadline), server.Shutdown(deadline))
}
