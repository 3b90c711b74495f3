package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// The CPUs of the server and of the load.
const (
	serverCPU = "0"
	loadCPU   = "1"
)

// A server is a peer that runs.
type server struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	stderr bytes.Buffer

	addr string
	what string // it is, with its version
}

// start starts a peer. Its standard input is the leash: a peer ends when that does, which
// is when we end, however that comes.
func (p peer) start(ctx context.Context, bin string, env ...string) (*server, error) {
	args := []string{"-c", serverCPU}
	for _, a := range p.command {
		args = append(args, strings.ReplaceAll(a, "{bin}", bin))
	}
	s := &server{cmd: exec.CommandContext(ctx, "taskset", args...)} // which executes the peer, under its own pid
	s.cmd.Env = append(os.Environ(), env...)
	s.cmd.Stderr = &s.stderr
	s.cmd.WaitDelay = 5 * time.Second
	stdin, err := s.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	s.stdin = stdin
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", p.name, err)
	}
	line, err := firstLine(stdout)
	addr, what, ok := strings.Cut(strings.TrimSpace(line), " ")
	if err != nil || !ok {
		err = errors.Join(err, fmt.Errorf("it printed %q instead of its address and version", line))
		return nil, fmt.Errorf("start %s: %w", p.name, errors.Join(err, s.stop()))
	}
	s.addr, s.what = addr, what
	return s, nil
}

// firstLine awaits the line that tells that a peer serves.
func firstLine(r io.ReadCloser) (string, error) {
	slow := time.AfterFunc(20*time.Second, func() { _ = r.Close() })
	defer slow.Stop()
	return bufio.NewReader(r).ReadString('\n')
}

// stop ends the peer; its error has what the peer said on standard error.
func (s *server) stop() error {
	err := s.stdin.Close()
	// A peer that does not heed its leash is killed.
	late := time.AfterFunc(10*time.Second, func() { _ = s.cmd.Process.Kill() })
	defer late.Stop()
	if werr := s.cmd.Wait(); werr != nil {
		err = errors.Join(err, fmt.Errorf("%w: %s", werr, bytes.TrimSpace(s.stderr.Bytes())))
	}
	return err
}

func (s *server) pid() string { return strconv.Itoa(s.cmd.Process.Pid) }
