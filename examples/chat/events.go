package main

import (
	"cmp"
	"strings"
)

// What clients send.
type (
	// Introduction is what a client brings along when it connects.
	Introduction struct {
		Name string `json:"name"`
	}
	// JoinRoom is the payload of "joinRoom".
	JoinRoom struct {
		RoomID string `json:"roomId"`
	}
	// LeaveRoom is the payload of "leaveRoom".
	LeaveRoom struct {
		RoomID string `json:"roomId"`
	}
	// CreateMessage is the payload of "message".
	CreateMessage struct {
		Text      string `json:"text"`
		RoomID    string `json:"roomId"`
		ReplyToID string `json:"replyToId"`
	}
	// StartTyping is the payload of "typing".
	StartTyping struct {
		RoomID string `json:"roomId"`
	}
)

// What the server sends.
type (
	// Done answers "joinRoom" and "leaveRoom".
	Done struct {
		Success bool   `json:"success"`
		RoomID  string `json:"roomId"`
	}
	// Saved answers "message".
	Saved struct {
		Success   bool   `json:"success"`
		MessageID string `json:"messageId"`
	}
	// Message is what somebody said. Timestamp is in milliseconds since 1970.
	Message struct {
		ID        string `json:"id"`
		UserID    string `json:"userId"`
		Name      string `json:"name"`
		Text      string `json:"text"`
		Timestamp int64  `json:"timestamp"`
		RoomID    string `json:"roomId"`
		ReplyToID string `json:"replyToId,omitempty"`
	}
	// History is what was said in a room, the oldest first.
	History struct {
		RoomID   string    `json:"roomId"`
		Messages []Message `json:"messages"`
	}
	// Online is who is in a room.
	Online struct {
		RoomID string `json:"roomId"`
		Users  []User `json:"users"`
	}
	// User is somebody in a room.
	User struct {
		UserID string `json:"userId"`
		Name   string `json:"name"`
	}
	// Typing tells that somebody is writing.
	Typing struct {
		UserID string `json:"userId"`
		RoomID string `json:"roomId"`
	}
)

// compare orders people by name, and those of one name by id.
func (u User) compare(v User) int {
	return cmp.Or(strings.Compare(strings.ToLower(u.Name), strings.ToLower(v.Name)), strings.Compare(u.UserID, v.UserID))
}

// Validate implements validator.
func (in Introduction) Validate() error { return check(maxLength("name", in.Name, 40)) }

// Validate implements validator.
func (in JoinRoom) Validate() error { return check(roomID(in.RoomID)...) }

// Validate implements validator.
func (in LeaveRoom) Validate() error { return check(roomID(in.RoomID)...) }

// Validate implements validator.
func (in StartTyping) Validate() error { return check(roomID(in.RoomID)...) }

// Validate implements validator.
func (in CreateMessage) Validate() error {
	return check(append(roomID(in.RoomID),
		notEmpty("text", in.Text),
		maxLength("text", in.Text, 2000),
		maxLength("replyToId", in.ReplyToID, 64))...)
}

func roomID(id string) []string {
	return []string{notEmpty("roomId", id), maxLength("roomId", id, 64)}
}
