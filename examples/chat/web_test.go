package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// installed makes a folder where npm has been, and returns it and the client in it.
func installed(t *testing.T) (folder, client string) {
	t.Helper()
	folder = t.TempDir()
	client = filepath.Join(folder, "node_modules", "socket.io-client", "dist", "socket.io.min.js")
	if err := os.MkdirAll(filepath.Dir(client), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(client, []byte("// the client"), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder, client
}

func TestClientIsFoundWhereNpmWas(t *testing.T) {
	folder, want := installed(t)
	got, err := clientIn([]string{t.TempDir(), folder})
	if err != nil || got != want {
		t.Errorf("found %q, %v; want %q", got, err, want)
	}
}

func TestMissingClientIsExplained(t *testing.T) {
	folder := t.TempDir()
	_, err := clientIn([]string{folder})
	if err == nil || !strings.Contains(err.Error(), "make run") || !strings.Contains(err.Error(), folder) {
		t.Errorf("error %v: it should tell what to run and where it has looked", err)
	}
}

func TestPage(t *testing.T) {
	_, client := installed(t)
	handler := page(client)
	for path, contentType := range map[string]string{
		"/":                 "text/html; charset=utf-8",
		"/app.js":           "text/javascript; charset=utf-8",
		"/style.css":        "text/css; charset=utf-8",
		"/icon.svg":         "image/svg+xml",
		"/socket.io.min.js": "text/javascript; charset=utf-8",
	} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != contentType {
			t.Errorf("GET %s: %d, %s; want 200, %s", path, w.Code, w.Header().Get("Content-Type"), contentType)
		}
		if policy := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'self';") {
			t.Errorf("GET %s: content security policy %q", path, policy)
		}
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/package.json", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("GET /package.json: %d, want 404", w.Code)
	}
}
