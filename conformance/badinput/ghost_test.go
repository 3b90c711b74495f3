package badinput

import (
	"sync"
	"testing"
)

func TestNoGhosts(t *testing.T) { leaveNoGhosts(t, 1200) }

// leaveNoGhosts has clients vanish without a word, from WebSockets, from polls and from
// WebSockets that they went over to. The application is told of each once.
func leaveNoGhosts(t *testing.T, clients int) {
	t.Helper()
	const atATime = 20
	server := startRookery(t, "plain", onEngine)
	before := measure(t, map[string]string{"plain": server.addr}, []*rookery{server})
	told := server.closes()
	s := newScript(server.addr)

	var wg sync.WaitGroup
	for range atATime {
		wg.Go(func() {
			for range clients / 6 / atATime {
				for range 4 {
					vanish(s, func(s *script) { s.connected().reset() })
				}
				vanish(s, func(s *script) {
					s.joined().pending("poll").reset()
				})
				vanish(s, func(s *script) {
					ws := s.joined().upgrade()
					ws.lives()
					ws.reset()
				})
			}
		})
	}
	wg.Wait()
	if seen := s.seen(); seen != "" {
		t.Errorf("the clients saw\n%.2000s", seen)
	}
	until(t, "the application to be told of all", func() bool { return server.closes() >= told+clients })
	before.mustReturn(t, []*rookery{server})
	if st := server.engine.Stats(); st.Conns != 0 || st.QueuedBytes != 0 {
		t.Errorf("left behind is %+v", st)
	}
	if got := server.closes() - told; got != clients {
		t.Errorf("the application was told %d times of %d clients", got, clients)
	}
}

// vanish has one client connect and go.
func vanish(s *script, client func(*script)) {
	one := newScript(s.addr)
	client(one)
	for _, note := range one.notes {
		if note != "session: lives" {
			s.notef("client", "%s", note)
		}
	}
}
