package gateway

import (
	"cmp"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"text/tabwriter"
)

// Routes lists what is mounted, by namespace and event; handlers of one event stand in
// the order they run in.
func (s *Server) Routes() []*Route {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var all []*Route
	add := func(t *table) {
		for _, h := range t.events {
			all = append(all, h.routes...)
		}
		if t.fallback != nil {
			all = append(all, t.fallback.routes...)
		}
	}
	for _, ns := range s.namespaces {
		add(ns.table.Load())
	}
	for _, p := range s.patterns {
		add(p.table)
	}
	slices.SortStableFunc(all, func(a, b *Route) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Event, b.Event))
	})
	return all
}

// PrintRoutes writes routes as a table for people to read.
func PrintRoutes(w io.Writer, routes []*Route) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NAMESPACE\tEVENT\tGATEWAY\tIN\tOUT\tGUARDS\tPIPES\tINTERCEPTORS\tFILTERS")
	for _, r := range routes {
		out := "-"
		if r.Out != nil {
			out = r.Out.String()
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Namespace, r.Event, r.Gateway, r.In, out,
			names(r.Guards), names(r.Pipes), names(r.Interceptors), names(r.Filters))
	}
	return t.Flush()
}

// names are the types of roles; a role that has a String method names itself.
func names[T any](roles []T) string {
	if len(roles) == 0 {
		return "-"
	}
	list := make([]string, len(roles))
	for i, role := range roles {
		if s, ok := any(role).(fmt.Stringer); ok {
			list[i] = s.String()
		} else {
			list[i] = strings.TrimPrefix(reflect.TypeOf(role).String(), "*")
		}
	}
	return strings.Join(list, ", ")
}
