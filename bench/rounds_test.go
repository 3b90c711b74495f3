package main

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func built(t *testing.T) *programs {
	t.Helper()
	p := &programs{t.TempDir()}
	if err := p.goPrograms(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p
}

// Each workload runs on the yardstick and on Rookery and finds all answers right.
func TestEveryWorkloadRuns(t *testing.T) {
	p := built(t)
	workloads, err := p.workloads(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{programs: p, selected: func(string) bool { return true }, duration: 100 * time.Millisecond, progress: t.Output()}
	r, err := b.run(t.Context(), workloads, peers[:2], 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.failures(); err != nil {
		t.Error(err)
	}
	for _, w := range workloads {
		for _, peer := range peers[:2] {
			samples := r.samples[cell{w.Name, peer.name}]
			if len(samples) != 1 || samples[0].Figure <= 0 || samples[0].Operations <= 0 {
				t.Errorf("%s on %s: samples %+v", w.Name, peer.name, samples)
			}
		}
	}
}

func TestAPeerThatDoesNotServeIsReported(t *testing.T) {
	p := built(t)
	silent := peer{name: "silent", title: "Silent", command: []string{"true"}}
	b := &bench{programs: p, selected: func(string) bool { return true }, duration: time.Millisecond, progress: t.Output()}
	r, err := b.run(t.Context(), []workload{{"ack-1", "ack", "µs"}}, []peer{silent}, 2)
	if err != nil || r.failed[cell{"ack-1", "silent"}] == nil {
		t.Errorf("error %v, failures %v", err, r.failures())
	}
}

// A peer ends with its standard input, so that none is left over however we end.
func TestAPeerEndsWithItsLeash(t *testing.T) {
	p := built(t)
	for _, peer := range peers[:2] {
		s, err := peer.start(t.Context(), p.bin)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.stop(); err != nil {
			t.Errorf("%s: %v", peer.name, err)
		}
		if s.cmd.ProcessState == nil || !s.cmd.ProcessState.Success() {
			t.Errorf("%s: %v", peer.name, s.cmd.ProcessState)
		}
	}
}

func TestACancelledRunKillsWhatItStarted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := peer{name: "stubborn", command: []string{"sh", "-c", "echo 127.0.0.1:1 stubborn; exec sleep 600"}}.start(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := s.cmd.Wait(); err == nil {
		t.Error("it ended by itself")
	}
	if exec.Command("kill", "-0", s.pid()).Run() == nil {
		t.Errorf("process %s is alive", s.pid())
	}
}
