package gateway

import "fmt"

// Meta hangs a value on a handler, a gateway or the server, for roles to read with
// [MetaOf] and [MetaAll]. It is what NestJS's SetMetadata and Reflector do. One key has
// one value in a scope.
func Meta(key string, value any) Option {
	return optionFunc(func(s *scope) error {
		if key == "" || value == nil {
			return fmt.Errorf("gateway: Meta(%q, %v): key and value must not be empty", key, value)
		}
		if _, twice := s.meta[key]; twice {
			return fmt.Errorf("gateway: Meta(%q, …) is given twice in one scope; one of the values would never be seen", key)
		}
		if s.meta == nil {
			s.meta = map[string]any{}
		}
		s.meta[key] = value
		return nil
	})
}

// MetaOf returns the value of key nearest to the handler: its own, else the
// gateway's, else the server's. It is false when there is none of type T.
func MetaOf[T any](x *Exec, key string) (T, bool) {
	for _, m := range x.metas() {
		if v, ok := m[key].(T); ok {
			return v, true
		}
	}
	var zero T
	return zero, false
}

// MetaAll returns the values of key, the handler's first, then the gateway's, then
// the server's.
func MetaAll[T any](x *Exec, key string) []T {
	var all []T
	for _, m := range x.metas() {
		if v, ok := m[key].(T); ok {
			all = append(all, v)
		}
	}
	return all
}

func (x *Exec) metas() [3]map[string]any {
	var m [3]map[string]any
	if x.route != nil {
		m[0] = x.route.scope.meta
	}
	if x.gw != nil {
		m[1] = x.gw.scope.meta
	}
	m[2] = x.client.ns.server.config.scope.meta
	return m
}
