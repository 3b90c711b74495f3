package rookery_test

import (
	"bufio"
	"go/ast"
	"go/parser"
	"go/token"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// fenced returns the first block of that language in README.md which contains a text.
func fenced(t *testing.T, language, containing string) string {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(string(readme), -1)
	for _, block := range blocks {
		if strings.Contains(block[1], containing) {
			return block[1]
		}
	}
	t.Fatalf("README.md has no %s block with %q", language, containing)
	return ""
}

// TestReadmeProgram builds and runs the README's program as a newcomer would, in a
// module of its own, and talks to it.
func TestReadmeProgram(t *testing.T) {
	program, page := fenced(t, "go", "package main"), fenced(t, "html", "<!doctype html>")
	if lines := strings.Count(program, "\n"); lines > 40 {
		t.Errorf("the program has %d lines; 40 were promised", lines)
	}
	port := freePort(t)
	console := fenced(t, "console", "$ ")
	_, want, _ := strings.Cut(console, "\n")
	program = strings.ReplaceAll(program, "3000", port)
	want = strings.ReplaceAll(strings.TrimSpace(want), "3000", port)

	got := start(t, program, page)
	if got != want {
		t.Errorf("it printed %q, README says %q", got, want)
	}
	base := "http://localhost:" + port
	if got := get(t, base+"/"); got != page {
		t.Errorf("GET / returned %.100q, want the README's page", got)
	}

	c := connect(t, base, "/chat")
	c.send(`42/chat,1["joinRoom","lobby"]`)
	c.expect(`43/chat,1["welcome to lobby"]`)
	c.send(`42/chat,2["message",{"room":"lobby","text":"Hello"}]`)
	c.expect(`42/chat,["message",{"room":"lobby","text":"Hello"}]`)
	c.expect(`43/chat,2[true]`)
	c.send(`42/chat,3["message",{"room":"lobby","text":""}]`)
	c.expect(`43/chat,3[{"status":"error","message":"text should not be empty","cause":{"pattern":"message","data":{"room":"lobby","text":""}}}]`)
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// start builds and runs a program and returns the first line it prints.
func start(t *testing.T, program, page string) string {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for name, content := range map[string]string{
		"main.go":    program,
		"index.html": page,
		"go.mod": "module chat\n\ngo 1.25.0\n\nrequire github.com/rookery-go/rookery v0.0.0\n\n" +
			"replace github.com/rookery-go/rookery => " + root + "\n",
		"go.sum": string(sums),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-mod=mod", "-o", "chat", ".")
	build.Dir = folder
	build.Env = append(os.Environ(), "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("the README's program does not build: %v\n%s", err, out)
	}

	run := exec.CommandContext(t.Context(), filepath.Join(folder, "chat"))
	run.Dir = folder
	stdout, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = run.Wait() }) // it was killed: its context ended with the test
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the program printed nothing: %v", err)
	}
	return strings.TrimSpace(line)
}

// TestReadmeQuotesTheChat keeps the quoted test what it is in the example.
func TestReadmeQuotesTheChat(t *testing.T) {
	source, err := os.ReadFile("examples/chat/chat_test.go")
	if err != nil {
		t.Fatal(err)
	}
	if quoted := fenced(t, "go", "func Test"); !strings.Contains(string(source), quoted) {
		t.Errorf("README.md quotes a test that is not in examples/chat/chat_test.go:\n%s", quoted)
	}
}

// TestReadmeNames checks that what README.md names is there.
func TestReadmeNames(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\b(gateway|engine|adapter|gatewaytest|pipe|presence)\.([A-Z]\w*)`).FindAllStringSubmatch(string(readme), -1)
	if len(named) < 30 {
		t.Fatalf("README.md names %d things only; is this test looking in the right place?", len(named))
	}
	exported := map[string]map[string]bool{}
	for _, name := range named {
		if exported[name[1]] == nil {
			exported[name[1]] = namesOf(t, name[1])
		}
		if !exported[name[1]][name[2]] && name[0] != "engine.Connect" { // in a quoted test, engine is a variable
			t.Errorf("README.md names %s, which there is not", name[0])
		}
	}
}

// TestReadmeDefaults compares the table of the engine's options with their godoc.
func TestReadmeDefaults(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(readme), "| `engine.Options` |")
	table, _, _ = strings.Cut(table, "\n\n")
	documented := fieldDocs(t, "engine/options.go", "Options")
	rows := 0
	for _, row := range regexp.MustCompile("(?m)^\\| (`[A-Z]\\w+`(?:, `[A-Z]\\w+`)*) \\| ([^|]+) \\|").FindAllStringSubmatch(table, -1) {
		fields, values := strings.Split(row[1], ", "), strings.Split(row[2], ", ")
		for i, field := range fields {
			field = strings.Trim(field, "`")
			if doc := strings.Join(strings.Fields(documented[field]), " "); !strings.Contains(doc, "default "+values[i]) {
				t.Errorf("README.md says that the default of %s is %s, its godoc: %q", field, values[i], doc)
			}
			rows++
		}
	}
	if rows < 11 {
		t.Errorf("README.md tells %d defaults only; is this test looking in the right place?", rows)
	}
}

// fieldDocs returns the comments of the fields of a struct.
func fieldDocs(t *testing.T, path, name string) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != name {
			return true
		}
		if s, ok := spec.Type.(*ast.StructType); ok {
			for _, field := range s.Fields.List {
				for _, id := range field.Names {
					docs[id.Name] = field.Doc.Text()
				}
			}
		}
		return false
	})
	return docs
}

// namesOf returns the exported names of a package of this module.
func namesOf(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no Go files in %s: %v", folder, err)
	}
	names := map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			switch d := declaration.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					names[d.Name.Name] = true
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch s := spec.(type) {
					case *ast.TypeSpec:
						names[s.Name.Name] = true
					case *ast.ValueSpec:
						for _, n := range s.Names {
							names[n.Name] = true
						}
					}
				}
			}
		}
	}
	return names
}
