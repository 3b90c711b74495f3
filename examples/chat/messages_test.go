package main

import (
	"fmt"
	"testing"
)

func TestMessagesKeepsTheLatestOfEachRoom(t *testing.T) {
	s := NewMessages()
	ids := map[string]bool{}
	for i := range messagesPerRoom + 5 {
		ids[s.Save(Message{RoomID: "a", Text: fmt.Sprint(i)}).ID] = true
	}
	s.Save(Message{RoomID: "b", Text: "elsewhere"})
	if len(ids) != messagesPerRoom+5 {
		t.Errorf("%d messages got %d ids", messagesPerRoom+5, len(ids))
	}
	kept := s.Recent("a")
	if len(kept) != messagesPerRoom {
		t.Fatalf("kept %d messages, want %d", len(kept), messagesPerRoom)
	}
	if first, last := kept[0].Text, kept[len(kept)-1].Text; first != "5" || last != fmt.Sprint(messagesPerRoom+4) {
		t.Errorf("kept messages %s to %s", first, last)
	}
}

func TestMessagesForgetsTheQuietestRoom(t *testing.T) {
	s := NewMessages()
	for i := range roomsKept {
		s.rooms[fmt.Sprint(i)] = []Message{{Timestamp: int64(1000 - i)}}
	}
	s.Save(Message{RoomID: "new"})
	if len(s.rooms) != roomsKept {
		t.Errorf("%d rooms are kept, want %d", len(s.rooms), roomsKept)
	}
	if quietest := fmt.Sprint(roomsKept - 1); s.rooms[quietest] != nil {
		t.Error("the quietest room is still there")
	}
	if len(s.Recent("new")) != 1 {
		t.Error("the newest room is not there")
	}
}
