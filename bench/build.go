package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// programs are what a run needs, built.
type programs struct{ bin string }

// build builds the load and the Go peers, and installs what the Node.js peers need.
func build(ctx context.Context) (*programs, error) {
	bin, err := os.MkdirTemp("", "rookery-bench-")
	if err != nil {
		return nil, err
	}
	p := &programs{bin}
	if err := errors.Join(p.goPrograms(ctx), npmPackages(ctx)); err != nil {
		return nil, errors.Join(err, p.remove())
	}
	return p, nil
}

func (p *programs) goPrograms(ctx context.Context) error {
	mains, err := filepath.Glob("peers/*/main.go")
	if err != nil {
		return err
	}
	args := []string{"build", "-o", p.bin + "/", "./load"}
	for _, m := range mains {
		args = append(args, "./"+filepath.Dir(m))
	}
	return command(ctx, ".", "go", args...)
}

// npmPackages installs what the lock files say, where that is not so yet.
func npmPackages(ctx context.Context) error {
	locks, err := filepath.Glob("peers/*/package-lock.json")
	if err != nil {
		return err
	}
	for _, lock := range locks {
		folder := filepath.Dir(lock)
		want, err := os.Stat(lock)
		if err != nil {
			return err
		}
		have, err := os.Stat(filepath.Join(folder, "node_modules", ".package-lock.json"))
		if err == nil && !have.ModTime().Before(want.ModTime()) {
			continue
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := command(ctx, folder, "npm", "ci", "--no-audit", "--no-fund"); err != nil {
			return err
		}
	}
	return nil
}

func command(ctx context.Context, folder, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v in %s: %w\n%s", cmd, folder, err, out)
	}
	return nil
}

func (p *programs) remove() error { return os.RemoveAll(p.bin) }

// A workload is what the load knows to do.
type workload struct{ Name, Title, Unit string }

// workloads asks the load what it knows.
func (p *programs) workloads(ctx context.Context) ([]workload, error) {
	out, err := exec.CommandContext(ctx, filepath.Join(p.bin, "load"), "-list").Output()
	if err != nil {
		return nil, fmt.Errorf("list the workloads: %w", err)
	}
	var all []workload
	if err := json.Unmarshal(out, &all); err != nil {
		return nil, fmt.Errorf("list the workloads: %w", err)
	}
	return all, nil
}
