// Package peer runs a server that is to be measured: what the Go peers have in common.
//
// A peer prints one line when it serves, its address, a space, and what it is with its
// version, and ends when its standard input does.
package peer

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
)

// Run serves on a port of its own until standard input ends, and then ends the process.
// The serve func gets the listener and returns when it is closed. module is the Go
// module that is measured. If BENCH_CPUPROFILE is set, a CPU profile goes to the file of
// that name.
func Run(module string, serve func(net.Listener) error) {
	if err := run(module, serve); err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}

func run(module string, serve func(net.Listener) error) (err error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if name := os.Getenv("BENCH_CPUPROFILE"); name != "" {
		f, err := os.Create(name)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer func() {
			pprof.StopCPUProfile()
			err = errors.Join(err, f.Close())
		}()
	}
	served := make(chan error, 1)
	go func() { served <- serve(l) }()
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, os.Stdin)
		ended <- err
	}()
	fmt.Println(l.Addr(), module, version(module)+",", runtime.Version())
	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case err := <-ended:
		return err
	}
}

// version returns the version of a module that this program is built of.
func version(module string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "of an unknown version"
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path != module {
			continue
		}
		if m.Replace != nil || m.Version == "(devel)" {
			return "of this tree"
		}
		return m.Version
	}
	return "of an unknown version"
}
