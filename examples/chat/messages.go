package main

import (
	"crypto/rand"
	"slices"
	"sync"
	"time"
)

// How much the chat remembers.
const (
	messagesPerRoom = 100
	roomsKept       = 1000
)

// Messages keeps the latest messages of each room, in memory. Methods are safe for
// concurrent use.
type Messages struct {
	mu    sync.Mutex
	rooms map[string][]Message
}

// NewMessages returns an empty store.
func NewMessages() *Messages { return &Messages{rooms: map[string][]Message{}} }

// Save gives a message its id and time, keeps it and returns it.
func (s *Messages) Save(m Message) Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.ID = rand.Text()
	m.Timestamp = time.Now().UnixMilli()
	kept := s.rooms[m.RoomID]
	if len(kept) == messagesPerRoom {
		kept = slices.Delete(kept, 0, 1)
	}
	s.rooms[m.RoomID] = append(kept, m)
	if len(s.rooms) > roomsKept {
		s.forgetQuietest()
	}
	return m
}

// Recent returns the latest messages of a room, the oldest first.
func (s *Messages) Recent(roomID string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message{}, s.rooms[roomID]...) // never nil: an empty list is [] for the client
}

// forgetQuietest drops the room in which nothing has been said for longest.
func (s *Messages) forgetQuietest() {
	var quietest string
	var since int64
	for id, kept := range s.rooms {
		if last := kept[len(kept)-1].Timestamp; quietest == "" || last < since {
			quietest, since = id, last
		}
	}
	delete(s.rooms, quietest)
}
