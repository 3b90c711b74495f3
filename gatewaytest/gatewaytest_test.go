package gatewaytest_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"go.uber.org/goleak"

	"github.com/rookery-go/rookery/gateway"
	"github.com/rookery-go/rookery/gatewaytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// chat is what is tested here: a gateway as an application has it.
type chat struct{}

type message struct {
	Room string `json:"room"`
	Text string `json:"text"`
}

func (chat) Register(r *gateway.Router) {
	r.Use(gateway.UseGuards(closedShop{}))
	gateway.Handle(r, "join", func(_ context.Context, c *gateway.Client, room string) (bool, error) {
		c.Join(room)
		return true, nil
	})
	gateway.Handle(r, "message", chat{}.message)
}

func (chat) message(_ context.Context, c *gateway.Client, m message) (bool, error) {
	if m.Text == "" {
		return false, gateway.Errorf("text should not be empty")
	}
	return true, c.Namespace().To(m.Room).Emit("message", m)
}

// closedShop is a guard that lets nobody in.
type closedShop struct{}

func (closedShop) Check(context.Context, *gateway.Exec) error { return gateway.ErrForbidden }

// A whole server is tested through its clients, with a guard overridden.
func TestServer(t *testing.T) {
	engine := gatewaytest.NewEngine()
	server := gateway.New(gateway.WithEngine(engine), gatewaytest.Override[closedShop](gatewaytest.Allow))
	server.Mount("/chat", chat{})
	defer server.Shutdown(context.Background())

	ann, bob := engine.Connect(t, "/chat"), engine.Connect(t, "/chat")
	ann.Call("join", "lobby")
	bob.Call("join", "lobby")
	ann.Call("message", message{"lobby", "hi"})
	var got message
	if err := bob.Expect("message").Decode(&got); err != nil || got.Text != "hi" {
		t.Errorf("bob got %+v, %v", got, err)
	}
	ann.Emit("message", message{Room: "lobby"})
	ann.Expect("exception")
	bob.ExpectNone("message")
}

func TestWithoutTheOverride(t *testing.T) {
	engine := gatewaytest.NewEngine()
	server := gateway.New(gateway.WithEngine(engine))
	server.Mount("/chat", chat{})
	defer server.Shutdown(context.Background())
	_, err := engine.TryConnect(t, "/chat")
	var refused *gatewaytest.ConnectError
	if !errors.As(err, &refused) || refused.Message != "Forbidden resource" {
		t.Errorf("err = %v", err)
	}
}

func TestOverrideByAnotherKind(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a filter took the place of a guard")
		}
	}()
	filter := gateway.FilterFunc(func(_ context.Context, _ *gateway.Exec, err error) error { return err })
	gateway.New(gateway.WithEngine(gatewaytest.NewEngine()), gatewaytest.Override[closedShop](filter)).Mount("/", chat{})
}

// A handler is tested by calling it.
func TestHandler(t *testing.T) {
	client, far := gatewaytest.NewClient(t, gatewaytest.Namespace("/chat"), gatewaytest.Query("a", "b"))
	client.Join("lobby")
	if _, err := (chat{}).message(t.Context(), client, message{Room: "lobby"}); err == nil {
		t.Error("a message without text was sent")
	}
	ok, err := chat{}.message(t.Context(), client, message{"lobby", "hi"})
	if !ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
	far.Expect("message")
	if client.Namespace().Name() != "/chat" || client.Handshake().Query.Get("a") != "b" {
		t.Errorf("namespace %s, query %v", client.Namespace().Name(), client.Handshake().Query)
	}
}

// A real client talks to a real server over either transport.
func TestDial(t *testing.T) {
	server := gateway.New(gatewaytest.Override[closedShop](gatewaytest.Allow))
	server.Mount("/chat", chat{})
	server.Mount("/files", files{})
	web := httptest.NewServer(server)
	t.Cleanup(func() {
		if err := server.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		web.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	address := web.URL + "/socket.io/"
	for _, transport := range []string{"websocket", "polling"} {
		t.Run(transport, func(t *testing.T) {
			over := gatewaytest.Transport(transport)
			ann, bob := gatewaytest.Dial(t, address, "/chat", over), gatewaytest.Dial(t, address, "/chat", over)
			ann.Call("join", "lobby")
			bob.Call("join", "lobby")
			ann.Call("message", message{"lobby", "hi"})
			var got message
			if err := bob.Expect("message").Decode(&got); err != nil || got.Text != "hi" {
				t.Errorf("bob got %+v, %v", got, err)
			}
			ann.Disconnect()
			var refused *gatewaytest.ConnectError
			if _, err := gatewaytest.TryDial(t, address, "/nowhere", over); !errors.As(err, &refused) || refused.Message != "Invalid namespace" {
				t.Errorf("err = %v", err)
			}
			f := gatewaytest.Dial(t, address, "/files", over, gatewaytest.Auth(map[string]string{"key": "k"}))
			f.Answer("more?", func(gateway.Payload) []any { return []any{[]byte("more")} })
			var all []byte
			if err := f.Call("upload", []byte("some and ")).Decode(&all); err != nil || string(all) != "some and more" {
				t.Errorf("uploaded %q, %v", all, err)
			}
			f.Emit("leave")
			if why := f.ExpectDisconnect(); why != "io server disconnect" {
				t.Errorf("reason %q", why)
			}
		})
	}
}

// files is a gateway that asks back, in binary.
type files struct{}

func (files) Register(r *gateway.Router) {
	more := gateway.NewCall[struct{}, []byte]("more?")
	gateway.Handle(r, "upload", func(ctx context.Context, c *gateway.Client, b []byte) ([]byte, error) {
		rest, err := more.Do(ctx, c, struct{}{})
		return append(b, rest...), err
	})
	gateway.Listen(r, "leave", func(_ context.Context, c *gateway.Client, _ struct{}) error {
		c.Disconnect(false)
		return nil
	})
}
