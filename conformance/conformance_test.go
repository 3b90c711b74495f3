// Package conformance holds what compares Rookery with the originals: stock clients run
// the same script against both.
package conformance

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestStockClients runs cases/ against server.mjs and server/, over every transport. Its
// last line counts the cases.
func TestStockClients(t *testing.T) {
	if _, err := os.Stat("node_modules/socket.io"); err != nil {
		t.Fatalf("the npm packages are missing; run make test, or npm ci in this folder: %v", err)
	}
	server := filepath.Join(t.TempDir(), "server")
	if out, err := exec.Command("go", "build", "-race", "-o", server, "./server").CombinedOutput(); err != nil {
		t.Fatalf("build the server: %v\n%s", err, out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, "node", "run.mjs")
	run.Env = append(os.Environ(), "ROOKERY_SERVER="+server)
	run.Cancel = func() error { return run.Process.Signal(syscall.SIGTERM) } // it ends its servers
	run.WaitDelay = 10 * time.Second
	out, err := run.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Errorf("what stock clients see differs: %v", err)
	}
}
