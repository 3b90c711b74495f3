package badinput

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// patience is how long a script waits for what must come. Only what does not come
// takes that long.
const patience = 8 * time.Second

// script is one case at work on one server. Its methods note what the client
// sees; a method that expects something and gets another thing notes that
// instead, so that the script goes on and its notes tell the rest.
type script struct {
	addr  string // of the server
	label string // marks the sessions of this script, for the server's control pages

	mu    sync.Mutex
	notes []string
	ends  []func()
	acks  int
}

// notef notes what who saw.
func (s *script) notef(who, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	text = strings.TrimRight(text, " ")
	text = sids.ReplaceAllString(text, `"sid":"…"`)
	text = strings.NewReplacer("\x1e", " | ", "\r", `\r`, "\n", `\n`, "\x00", `\0`).Replace(text)
	if n := len(text); n > 300 {
		text = fmt.Sprintf("%s… (%d bytes)", text[:60], n)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes = append(s.notes, who+": "+text)
}

var sids = regexp.MustCompile(`"sid":"[^"]*"`)

// seen returns all notes, a line each.
func (s *script) seen() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.notes, "\n")
}

// atEnd registers what is to be done when the script is over.
func (s *script) atEnd(f func()) { s.ends = append(s.ends, f) }

func (s *script) end() {
	for _, f := range slices.Backward(s.ends) {
		f()
	}
}

// control asks one of the server's control pages about this script.
func (s *script) control(page string) string {
	answer, err := fetch("http://" + s.addr + "/control/" + page + "?label=" + s.label)
	if err != nil {
		return err.Error()
	}
	return answer
}

func fetch(url string) (string, error) {
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return string(body), err
}

// requests returns how many requests of this script have reached the server.
func (s *script) requests() int {
	n, _ := strconv.Atoi(s.control("requests"))
	return n
}

// arrived waits until the server has received more than before requests, and
// some milliseconds longer, so that it has begun to serve them.
func (s *script) arrived(before int) {
	for start := time.Now(); s.requests() <= before && time.Since(start) < patience; {
		time.Sleep(5 * time.Millisecond)
	}
	time.Sleep(20 * time.Millisecond)
}

// reason notes why the server closed the script's sockets, in its own words.
func (s *script) reason() { s.reasons(1) }

// reasons notes it for n sockets.
func (s *script) reasons(n int) {
	var got string
	for start := time.Now(); time.Since(start) < patience; time.Sleep(5 * time.Millisecond) {
		if got = s.control("reasons"); got != "" && strings.Count(got, "\n")+1 >= n {
			break
		}
	}
	s.notef("server", "%s", strings.ReplaceAll(got, "\n", ", "))
}

// over notes that the server has closed the script's socket, whatever its reason:
// two of its time limits come into question.
func (s *script) over() {
	s.reasons(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := &s.notes[len(s.notes)-1]; *last != "server:" {
		*last = "server: the session is over"
	}
}

// path returns the path of the engine with the label and more in its query.
func (s *script) path(query string) string {
	return "/socket.io/?label=" + s.label + "&" + query
}
