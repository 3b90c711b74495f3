// The load is the other side of every benchmark: it plays the clients of one workload to
// one server, checks each answer, and prints what it found as JSON.
//
//	load -list
//	load -workload ack-1 -addr 127.0.0.1:3000 -pid 4242 -duration 2s
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"time"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	list := flags.Bool("list", false, "print the workloads as JSON")
	name := flags.String("workload", "", "the workload to run")
	addr := flags.String("addr", "", "the server's address, as in 127.0.0.1:3000")
	pid := flags.Int("pid", 0, "the server's process id, to measure what it costs")
	duration := flags.Duration("duration", 2*time.Second, "how long to measure")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *list {
		return json.NewEncoder(out).Encode(all)
	}
	i := slices.IndexFunc(all, func(w workload) bool { return w.Name == *name })
	if i < 0 {
		return fmt.Errorf("there is no workload %q; -list lists them", *name)
	}
	server, err := netip.ParseAddrPort(*addr)
	if err != nil {
		return fmt.Errorf("-addr: %w", err)
	}
	result, err := runWorkload(all[i], server, process(*pid), *duration)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(result)
}

// runWorkload runs one workload against one server.
func runWorkload(w workload, addr netip.AddrPort, server process, d time.Duration) (result Result, err error) {
	l, err := newLoop()
	if err != nil {
		return Result{}, err
	}
	defer func() {
		if cerr := l.close(); err == nil {
			err = cerr
		}
	}()
	return w.run(&bench{loop: l, addr: addr, server: server, self: process(os.Getpid()), duration: d})
}
