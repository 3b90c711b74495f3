package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rookery-go/rookery/gateway"
	"github.com/rookery-go/rookery/gatewaytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open mounts a chat for clients in memory.
func open(t *testing.T) (*Chat, *gateway.Namespace, *gatewaytest.Engine) {
	t.Helper()
	engine := gatewaytest.NewEngine()
	server := gateway.New(gateway.WithEngine(engine))
	chat := NewChat(NewMessages())
	ns := server.Mount("/chat", chat)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	return chat, ns, engine
}

func named(name string) gatewaytest.Option { return gatewaytest.Auth(Introduction{Name: name}) }

func decode[T any](t *testing.T, p gateway.Payload) T {
	t.Helper()
	var v T
	if err := p.Decode(&v); err != nil {
		t.Fatalf("decode %s: %v", p.JSON(), err)
	}
	return v
}

// Handlers are methods, so a test calls them.

func TestJoinRoom(t *testing.T) {
	chat, ns, engine := open(t)
	ada := engine.Connect(t, "/chat", named("Ada"))

	done, err := chat.joinRoom(t.Context(), ns.Client(ada.ID()), JoinRoom{"lobby"})
	if want := (Done{true, "lobby"}); err != nil || done != want {
		t.Errorf("joinRoom = %+v, %v; want %+v", done, err, want)
	}
	if got := ada.Expect("history").JSON(); string(got) != `{"roomId":"lobby","messages":[]}` {
		t.Errorf("history = %s", got)
	}
	want := Online{"lobby", []User{{ada.ID(), "Ada"}}}
	if got := decode[Online](t, ada.Expect("online")); !reflect.DeepEqual(got, want) {
		t.Errorf("online = %+v, want %+v", got, want)
	}
}

func TestMessageReachesEverybodyInTheRoom(t *testing.T) {
	chat, ns, engine := open(t)
	ada, grace, linus := engine.Connect(t, "/chat", named("Ada")), engine.Connect(t, "/chat"), engine.Connect(t, "/chat")
	for _, c := range []*gatewaytest.Client{ada, grace} {
		c.Call("joinRoom", JoinRoom{"lobby"})
	}
	linus.Call("joinRoom", JoinRoom{"kitchen"})

	before := time.Now().UnixMilli()
	saved, err := chat.message(t.Context(), ns.Client(ada.ID()), CreateMessage{Text: "Hello", RoomID: "lobby", ReplyToID: "x"})
	if err != nil || !saved.Success || saved.MessageID == "" {
		t.Fatalf("message = %+v, %v", saved, err)
	}
	for _, c := range []*gatewaytest.Client{ada, grace} {
		got := decode[Message](t, c.Expect("message"))
		if got.Timestamp < before || got.Timestamp > time.Now().UnixMilli() {
			t.Errorf("timestamp %d is not that of now", got.Timestamp)
		}
		got.Timestamp = 0
		want := Message{ID: saved.MessageID, UserID: ada.ID(), Name: "Ada", Text: "Hello", RoomID: "lobby", ReplyToID: "x"}
		if got != want {
			t.Errorf("message = %+v, want %+v", got, want)
		}
	}
	linus.ExpectNone("message")
}

func TestOnlyMembersPostAndType(t *testing.T) {
	chat, ns, engine := open(t)
	outside := ns.Client(engine.Connect(t, "/chat").ID())
	_, posting := chat.message(t.Context(), outside, CreateMessage{Text: "Hello", RoomID: "lobby"})
	// A client's own room, which Socket.IO puts it into, is no room of the chat.
	_, intruding := chat.message(t.Context(), outside, CreateMessage{Text: "Hello", RoomID: outside.ID()})
	typing := chat.typing(t.Context(), outside, StartTyping{"lobby"})
	for name, err := range map[string]error{"posting": posting, "intruding": intruding, "typing": typing} {
		var refusal *gateway.Error
		if !errors.As(err, &refusal) || refusal.Code != "not_in_room" {
			t.Errorf("%s: error %v, want one of code not_in_room", name, err)
		}
	}
	if kept := chat.messages.Recent("lobby"); len(kept) > 0 {
		t.Errorf("%d messages were kept", len(kept))
	}
}

func TestTypingReachesTheOthers(t *testing.T) {
	_, _, engine := open(t)
	ada, grace := engine.Connect(t, "/chat"), engine.Connect(t, "/chat")
	ada.Call("joinRoom", JoinRoom{"lobby"})
	grace.Call("joinRoom", JoinRoom{"lobby"})

	ada.Emit("typing", StartTyping{"lobby"})
	if got, want := decode[Typing](t, grace.Expect("typing")), (Typing{ada.ID(), "lobby"}); got != want {
		t.Errorf("typing = %+v, want %+v", got, want)
	}
	ada.ExpectNone("typing")
}

func TestRoomsHearWhoComesAndGoes(t *testing.T) {
	_, _, engine := open(t)
	watcher := engine.Connect(t, "/chat", named("Watcher"))
	watcher.Call("joinRoom", JoinRoom{"lobby"})
	names := func() string {
		var all []string
		for _, u := range decode[Online](t, watcher.Expect("online")).Users {
			all = append(all, u.Name)
		}
		return strings.Join(all, " ")
	}
	heard := []string{names()}

	ada, grace := engine.Connect(t, "/chat", named("Ada")), engine.Connect(t, "/chat", named("grace"))
	ada.Call("joinRoom", JoinRoom{"lobby"})
	heard = append(heard, names())
	grace.Call("joinRoom", JoinRoom{"lobby"})
	heard = append(heard, names())
	ada.Call("leaveRoom", LeaveRoom{"lobby"})
	heard = append(heard, names())
	grace.Drop()
	heard = append(heard, names())

	want := []string{"Watcher", "Ada Watcher", "Ada grace Watcher", "grace Watcher", "Watcher"}
	if !reflect.DeepEqual(heard, want) {
		t.Errorf("heard %q, want %q", heard, want)
	}
}

func TestWhoComesLaterGetsTheHistory(t *testing.T) {
	_, _, engine := open(t)
	ada := engine.Connect(t, "/chat", named("Ada"))
	ada.Call("joinRoom", JoinRoom{"lobby"})
	saved := decode[Saved](t, ada.Call("message", CreateMessage{Text: "First", RoomID: "lobby"}))

	late := engine.Connect(t, "/chat")
	late.Call("joinRoom", JoinRoom{"lobby"})
	got := decode[History](t, late.Expect("history"))
	if len(got.Messages) != 1 || got.Messages[0].ID != saved.MessageID || got.Messages[0].Text != "First" {
		t.Errorf("history = %+v, want the message %s", got, saved.MessageID)
	}
}

func TestWrongPayloads(t *testing.T) {
	_, _, engine := open(t)
	c := engine.Connect(t, "/chat")
	c.Call("joinRoom", JoinRoom{"lobby"})
	for _, test := range []struct{ event, payload, code, message string }{
		{"message", `{"roomId":"lobby"}`, "invalid", "text should not be empty"},
		{"message", `{"text":" \n","roomId":"lobby"}`, "invalid", "text should not be empty"},
		{"message", `{"text":"x"}`, "invalid", "roomId should not be empty"},
		{"message", `{}`, "invalid", "roomId should not be empty, text should not be empty"},
		{"message", `{"text":"` + strings.Repeat("é", 2001) + `","roomId":"lobby"}`, "invalid", "text must be shorter than or equal to 2000 characters"},
		{"message", `{"text":"x","roomId":"lobby","extra":1}`, "invalid", "property extra should not exist"},
		{"message", `{"text":5,"roomId":"lobby"}`, "bad_payload", "text must be a string, not number"},
		{"joinRoom", `{"roomId":"` + strings.Repeat("r", 65) + `"}`, "invalid", "roomId must be shorter than or equal to 64 characters"},
		{"joinRoom", `{}`, "invalid", "roomId should not be empty"},
		{"leaveRoom", `{}`, "invalid", "roomId should not be empty"},
		{"typing", `{}`, "invalid", "roomId should not be empty"},
	} {
		ack := c.Call(test.event, json.RawMessage(test.payload)).JSON()
		if exception := c.Expect("exception").JSON(); string(exception) != string(ack) {
			t.Errorf("%s %.60s: the exception %s is not the ack %s", test.event, test.payload, exception, ack)
		}
		var got struct{ Status, Code, Message string }
		if err := json.Unmarshal(ack, &got); err != nil {
			t.Fatal(err)
		}
		if got.Status != "error" || got.Code != test.code || got.Message != test.message {
			t.Errorf("%s %.60s: %+v, want code %s, message %q", test.event, test.payload, got, test.code, test.message)
		}
	}
	longest := CreateMessage{Text: strings.Repeat("é", 2000), RoomID: "lobby"}
	if got := decode[Saved](t, c.Call("message", longest)); !got.Success {
		t.Errorf("a message of 2000 characters: %+v", got)
	}
}

func TestNames(t *testing.T) {
	_, ns, engine := open(t)
	for _, test := range []struct{ auth, want string }{
		{`{"name":"Ada"}`, "Ada"},
		{`{"name":"  Ada \n Lovelace "}`, "Ada Lovelace"},
		{`{"name":"` + strings.Repeat("é", 40) + `","token":"x"}`, strings.Repeat("é", 40)},
	} {
		c := engine.Connect(t, "/chat", gatewaytest.Auth(json.RawMessage(test.auth)))
		if got, _ := nameOf.Get(ns.Client(c.ID())); got != test.want {
			t.Errorf("with auth %s the name is %q, want %q", test.auth, got, test.want)
		}
	}
	guest := engine.Connect(t, "/chat")
	if got, _ := nameOf.Get(ns.Client(guest.ID())); got != "Guest "+guest.ID()[:4] {
		t.Errorf("a client without auth is called %q", got)
	}
	for auth, want := range map[string]string{
		`{"name":"` + strings.Repeat("x", 41) + `"}`: "name must be shorter than or equal to 40 characters",
		`{"name":1}`: "name must be a string",
	} {
		if _, err := engine.TryConnect(t, "/chat", gatewaytest.Auth(json.RawMessage(auth))); err == nil || err.Error() != want {
			t.Errorf("connect with auth %s: %v, want %q", auth, err, want)
		}
	}
}

func TestRoomsOfOneClientAreLimited(t *testing.T) {
	chat, ns, engine := open(t)
	c := ns.Client(engine.Connect(t, "/chat").ID())
	for i := range maxRooms {
		if _, err := chat.joinRoom(t.Context(), c, JoinRoom{fmt.Sprint("room ", i)}); err != nil {
			t.Fatalf("room %d: %v", i+1, err)
		}
	}
	if _, err := chat.joinRoom(t.Context(), c, JoinRoom{"room 0"}); err != nil {
		t.Errorf("joining a room again: %v", err)
	}
	var refusal *gateway.Error
	if _, err := chat.joinRoom(t.Context(), c, JoinRoom{"one more"}); !errors.As(err, &refusal) || refusal.Code != "too_many_rooms" {
		t.Errorf("one room more: %v, want an error of code too_many_rooms", err)
	}
}
