package pipe

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
)

// A shape is which properties a type takes, made once for each type that is mounted. A nil
// shape takes anything.
type shape struct {
	fields map[string]*shape // of a struct, by JSON name
	folded map[string]*shape // the same, in lower case: encoding/json does not mind the case
	elem   *shape            // of a slice's or map's elements
	list   bool              // a slice or array; else, without fields, a map
}

// shapeOf returns the shape of a type.
func shapeOf(t reflect.Type) *shape { return makeShape(t, map[reflect.Type]*shape{}) }

var (
	unmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func makeShape(t reflect.Type, made map[reflect.Type]*shape) *shape {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if s, ok := made[t]; ok {
		return s // also of a type that contains itself
	}
	if p := reflect.PointerTo(t); p.Implements(unmarshaler) || p.Implements(textUnmarshaler) {
		return nil
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map:
		s := &shape{list: t.Kind() != reflect.Map}
		made[t] = s
		s.elem = makeShape(t.Elem(), made)
		if s.elem == nil {
			made[t] = nil
			return nil
		}
		return s
	case reflect.Struct:
		s := &shape{fields: map[string]*shape{}, folded: map[string]*shape{}}
		made[t] = s
		for _, f := range reflect.VisibleFields(t) {
			if name, ok := jsonName(f); ok && promoted(t, f) {
				s.fields[name] = makeShape(f.Type, made)
				s.folded[strings.ToLower(name)] = s.fields[name]
			}
		}
		return s
	}
	return nil
}

// jsonName returns the name of a field in JSON; false for one that has none there.
func jsonName(f reflect.StructField) (string, bool) {
	tag := f.Tag.Get("json")
	name, _, _ := strings.Cut(tag, ",")
	switch {
	case tag == "-", !f.IsExported():
		return "", false
	case name != "":
		return name, true
	case f.Anonymous && structOf(f.Type) != nil:
		return "", false // its fields count as the outer struct's
	}
	return f.Name, true
}

// promoted tells whether a visible field is not inside of an embedded struct that has a
// name of its own in JSON.
func promoted(t reflect.Type, f reflect.StructField) bool {
	for i := 1; i < len(f.Index); i++ {
		outer := t.FieldByIndex(f.Index[:i])
		if name, _, _ := strings.Cut(outer.Tag.Get("json"), ","); name != "" {
			return false
		}
	}
	return true
}

func structOf(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() == reflect.Struct {
		return t
	}
	return nil
}

// knows tells whether a struct takes a property.
func (s *shape) knows(name string) bool {
	_, known := s.property(name)
	return known
}

// property returns the shape of a property; false if there is none of that name.
func (s *shape) property(name string) (*shape, bool) {
	if s.fields == nil {
		return s.elem, true
	}
	if p, ok := s.fields[name]; ok {
		return p, true
	}
	p, ok := s.folded[strings.ToLower(name)]
	return p, ok
}

// closed tells whether somewhere in the shape there is a struct, which may be given
// properties that it does not take.
func (s *shape) closed() bool { return s.closedBut(nil) }

func (s *shape) closedBut(seen []*shape) bool {
	if s == nil || slices.Contains(seen, s) {
		return false
	}
	return s.fields != nil || s.elem.closedBut(append(seen, s))
}
