package badinput

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// node is a process of server.cjs.
type node struct {
	addrs  map[string]string // by settings
	cmd    *exec.Cmd
	stdin  io.Closer
	stderr strings.Builder
}

// startNode starts a process that must survive the test.
func startNode(t *testing.T) map[string]string {
	t.Helper()
	n := newNode(t)
	t.Cleanup(func() {
		_ = n.stdin.Close() // ends it
		if err := n.wait(); err != nil {
			t.Errorf("the Node.js server has not survived: %v\n%s", err, n.stderr.String())
		}
	})
	return n.addrs
}

// newNode starts a process.
func newNode(t *testing.T) *node {
	t.Helper()
	n := &node{addrs: map[string]string{}, cmd: exec.Command("node", "server.cjs")}
	n.cmd.Stderr = &n.stderr
	var err error
	if n.stdin, err = n.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := n.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := n.cmd.Start(); err != nil {
		t.Fatalf("the cases are compared with Node.js, which does not start: %v", err)
	}
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		_ = n.wait() // it has failed: its stderr says why
		t.Fatalf("the Node.js server does not come up; has `npm ci` been run in conformance/?\n%s", n.stderr.String())
	}
	var ports map[string]int
	if err := json.Unmarshal(line, &ports); err != nil {
		t.Fatal(err)
	}
	for name, port := range ports {
		n.addrs[name] = fmt.Sprintf("127.0.0.1:%d", port)
	}
	return n
}

// wait waits for the process to end, and tells what of.
func (n *node) wait() error {
	_ = n.stdin.Close()
	return n.cmd.Wait()
}
