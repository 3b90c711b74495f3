package main

import (
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func usage(t *testing.T) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestCPUTimeIsThatOfRusage(t *testing.T) {
	self := process(os.Getpid())
	began := usage(t)
	for rounds := 0; usage(t) < began+50*time.Millisecond; rounds++ {
		_ = rounds * rounds
	}
	const tick = 10 * time.Millisecond // rusage may lag by as much
	low := usage(t) - tick
	got, err := self.cpu()
	high := usage(t) + tick
	if err != nil || got < low || got > high {
		t.Errorf("CPU time is %v, error %v; rusage says %v to %v", got, err, low, high)
	}
}

func TestResidentMemoryGrows(t *testing.T) {
	self := process(os.Getpid())
	before, err := self.resident()
	if err != nil {
		t.Fatal(err)
	}
	const size = 64 << 20
	b, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(b); i += 4096 {
		b[i] = 1
	}
	after, err := self.resident()
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Munmap(b); err != nil {
		t.Fatal(err)
	}
	if grown := after - before; grown < size/2 {
		t.Errorf("%d bytes were touched, and resident memory grew by %d", size, grown)
	}
}

func TestNoSuchProcess(t *testing.T) {
	gone := process(1 << 22) // above the highest pid of Linux
	if d, err := gone.cpu(); err == nil {
		t.Errorf("CPU time of no process is %v", d)
	}
	if n, err := gone.resident(); err == nil {
		t.Errorf("memory of no process is %d", n)
	}
}
