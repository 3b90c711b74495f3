package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// describeMachine says what the figures were measured on, in one line.
func describeMachine() string {
	return fmt.Sprintf("%s, %d CPUs, Linux %s, load average %s before the start",
		procField("/proc/cpuinfo", "model name"), runtime.NumCPU(), procLine("/proc/sys/kernel/osrelease"),
		procLine("/proc/loadavg"))
}

// procLine returns the first word of a file in /proc.
func procLine(file string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return "unknown"
	}
	word, _, _ := strings.Cut(strings.TrimSpace(string(b)), " ")
	return word
}

// procField returns the first value of a name in a file of "name : value" lines.
func procField(file, name string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(b)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}
