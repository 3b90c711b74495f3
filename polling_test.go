package rookery_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

var httpClient = &http.Client{Timeout: 10 * time.Second}

// get waits for a server that has just been started.
func get(t *testing.T, address string) string {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		response, err := httpClient.Get(address)
		if err == nil {
			return body(t, response)
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func body(t *testing.T, response *http.Response) string {
	t.Helper()
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s: %s", response.Request.Method, response.Request.URL, response.Status, content)
	}
	return string(content)
}

// A poller is a client that polls: what it reads and writes is the protocol itself.
type poller struct {
	t       *testing.T
	url     string
	pending []string
}

func connect(t *testing.T, base, namespace string) *poller {
	t.Helper()
	c := &poller{t: t, url: base + "/socket.io/?EIO=4&transport=polling"}
	opened := regexp.MustCompile(`^0\{"sid":"([^"]+)"`).FindStringSubmatch(get(t, c.url))
	if opened == nil {
		t.Fatal("the server did not open a session")
	}
	c.url += "&sid=" + url.QueryEscape(opened[1])
	c.send("40" + namespace + ",")
	if packet := c.next(); !strings.HasPrefix(packet, "40"+namespace+`,{"sid":"`) {
		t.Fatalf("CONNECT was answered with %s", packet)
	}
	return c
}

func (c *poller) send(packet string) {
	c.t.Helper()
	response, err := httpClient.Post(c.url, "text/plain;charset=UTF-8", strings.NewReader(packet))
	if err != nil {
		c.t.Fatal(err)
	}
	body(c.t, response)
}

func (c *poller) next() string {
	c.t.Helper()
	if len(c.pending) == 0 {
		c.pending = strings.Split(get(c.t, c.url), "\x1e")
	}
	packet := c.pending[0]
	c.pending = c.pending[1:]
	return packet
}

// expect fails unless the next packet is that one; exceptions are let pass.
func (c *poller) expect(packet string) {
	c.t.Helper()
	for {
		got := c.next()
		if got == packet {
			return
		}
		if !strings.Contains(got, `["exception"`) {
			c.t.Fatalf("received %s, want %s", got, packet)
		}
	}
}
