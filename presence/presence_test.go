package presence_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rookery-go/rookery/gateway"
	"github.com/rookery-go/rookery/gatewaytest"
	"github.com/rookery-go/rookery/presence"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a gateway whose clients say in their query who they are.
type house struct{ users *presence.Registry }

func (h house) Register(*gateway.Router) {}

func (h house) OnConnect(ctx context.Context, c *gateway.Client) error {
	return h.users.Add(ctx, c, c.Handshake().Query.Get("user"))
}

// news collects the hooks' calls.
type news struct {
	mu   sync.Mutex
	list []string
}

func (n *news) add(what string) func(string) {
	return func(user string) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.list = append(n.list, user+" "+what)
	}
}

func (n *news) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Join(n.list, ", ")
}

func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

func serve(t *testing.T, options ...presence.Option) (*gatewaytest.Engine, *presence.Registry, map[string]*gateway.Namespace) {
	t.Helper()
	users := presence.New(options...)
	e := gatewaytest.NewEngine()
	s := gateway.New(gateway.WithEngine(e))
	namespaces := map[string]*gateway.Namespace{}
	for _, name := range []string{"/chat", "/game"} {
		namespaces[name] = s.Mount(name, house{users})
	}
	t.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		users.Close()
	})
	return e, users, namespaces
}

func as(user string) gatewaytest.Option { return gatewaytest.Query("user", user) }

func TestManySocketsManyNamespaces(t *testing.T) {
	var n news
	e, users, namespaces := serve(t, presence.OnOnline(n.add("on")), presence.OnOffline(n.add("off")))
	ctx := t.Context()
	a1, a2, bob := e.Connect(t, "/chat", as("ann")), e.Connect(t, "/game", as("ann")), e.Connect(t, "/chat", as("bob"))
	online := func(user string) bool {
		ok, err := users.Online(ctx, user)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if !online("ann") || !online("bob") || online("eve") {
		t.Error("online is wrong")
	}
	sockets, err := users.Sockets(ctx, "ann")
	if err != nil || len(sockets) != 2 || !slices.Contains(sockets, presence.Socket{Namespace: "/game", ID: a2.ID()}) {
		t.Errorf("sockets %v, %v", sockets, err)
	}
	if list, err := users.Users(ctx); err != nil || len(list) != 2 {
		t.Errorf("users %v, %v", list, err)
	}
	if user, _ := users.User(namespaces["/chat"].Client(a1.ID())); user != "ann" {
		t.Errorf("user %q", user)
	}

	if err := users.Send("ann", "hi", 1); err != nil {
		t.Fatal(err)
	}
	a1.Expect("hi")
	a2.Expect("hi")
	bob.ExpectNone("hi")
	if err := users.To("ann", "bob").Emit("both"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*gatewaytest.Client{a1, a2, bob} {
		c.Expect("both")
	}
	if err := users.To().Emit("nobody"); err != nil {
		t.Fatal(err)
	}
	bob.ExpectNone("nobody")
	scored := gateway.NewEvent[int]("scored")
	if err := scored.Emit(users.In(namespaces["/game"]).To("ann", "bob"), 7); err != nil {
		t.Fatal(err)
	}
	a2.Expect("scored")
	a1.ExpectNone("scored")

	a1.Drop()
	eventually(t, "the first socket of ann goes", func() bool {
		list, _ := users.Sockets(ctx, "ann")
		return len(list) == 1
	})
	if !online("ann") {
		t.Error("ann has a socket left")
	}
	a2.Disconnect()
	eventually(t, "ann goes offline", func() bool { return n.String() == "ann on, bob on, ann off" })
	if online("ann") {
		t.Error("ann is still online")
	}
}

func TestGrace(t *testing.T) {
	var n news
	e, users, _ := serve(t, presence.OnOnline(n.add("on")), presence.OnOffline(n.add("off")), presence.WithGrace(100*time.Millisecond))
	e.Connect(t, "/chat", as("ann")).Drop()
	eventually(t, "the socket goes", func() bool {
		list, _ := users.Sockets(t.Context(), "ann")
		return len(list) == 0
	})
	if ok, _ := users.Online(t.Context(), "ann"); !ok {
		t.Error("offline within the grace")
	}
	back := e.Connect(t, "/chat", as("ann"))
	time.Sleep(150 * time.Millisecond)
	if got := n.String(); got != "ann on" {
		t.Errorf("after coming back: %s", got)
	}
	back.Drop()
	eventually(t, "the grace ends", func() bool { return n.String() == "ann on, ann off" })
}

func TestAddRefuses(t *testing.T) {
	e, users, namespaces := serve(t)
	if _, err := e.TryConnect(t, "/chat"); err == nil {
		t.Error("a client without a user was let in")
	}
	c := namespaces["/chat"].Client(e.Connect(t, "/chat", as("ann")).ID())
	if err := users.Add(t.Context(), c, "bob"); !errors.Is(err, presence.ErrOtherUser) {
		t.Errorf("err = %v", err)
	}
	if err := users.Add(t.Context(), c, "ann"); err != nil {
		t.Errorf("added again: %v", err)
	}
	users.Remove(c)
	if ok, _ := users.Online(t.Context(), "ann"); ok {
		t.Error("online after Remove")
	}
	if err := users.Add(t.Context(), c, "bob"); err != nil {
		t.Errorf("added for another after Remove: %v", err)
	}
}

func TestHooksAlternate(t *testing.T) {
	var n news
	e, _, _ := serve(t, presence.OnOnline(n.add("on")), presence.OnOffline(n.add("off")))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 25 {
				c, err := e.TryConnect(t, "/chat", as("ann"))
				if err != nil {
					t.Error(err)
					return
				}
				c.Drop()
			}
		})
	}
	wg.Wait()
	eventually(t, "everyone is gone", func() bool { return strings.HasSuffix(n.String(), "off") })
	for i, what := range strings.Split(n.String(), ", ") {
		if want := []string{"ann on", "ann off"}[i%2]; what != want {
			t.Fatalf("hook %d is %q: %s", i, what, n.String())
		}
	}
}

func Example() {
	users := presence.New(presence.OnOnline(func(user string) { fmt.Println(user, "is online") }))
	defer users.Close()
	ctx := context.Background()
	online, err := users.Online(ctx, "ann")
	fmt.Println(online, err)
	// Output: false <nil>
}
