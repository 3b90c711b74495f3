package main

import (
	"encoding/json"
	"sync"
	"time"

	"github.com/lxzan/gws"
)

// A server knows its connections and who of them is in which room.
type server struct {
	mu    sync.RWMutex
	conns map[*gws.Conn]bool
	rooms map[string]map[*gws.Conn]bool
}

// newServer returns a server, whose heartbeat goes on as long as the process.
func newServer() *server {
	s := &server{conns: map[*gws.Conn]bool{}, rooms: map[string]map[*gws.Conn]bool{}}
	go func() {
		for range time.Tick(pingInterval) {
			s.ping()
		}
	}()
	return s
}

func (s *server) add(c *gws.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[c] = true
}

func (s *server) remove(c *gws.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	for _, members := range s.rooms {
		delete(members, c)
	}
}

func (s *server) join(c *gws.Conn, room string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rooms[room] == nil {
		s.rooms[room] = map[*gws.Conn]bool{}
	}
	s.rooms[room][c] = true
}

// broadcast sends an event to everybody in a room.
func (s *server) broadcast(room string, v any) error {
	arg, err := json.Marshal(v)
	if err != nil {
		return err
	}
	p := append(append([]byte(`42["news",`), arg...), ']')
	s.mu.RLock()
	defer s.mu.RUnlock()
	return send(s.rooms[room], p)
}

func (s *server) ping() {
	s.mu.RLock()
	defer s.mu.RUnlock()
	s.check(send(s.conns, []byte("2")))
}

// send sends a packet to many. One write after the other is the cheapest way that gws has:
// its Broadcaster starts a goroutine for each.
func send(to map[*gws.Conn]bool, p []byte) error {
	for c := range to {
		if err := c.WriteMessage(gws.OpcodeText, p); err != nil {
			return err
		}
	}
	return nil
}
