package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// A process is what the operating system knows of the server, or of the load itself.
type process int

// cpu returns the CPU time, user and system, that the process has consumed: what
// getrusage and /proc/PID/stat tell, in nanoseconds instead of ticks of 10 ms.
func (p process) cpu() (time.Duration, error) {
	const sched = 2 // CPUCLOCK_SCHED; see clock_getcpuclockid(3) and linux/posix-timers.h
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^int(p)<<3|sched), &t); err != nil {
		return 0, fmt.Errorf("CPU time of process %d: %w", p, err)
	}
	return time.Duration(t.Nano()), nil
}

// resident returns the bytes of memory that are the process's at the moment.
func (p process) resident() (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p))
	if err != nil {
		return 0, fmt.Errorf("memory of process %d: %w", p, err)
	}
	fields := bytes.Fields(b)
	if len(fields) < 2 {
		return 0, fmt.Errorf("memory of process %d: /proc says %q", p, b)
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("memory of process %d: %w", p, err)
	}
	return pages * int64(os.Getpagesize()), nil
}
