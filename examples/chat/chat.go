package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/rookery-go/rookery/gateway"
)

// maxRooms is how many rooms one client may be in.
const maxRooms = 20

// What the chat tells its clients.
var (
	posted  = gateway.NewEvent[Message]("message")
	history = gateway.NewEvent[History]("history")
	online  = gateway.NewEvent[Online]("online")
	typing  = gateway.NewEvent[Typing]("typing")
)

// nameOf is the name that a client goes by. It is shared, so that FetchSockets tells the
// names of all who are in a room.
var nameOf = gateway.NewSharedKey[string]("name")

// Chat is the gateway: rooms that anybody may join, and talk in them.
type Chat struct {
	messages *Messages

	announcing sync.Mutex // an older list of who is online must not overtake a newer one
}

// NewChat returns a chat that keeps what is said in messages.
func NewChat(messages *Messages) *Chat { return &Chat{messages: messages} }

// Register implements gateway.Gateway.
func (g *Chat) Register(r *gateway.Router) {
	r.Use(gateway.UsePipes(validate{}))
	gateway.Handle(r, "joinRoom", g.joinRoom)
	gateway.Handle(r, "leaveRoom", g.leaveRoom)
	gateway.Handle(r, "message", g.message)
	gateway.Listen(r, "typing", g.typing)
}

// OnConnect gives the client its name, before its first event is handled.
func (g *Chat) OnConnect(_ context.Context, c *gateway.Client) error {
	var auth Introduction
	if raw := c.Handshake().Auth; raw != nil {
		if err := json.Unmarshal(raw, &auth); err != nil {
			return gateway.Errorf("name must be a string")
		}
	}
	if err := auth.Validate(); err != nil {
		return err
	}
	name := strings.Join(strings.Fields(auth.Name), " ")
	if name == "" {
		name = "Guest " + c.ID()[:4]
	}
	return nameOf.Set(c, name)
}

// OnDisconnect tells the rooms who is left.
func (g *Chat) OnDisconnect(ctx context.Context, c *gateway.Client, _ gateway.Reason) {
	for _, roomID := range roomsOf(c) {
		if err := g.announce(ctx, c.Namespace(), roomID); err != nil {
			slog.Error("nobody was told that a client left", "room", roomID, "error", err)
		}
	}
}

func (g *Chat) joinRoom(ctx context.Context, c *gateway.Client, in JoinRoom) (Done, error) {
	if rooms := roomsOf(c); len(rooms) >= maxRooms && !slices.Contains(rooms, in.RoomID) {
		return Done{}, &gateway.Error{Message: "leave a room before you join another: you are in as many as you may", Code: "too_many_rooms"}
	}
	// Joined first: what is said meanwhile may come twice, but is not missed.
	c.Join(room(in.RoomID))
	if err := history.Emit(c, History{in.RoomID, g.messages.Recent(in.RoomID)}); err != nil {
		return Done{}, err
	}
	return Done{true, in.RoomID}, g.announce(ctx, c.Namespace(), in.RoomID)
}

func (g *Chat) leaveRoom(ctx context.Context, c *gateway.Client, in LeaveRoom) (Done, error) {
	c.Leave(room(in.RoomID))
	return Done{true, in.RoomID}, g.announce(ctx, c.Namespace(), in.RoomID)
}

func (g *Chat) message(_ context.Context, c *gateway.Client, in CreateMessage) (Saved, error) {
	if err := mustBeIn(c, in.RoomID); err != nil {
		return Saved{}, err
	}
	name, _ := nameOf.Get(c)
	m := g.messages.Save(Message{
		UserID:    c.ID(),
		Name:      name,
		Text:      in.Text,
		RoomID:    in.RoomID,
		ReplyToID: in.ReplyToID,
	})
	return Saved{true, m.ID}, posted.Emit(c.Namespace().To(room(in.RoomID)), m)
}

func (g *Chat) typing(_ context.Context, c *gateway.Client, in StartTyping) error {
	if err := mustBeIn(c, in.RoomID); err != nil {
		return err
	}
	return typing.Emit(c.To(room(in.RoomID)).Volatile(), Typing{c.ID(), in.RoomID})
}

// announce tells everybody in the room who is in it.
func (g *Chat) announce(ctx context.Context, ns *gateway.Namespace, roomID string) error {
	g.announcing.Lock()
	defer g.announcing.Unlock()
	here := ns.In(room(roomID))
	sockets, err := here.FetchSockets(ctx)
	if err != nil {
		return err
	}
	users := make([]User, len(sockets))
	for i, s := range sockets {
		name, _ := nameOf.Of(s)
		users[i] = User{s.ID, name}
	}
	slices.SortFunc(users, User.compare)
	return online.Emit(here, Online{roomID, users})
}

func mustBeIn(c *gateway.Client, roomID string) error {
	if !slices.Contains(c.Rooms(), room(roomID)) {
		return &gateway.Error{Message: "you are not in this room; join it first", Code: "not_in_room"}
	}
	return nil
}

// roomPrefix sets the rooms of the chat apart from those that every client has to itself,
// by the name of its id: nobody shall listen in on those.
const roomPrefix = "room:"

func room(id string) string { return roomPrefix + id }

// roomsOf lists the chat rooms that the client is in.
func roomsOf(c *gateway.Client) []string {
	var ids []string
	for _, name := range c.Rooms() {
		if id, ok := strings.CutPrefix(name, roomPrefix); ok {
			ids = append(ids, id)
		}
	}
	return ids
}
