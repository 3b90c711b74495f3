// Bench measures what a message costs on Rookery and on its peers, side by side.
//
//	go run . [-rounds 5] [-duration 2s] [-only regexp] [-profile folder]
//
// Each peer serves on one CPU while the load, which plays the clients, has another. The
// main figure is the CPU time that the server consumed for one operation, by the
// operating system's account; the table shows it in proportion to the yardstick, a bare
// WebSocket server. The peers take turns within each round, so that what else the machine
// does troubles all of them alike.
//
// A run of everything goes to RESULTS.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"syscall"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() (err error) {
	rounds := flag.Int("rounds", 5, "how often to measure each peer; the median counts")
	duration := flag.Duration("duration", 2*time.Second, "how long to measure each time")
	only := flag.String("only", "", "measure only where this regular expression matches workload/peer, as in '^ack.*/(gws|rookery)$'")
	profile := flag.String("profile", "", "write CPU profiles of the Go peers to this folder, for the last round")
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flag.Arg(0))
	}
	if *rounds < 1 || *duration <= 0 {
		return errors.New("-rounds and -duration must be positive")
	}
	selected, err := regexp.Compile(*only)
	if err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	if runtime.NumCPU() < 2 {
		return errors.New("the server and the load need a CPU each, and this machine has one")
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	if *profile != "" {
		if err := os.MkdirAll(*profile, 0o755); err != nil {
			return err
		}
	}

	began := time.Now()
	programs, err := build(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, programs.remove()) }()
	workloads, err := programs.workloads(ctx)
	if err != nil {
		return err
	}
	machine := describeMachine()
	fmt.Println(machine)

	b := &bench{
		programs: programs,
		selected: selected.MatchString,
		duration: *duration,
		profile:  *profile,
		progress: os.Stderr,
	}
	results, err := b.run(ctx, workloads, peers, *rounds)
	if err != nil {
		return err
	}
	r := report{
		machine:   machine,
		when:      began,
		rounds:    *rounds,
		duration:  *duration,
		workloads: workloads,
		peers:     peers,
		results:   results,
	}
	fmt.Printf("\n%s\n%s\nin %v\n", r.ratios(), r.details(), time.Since(began).Round(time.Second))
	if *only == "" {
		if err := os.WriteFile("RESULTS.md", []byte(r.page()), 0o644); err != nil {
			return err
		}
	}
	return results.failures()
}
