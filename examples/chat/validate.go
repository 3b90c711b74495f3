package main

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rookery-go/rookery/gateway"
)

// validator is a payload that knows whether it is right.
type validator interface{ Validate() error }

// validate is a pipe for payloads that are validators. It refuses properties that they
// have no field for, and those that their Validate refuses.
type validate struct{}

// Bind implements gateway.Pipe.
func (validate) Bind(in reflect.Type) (gateway.Bound, error) {
	if !in.Implements(reflect.TypeFor[validator]()) {
		return gateway.Bound{}, fmt.Errorf("%v has no Validate method", in)
	}
	var known []string
	for _, field := range reflect.VisibleFields(in) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		known = append(known, name)
	}
	return gateway.Bound{
		Before: func(_ context.Context, _ *gateway.Exec, payload json.RawMessage) (json.RawMessage, error) {
			return payload, refuseUnknown(payload, known)
		},
		After: func(_ context.Context, _ *gateway.Exec, in any) error {
			return in.(validator).Validate()
		},
	}, nil
}

func refuseUnknown(payload json.RawMessage, known []string) error {
	var properties map[string]json.RawMessage
	_ = json.Unmarshal(payload, &properties) // where it is no object, decoding it says so better
	var problems []string
	for name := range properties {
		if !slices.Contains(known, name) {
			problems = append(problems, fmt.Sprintf("property %s should not exist", name))
		}
	}
	slices.Sort(problems)
	return check(problems...)
}

// check makes an error of the problems that are not empty, or nil.
func check(problems ...string) error {
	problems = slices.DeleteFunc(problems, func(p string) bool { return p == "" })
	if len(problems) == 0 {
		return nil
	}
	return &gateway.Error{Message: strings.Join(problems, ", "), Code: "invalid", Details: problems}
}

func notEmpty(field, value string) string {
	if strings.TrimSpace(value) == "" {
		return field + " should not be empty"
	}
	return ""
}

// maxLength counts characters, not bytes.
func maxLength(field, value string, limit int) string {
	if utf8.RuneCountInString(value) > limit {
		return fmt.Sprintf("%s must be shorter than or equal to %d characters", field, limit)
	}
	return ""
}
