package badinput

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
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

// rookery is the server of server.cjs, on Rookery's engine.
type rookery struct {
	engine *engine.Server
	addr   string
	faults *faults

	clients sync.Map // of *client

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

// startRookery serves one of the settings. It ends with the test, and nothing of it
// may be left then.
func startRookery(t *testing.T, name string) *rookery {
	t.Helper()
	r := &rookery{faults: &faults{}, requests: map[string]int{}, reasons: map[string][]string{}}
	options := settings[name]
	options.Logger = slog.New(slog.NewTextHandler(r.faults, nil))
	r.engine = engine.New(options)
	if err := r.engine.Start(r); err != nil {
		t.Fatal(err)
	}
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
		r.engine.ServeHTTP(w, q)
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
		if err := r.engine.Shutdown(ctx); err != nil {
			t.Errorf("shut the engine down: %v", err)
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

// dynamic are the namespaces besides "/" and "/b".
var dynamic = regexp.MustCompile(`^/dyn-\d+$`)

var sockets atomic.Int64

// OnConnect lets everybody in who names a namespace that exists.
func (r *rookery) OnConnect(c engine.Conn) engine.Receiver {
	h := c.Handshake()
	client := &client{r, c, h.Namespace, h.Query.Get("label"), false, map[uint64]bool{}, 0}
	if ns := client.namespace; ns != "/" && ns != "/b" && !dynamic.MatchString(ns) {
		_ = c.Refuse("Invalid namespace", nil) // it may be gone
		return client
	}
	client.joined = true
	r.clients.Store(client, nil)
	_ = c.Accept(fmt.Sprint("socket-", sockets.Add(1)), "") // it may be gone
	return client
}

// client is the application of server.cjs.
type client struct {
	server    *rookery
	conn      engine.Conn
	namespace string
	label     string
	joined    bool
	asked     map[uint64]bool
	asks      uint64
}

func (c *client) OnPacket(p engine.Packet) {
	if p.Type == engine.Ack {
		if p.HasID && c.asked[p.ID] {
			delete(c.asked, p.ID)
			c.emit(engine.Packet{Event: "answered", Args: p.Args, Attachments: p.Attachments})
		}
		return
	}
	switch p.Event {
	case "sink":
		if p.HasID {
			c.emit(engine.Packet{Type: engine.Ack, HasID: true, ID: p.ID, Args: engine.Args{Raw: []byte(`"sunk"`), N: 1}})
		}
	case "question":
		c.asked[c.asks] = true
		c.emit(engine.Packet{Event: "question", HasID: true, ID: c.asks})
		c.asks++
	case "kick":
		_ = c.conn.Close(true, engine.ServerNamespaceDisconnect) // it may be gone
	default:
		name, err := json.Marshal(p.Event)
		if err != nil {
			panic(err) // of a string
		}
		args := engine.Args{Raw: name, N: p.Args.N + 1}
		if p.Args.N > 0 {
			args.Raw = append(append(args.Raw, ','), p.Args.Raw...)
		}
		echo := engine.Packet{Event: "echo", Args: args, Attachments: p.Attachments}
		if p.HasID {
			echo.Type, echo.HasID, echo.ID = engine.Ack, true, p.ID
		}
		c.emit(echo)
	}
}

// emit sends an event, or the ack that p is.
func (c *client) emit(p engine.Packet) {
	if p.Type != engine.Ack {
		p.Type = engine.Event
	}
	p.Namespace = c.namespace
	_ = c.conn.Send(p, engine.SendOptions{}) // it may be gone
}

func (c *client) OnClose(why engine.Reason) {
	if !c.joined {
		return
	}
	c.server.clients.Delete(c)
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.server.reasons[c.label] = append(c.server.reasons[c.label], string(why))
}
