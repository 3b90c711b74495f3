package badinput

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rookery-go/rookery/engine"
)

// settings are those of server.cjs.
var settings = map[string]engine.Options{
	"plain":   {},
	"hasty":   {PingInterval: 1500 * time.Millisecond, PingTimeout: time.Second, UpgradeTimeout: 500 * time.Millisecond, ConnectTimeout: time.Second},
	"deflate": {PerMessageDeflate: &engine.Compression{}},
	"eio3":    {AllowEIO3: true},
	"cors":    {Origins: []string{"http://good.example"}},
}

// rookery is a server of ours.
type rookery struct {
	engine *engine.Server
	addr   string
	faults *faults

	clients sync.Map // of *client, where there is no gateway

	mu       sync.Mutex
	requests map[string]int
	reasons  map[string][]string
}

// faults collects what the server logs: it logs nothing unless something is wrong
// with itself.
type faults struct {
	mu   sync.Mutex
	text strings.Builder
}

func (f *faults) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.text.Write(b)
}

func (f *faults) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.text.String()
}

// application is what runs on the engine, and has its Shutdown.
type application interface {
	http.Handler
	Shutdown(ctx context.Context) error
}

// startRookery serves one of the settings, and an application that is put on the
// engine by start. It ends with the test, and nothing of it may be left then.
func startRookery(t *testing.T, name string, start func(*rookery) application) *rookery {
	t.Helper()
	r := &rookery{faults: &faults{}, requests: map[string]int{}, reasons: map[string][]string{}}
	options := settings[name]
	options.Logger = r.logger()
	r.engine = engine.New(options)
	app := start(r)
	mux := http.NewServeMux()
	mux.HandleFunc("/control/requests", func(w http.ResponseWriter, q *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		_, _ = fmt.Fprint(w, r.requests[q.FormValue("label")])
	})
	mux.HandleFunc("/control/reasons", func(w http.ResponseWriter, q *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		_, _ = fmt.Fprint(w, strings.Join(r.reasons[q.FormValue("label")], "\n"))
	})
	mux.HandleFunc("/socket.io/", func(w http.ResponseWriter, q *http.Request) {
		r.mu.Lock()
		r.requests[q.URL.Query().Get("label")]++
		r.mu.Unlock()
		app.ServeHTTP(w, q)
	})
	server := &http.Server{
		Handler:        mux,
		MaxHeaderBytes: 16 << 10, // as in Node
		ErrorLog:       log.New(r.faults, "", 0),
	}
	server.ReadHeaderTimeout = time.Minute // as in Node
	if name == "hasty" {
		server.ReadHeaderTimeout = time.Second
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.addr = listener.Addr().String()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := app.Shutdown(ctx); err != nil {
			t.Errorf("shut the application down: %v", err)
		}
		if err := server.Shutdown(ctx); err != nil {
			t.Errorf("shut the HTTP server down: %v", err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("the HTTP server: %v", err)
		}
	})
	return r
}

func (r *rookery) logger() *slog.Logger { return slog.New(slog.NewTextHandler(r.faults, nil)) }

// closed takes down why a socket was closed.
func (r *rookery) closed(label string, why engine.Reason) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reasons[label] = append(r.reasons[label], string(why))
}

// closes returns how many sockets were closed.
func (r *rookery) closes() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, reasons := range r.reasons {
		n += len(reasons)
	}
	return n
}

// closedBecause returns why the sockets of a label were closed.
func (r *rookery) closedBecause(label string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.reasons[label]
}
