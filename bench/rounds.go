package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"time"
)

// A bench measures.
type bench struct {
	programs *programs
	selected func(workloadAndPeer string) bool
	duration time.Duration
	profile  string // folder; "" for none
	progress io.Writer
}

// A cell is one of the table's: one workload on one peer.
type cell struct{ workload, peer string }

func (c cell) String() string { return c.workload + "/" + c.peer }

// A sample is what the load found in one run; see Result in load/workload.go.
type sample struct {
	Figure     float64
	Operations int
	Wall       time.Duration
	P50, P99   time.Duration
	LoadBusy   float64
}

// results are what was measured.
type results struct {
	samples map[cell][]sample // one for each round
	failed  map[cell]error    // the first failure; there are no samples then
	what    map[string]string // what each peer is, with its version
}

// failures returns what went wrong.
func (r *results) failures() error {
	var errs []error
	for c, err := range r.failed {
		errs = append(errs, fmt.Errorf("%v: %w", c, err))
	}
	return errors.Join(errs...)
}

// run measures all peers in turn, as often as there are rounds.
func (b *bench) run(ctx context.Context, workloads []workload, peers []peer, rounds int) (*results, error) {
	r := &results{samples: map[cell][]sample{}, failed: map[cell]error{}, what: map[string]string{}}
	for round := range rounds {
		for _, w := range workloads {
			for i := range peers {
				// Another one begins in each round: who comes next may profit of a warm machine.
				p := peers[(i+round)%len(peers)]
				c := cell{w.Name, p.name}
				if !b.selected(c.String()) || r.failed[c] != nil {
					continue
				}
				s, what, err := b.measure(ctx, c, p, round == rounds-1)
				if ctx.Err() != nil {
					return nil, ctx.Err()
				}
				if err != nil {
					fmt.Fprintf(b.progress, "%d/%d %v: failed: %v\n", round+1, rounds, c, err)
					r.failed[c] = err
					delete(r.samples, c)
					continue
				}
				fmt.Fprintf(b.progress, "%d/%d %-30v %8.2f %s\n", round+1, rounds, c, s.Figure, w.Unit)
				r.samples[c] = append(r.samples[c], s)
				r.what[p.name] = what
			}
		}
	}
	return r, nil
}

// measure starts a peer and lets the load run one workload on it.
func (b *bench) measure(ctx context.Context, c cell, p peer, last bool) (_ sample, what string, err error) {
	var env []string
	if b.profile != "" && last {
		file, err := filepath.Abs(filepath.Join(b.profile, c.workload+"-"+c.peer+".pprof"))
		if err != nil {
			return sample{}, "", err
		}
		env = append(env, "BENCH_CPUPROFILE="+file)
	}
	s, err := p.start(ctx, b.programs.bin, env...)
	if err != nil {
		return sample{}, "", err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	found, err := b.load(ctx, c.workload, s)
	return found, s.what, err
}

func (b *bench) load(ctx context.Context, workload string, s *server) (sample, error) {
	var stderr bytes.Buffer
	load := exec.CommandContext(ctx, "taskset", "-c", loadCPU, filepath.Join(b.programs.bin, "load"),
		"-workload", workload, "-addr", s.addr, "-pid", s.pid(), "-duration", b.duration.String())
	load.Stderr = &stderr
	out, err := load.Output()
	if err != nil {
		return sample{}, fmt.Errorf("%s (%w)", bytes.TrimSpace(stderr.Bytes()), err)
	}
	var found sample
	if err := json.Unmarshal(out, &found); err != nil {
		return sample{}, fmt.Errorf("the load printed %q: %w", out, err)
	}
	return found, nil
}
