package badinput

import (
	"fmt"
	"strings"
	"sync"
)

// floodCases are harmless once, and come a thousand times.
var floodCases = []badCase{
	{name: "1,000 WebSocket pings", script: func(s *script) {
		ws := s.connected()
		ws.write(strings.Repeat(frameOf(fin|opPing, "p"), 1000))
		pongs := 0
		for range 1000 {
			if op, _, err := ws.frame(); err != nil || op != opPong {
				break
			}
			pongs++
		}
		s.notef("ws", "%d pongs", pongs)
		ws.lives()
	}, want: `
		ws: 1000 pongs
		session: lives`},
	{name: "10,000 WebSocket pongs", script: bears(strings.Repeat(frameOf(fin|opPong, ""), 10_000)), want: lives},
	{name: "10,000 acks nobody asked for", script: bears(strings.Repeat(frameOf(fin|opText, "435[]"), 10_000)), want: lives},
	{name: "10,000 events", script: func(s *script) {
		ws := s.connected()
		go ws.write(strings.Repeat(frameOf(fin|opText, `42["echo"]`), 10_000))
		echoes := 0
		for range 10_000 {
			if _, payload, err := ws.frame(); err != nil || payload != `42["echo","echo"]` {
				break
			}
			echoes++
		}
		s.notef("ws", "%d echoes", echoes)
		ws.lives()
	}, want: `
		ws: 10000 echoes
		session: lives`},
	{name: "pings from one who reads nothing", server: "hasty", script: floods(frameOf(fin|opPing, strings.Repeat("p", 125)), 150_000), want: over},
	{name: "events from one who reads nothing", server: "hasty", script: floods(frameOf(fin|opText, `42["echo"]`), 500_000), want: over},
	{name: "unknown namespaces from one who reads nothing", server: "hasty", script: floods(frameOf(fin|opText, "40/"+strings.Repeat("n", 400_000)), 40), want: over},
	{name: "unknown namespaces from one who polls not", server: "hasty", script: func(s *script) {
		p := s.joined()
		for range 5 {
			_ = p.send("40/" + strings.Repeat("n", 400_000)).drain() // until the session is over
		}
		s.over()
	}, want: over},
	{name: "200 POSTs at once", script: func(s *script) {
		p := s.joined()
		var wg sync.WaitGroup
		answers, mu := map[string]bool{}, sync.Mutex{}
		for range 200 {
			wg.Go(func() {
				w := (&script{addr: s.addr, label: s.label}).dial("post")
				defer w.hangUp()
				w.write("POST " + p.path() + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + body("6"))
				status, _, err := w.response()
				mu.Lock()
				defer mu.Unlock()
				answers[fmt.Sprint(status == 200 || status == 400 || err != nil)] = true
			})
		}
		wg.Wait()
		s.notef("posts", "200, 400 or closed: %v", answers)
	}, want: `posts: 200, 400 or closed: map[true:true]`},
	{name: "200 handshakes at once", script: func(s *script) {
		var wg sync.WaitGroup
		answers, mu := map[int]int{}, sync.Mutex{}
		for range 200 {
			wg.Go(func() {
				one := &script{addr: s.addr, label: s.label}
				p := one.poller()
				status, _, _ := p.send("1").response()
				one.end()
				mu.Lock()
				defer mu.Unlock()
				answers[status]++
			})
		}
		wg.Wait()
		s.notef("posts", "%v", answers)
	}, want: `posts: map[200:200]`},
	{name: "200 WebSockets that are reset", script: func(s *script) {
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				one := &script{addr: s.addr, label: s.label}
				one.connected().reset()
				if seen := one.seen(); seen != "" {
					s.notef("ws", "%s", seen)
				}
				one.end()
			})
		}
		wg.Wait()
		s.connected().lives()
	}, want: lives},
}
