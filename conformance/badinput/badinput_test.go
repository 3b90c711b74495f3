package badinput

import (
	"flag"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"
)

// atOnce is how many cases run at a time, at least: most of them wait.
const atOnce = 6

func TestMain(m *testing.M) {
	flag.Parse()
	if parallel := flag.Lookup("test.parallel"); parallel != nil {
		if n, err := strconv.Atoi(parallel.Value.String()); err == nil && n < atOnce {
			_ = parallel.Value.Set(strconv.Itoa(atOnce)) // a good number
		}
	}
	goleak.VerifyTestMain(m)
}

var record = flag.Bool("record", false, "print what each case sees of Node.js, to write new cases by")

// TestBadInput puts every case to Node.js and to Rookery.
func TestBadInput(t *testing.T) {
	node := startNode(t)
	ours, servers := startAll(t, onEngine)
	before := measure(t, ours, servers)

	t.Run("cases", func(t *testing.T) {
		for _, c := range cases() {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				theirs := make(chan string, 1)
				go func() { theirs <- c.observe(func() string { return c.onNode(t, node) }, c.want) }()
				got := c.observe(func() string { return c.run(ours) }, c.expected())
				if err := serves(ours[c.settings()]); err != nil {
					t.Errorf("the next client is not served: %v", err)
				}
				compare(t, "Rookery", got, c.expected())
				seen := <-theirs
				compare(t, "Node.js", seen, c.want)
				if *record {
					t.Logf("Node.js gives\n%s", seen)
				}
			})
		}
	})

	before.mustReturn(t, servers)
	mustBeSound(t, servers)
}

// TestBadInputToGateway puts every case to gateways.
func TestBadInputToGateway(t *testing.T) {
	ours, servers := startAll(t, onGateway)
	before := measure(t, ours, servers)
	before.goroutines += len(servers) * max(8, 4*runtime.GOMAXPROCS(0)) // the workers that a gateway keeps warm

	t.Run("cases", func(t *testing.T) {
		for _, c := range cases() {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				got := c.observe(func() string { return c.run(ours) }, c.expected())
				if c.gateway == "" || got != trim(c.gateway) {
					compare(t, "A gateway", got, c.expected())
				}
			})
		}
	})

	before.mustReturn(t, servers)
	mustBeSound(t, servers)
}

// startAll starts a server for each of the settings.
func startAll(t *testing.T, start func(*rookery) application) (addrs map[string]string, servers []*rookery) {
	t.Helper()
	addrs = map[string]string{}
	for name := range settings {
		r := startRookery(t, name, start)
		servers = append(servers, r)
		addrs[name] = r.addr
	}
	return addrs, servers
}

// mustBeSound fails if a server has logged faults of its own.
func mustBeSound(t *testing.T, servers []*rookery) {
	t.Helper()
	for _, r := range servers {
		if faults := r.faults.String(); faults != "" {
			t.Errorf("the server logged faults of its own:\n%s", faults)
		}
	}
}

// TestReasons holds the cases themselves to order: names that occur once, and a
// reason wherever Rookery differs.
func TestReasons(t *testing.T) {
	names := map[string]bool{}
	for _, c := range cases() {
		if names[c.name] {
			t.Errorf("there are two cases named %q", c.name)
		}
		names[c.name] = true
		if (c.rookery == "") != (c.why == "") || c.want == "" || trim(c.rookery) == trim(c.want) {
			t.Errorf("%s: what Rookery does otherwise, and why, go together", c.name)
		}
	}
	if len(names) < 60 {
		t.Errorf("there are %d cases only", len(names))
	}
}

func compare(t *testing.T, server, got, want string) {
	t.Helper()
	if want = trim(want); got != want {
		t.Errorf("%s gives\n%s\nand should give\n%s", server, got, want)
	}
}

// expected is what the client should see of Rookery.
func (c *badCase) expected() string {
	if c.rookery != "" {
		return c.rookery
	}
	return c.want
}

func (c *badCase) settings() string {
	if c.server == "" {
		return "plain"
	}
	return c.server
}

// onNode runs the case against Node.js.
func (c *badCase) onNode(t *testing.T, addrs map[string]string) string {
	t.Helper()
	if !c.deadly {
		return c.run(addrs)
	}
	victim := newNode(t)
	seen := c.run(victim.addrs)
	if err := victim.wait(); err != nil {
		seen += "\nserver: ends"
	}
	return seen
}

// observe runs the case. A machine that is busy with other tests may be too slow for
// the hasty server's time limits: there the case has three tries.
func (c *badCase) observe(run func() string, want string) string {
	got := run()
	for tries := 1; c.server == "hasty" && got != trim(want) && tries < 3; tries++ {
		got = run()
	}
	return got
}

var labels atomic.Int64

// run runs the case against the server among addrs that it asks for.
func (c *badCase) run(addrs map[string]string) string {
	s := newScript(addrs[c.settings()])
	defer s.end()
	c.script(s)
	return s.seen()
}

func newScript(addr string) *script {
	return &script{addr: addr, label: fmt.Sprintf("case-%d", labels.Add(1))}
}

// served connects a client that behaves, and lets it talk and leave.
func served(addr string) error {
	s := newScript(addr)
	defer s.end()
	ws := s.connected().text(`42["echo",1]`).shows(1)
	ws.write(frameOf(fin|opClose, closing(1000, ""))).ends()
	if got := s.seen(); got != "ws: 42[\"echo\",\"echo\",1]\nws: close 1000\nws: closed" {
		return fmt.Errorf("it sees\n%s", got)
	}
	return nil
}

// serves tells whether one client out of three is served, for the reason of observe.
func serves(addr string) (err error) {
	for range 3 {
		if err = served(addr); err == nil {
			break
		}
	}
	return err
}

// trim takes the indentation off each line.
func trim(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}
