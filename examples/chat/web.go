package main

import (
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

//go:embed web
var web embed.FS

// page serves the page, and the stock client from the file of that name.
func page(client string) http.Handler {
	files, err := fs.Sub(web, "web")
	if err != nil {
		panic(err) // the path is a constant
	}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServerFS(files))
	mux.HandleFunc("/socket.io.min.js", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, client)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		// Whatever people write into the chat, no script but ours runs.
		h.Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		mux.ServeHTTP(w, r)
	})
}

// findClient returns where npm has put the stock client: beside the sources, beside the
// program or in the working directory.
func findClient() (string, error) {
	var folders []string
	if _, source, _, ok := runtime.Caller(0); ok {
		folders = append(folders, filepath.Dir(source))
	}
	if program, err := os.Executable(); err == nil {
		folders = append(folders, filepath.Dir(program))
	}
	return clientIn(append(folders, "."))
}

func clientIn(folders []string) (string, error) {
	for _, folder := range folders {
		client := filepath.Join(folder, "node_modules", "socket.io-client", "dist", "socket.io.min.js")
		if _, err := os.Stat(client); err == nil {
			return client, nil
		}
	}
	return "", fmt.Errorf("the stock Socket.IO client is missing: run \"npm ci\" in examples/chat, or \"make run\" at the top of the repository (looked for node_modules in %s)", strings.Join(folders, ", "))
}
