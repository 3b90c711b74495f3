package gateway

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Pattern is a gateway mounted on all namespaces whose names match a pattern. Such a
// namespace comes into being with its first client and is gone with its last; each has
// its own clients and rooms. Methods are safe for concurrent use.
type Pattern struct {
	server *Server
	text   string
	re     *regexp.Regexp
	table  *table

	mu       sync.Mutex
	children map[string]*Namespace
}

// MountPattern puts a gateway on every namespace that matches a pattern and has no gateway
// of its own: "/room-{id}" matches "/room-7", and [Client.Param]("id") is "7". A parameter
// matches anything but a slash, or what a regular expression says: "{id:\d+}". Of several
// patterns that match, the one mounted first has the namespace.
//
// Hooks are called as for any gateway, but AfterInit is not: at that time there is no
// namespace. It panics as [Server.Mount] does.
func (s *Server) MountPattern(pattern string, g Gateway, options ...MountOption) *Pattern {
	p, err := s.mountPattern(pattern, g, options)
	if err != nil {
		panic(fmt.Errorf("gateway: mount %T on pattern %q: %w", g, pattern, err))
	}
	return p
}

func (s *Server) mountPattern(text string, g Gateway, options []MountOption) (*Pattern, error) {
	if !strings.HasPrefix(text, "/") {
		text = "/" + text
	}
	re, err := compilePattern(text)
	if err != nil {
		return nil, err
	}
	m, routes, err := s.prepare(text, g, options)
	if err != nil {
		return nil, err
	}
	p := &Pattern{server: s, text: text, re: re, table: (&table{}).with(m, routes), children: map[string]*Namespace{}}
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.ContainsFunc(s.patterns, func(have *Pattern) bool { return have.text == text }) {
		return nil, errors.New("the pattern is mounted already; the second gateway would never see a client")
	}
	s.patterns = append(s.patterns, p)
	return p, nil
}

// compilePattern makes a regular expression of a pattern with {name} or {name:expr}.
func compilePattern(pattern string) (*regexp.Regexp, error) {
	var expr strings.Builder
	expr.WriteString("^")
	for rest := pattern; rest != ""; {
		open := strings.IndexByte(rest, '{')
		if open < 0 {
			expr.WriteString(regexp.QuoteMeta(rest))
			break
		}
		end := closingBrace(rest[open:])
		if end < 0 {
			return nil, errors.New("a brace is not closed")
		}
		name, match, ok := strings.Cut(rest[open+1:open+end], ":")
		if !ok {
			match = "[^/]+"
		}
		expr.WriteString(regexp.QuoteMeta(rest[:open]))
		fmt.Fprintf(&expr, "(?P<%s>%s)", name, match)
		rest = rest[open+end+1:]
	}
	expr.WriteString("$")
	re, err := regexp.Compile(expr.String())
	if err != nil {
		return nil, fmt.Errorf("the pattern is malformed: %w", err)
	}
	if re.NumSubexp() == 0 {
		return nil, errors.New("there is no {parameter} in it; use Mount")
	}
	return re, nil
}

// closingBrace finds the brace that closes the one s begins with: an expression may have
// braces of its own.
func closingBrace(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// Namespaces lists the namespaces that there are now.
func (p *Pattern) Namespaces() []*Namespace {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Collect(maps.Values(p.children))
}

// Emit sends an event to every client of every such namespace on this node.
func (p *Pattern) Emit(event string, args ...any) error {
	var errs []error
	for _, ns := range p.Namespaces() {
		errs = append(errs, ns.Emit(event, args...))
	}
	return errors.Join(errs...)
}

// enter returns the namespace of that name with a place in it taken, or nil if the name
// does not match.
func (p *Pattern) enter(name string) (*Namespace, error) {
	match := p.re.FindStringSubmatch(name)
	if match == nil {
		return nil, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	ns := p.children[name]
	if ns == nil {
		var err error
		if ns, err = newNamespace(p.server, name); err != nil {
			return nil, err
		}
		ns.pattern = p
		ns.params = map[string]string{}
		for i, param := range p.re.SubexpNames() {
			if param != "" {
				ns.params[param] = match[i]
			}
		}
		ns.table.Store(p.table)
		p.children[name] = ns
	}
	ns.places++
	return ns, nil
}

// leave gives a place back; with the last one the namespace goes.
func (p *Pattern) leave(ns *Namespace) {
	p.mu.Lock()
	ns.places--
	last := ns.places == 0
	if last {
		delete(p.children, ns.name)
	}
	p.mu.Unlock()
	if last {
		if err := ns.adapter.Close(); err != nil {
			p.server.config.logger.Error("gateway: close the adapter", "namespace", ns.name, "error", err)
		}
	}
}
