package pipe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	ut "github.com/go-playground/universal-translator"
	"github.com/go-playground/validator/v10"

	"github.com/rookery-go/rookery/gateway"
)

// Validate returns a pipe that checks decoded payloads by their validate tags, which are
// those of github.com/go-playground/validator. It looks into nested structs, and into the
// elements of slices and maps whose field says "dive".
//
// The error names each field by its path in the JSON, such as "list.1.n". As the client
// sees it, its message has all of the problems, its details the list of them, or with
// [Grouped] a list for each field; its cause is a [*ValidationError].
func Validate(options ...ValidateOption) gateway.Pipe {
	v := &validate{engine: validator.New(validator.WithRequiredStructEnabled())}
	for _, o := range options {
		o(v)
	}
	v.engine.RegisterTagNameFunc(pathName)
	return v
}

// ValidateOption changes what [Validate] does.
type ValidateOption func(*validate)

// ForbidUnknown refuses payloads with properties that the handler's type does not take.
func ForbidUnknown() ValidateOption { return func(v *validate) { v.forbid = true } }

// Whitelist strips the payload of properties that the handler's type does not take, before
// anything sees them. Decoding ignores them anyhow, so this is for types that keep raw
// JSON, and for pipes behind. [ForbidUnknown] goes before it.
func Whitelist() ValidateOption { return func(v *validate) { v.strip = true } }

// Grouped has the details list the problems by field.
func Grouped() ValidateOption { return func(v *validate) { v.grouped = true } }

// StopAtFirst reports the first problem alone.
func StopAtFirst() ValidateOption { return func(v *validate) { v.first = true } }

// HideMessages tells the client "Bad Request" and nothing else.
func HideMessages() ValidateOption { return func(v *validate) { v.hide = true } }

// SkipMissing passes over fields that have their zero value, "required" ones too: for
// updates of a part.
func SkipMissing() ValidateOption { return func(v *validate) { v.skipMissing = true } }

// ErrorFactory makes the error of a failed validation. The list is not empty.
func ErrorFactory(f func([]Problem) error) ValidateOption {
	return func(v *validate) { v.factory = f }
}

// Translate words the messages by a translator that the validator's translations are
// registered with. The name of the field stands in them as its path's last part.
func Translate(t ut.Translator) ValidateOption { return func(v *validate) { v.translator = t } }

// WithValidator uses a validator of one's own, with its rules. Its tag name func is set.
func WithValidator(engine *validator.Validate) ValidateOption {
	return func(v *validate) { v.engine = engine }
}

type validate struct {
	engine                                           *validator.Validate
	forbid, strip, grouped, first, hide, skipMissing bool
	factory                                          func([]Problem) error
	translator                                       ut.Translator
}

// Problem is what is wrong with one field.
type Problem struct {
	// Field is the path of the field in the JSON.
	Field string
	// Rule is the validate tag that failed, "unknown" for a property that nobody takes.
	Rule string
	// Message says what is wrong, beginning with the field.
	Message string
}

// ValidationError is the cause of the error that a failed validation ends with.
type ValidationError struct{ Problems []Problem }

// Error implements error.
func (e *ValidationError) Error() string { return strings.Join(e.Messages(), ", ") }

// Messages lists the messages of the problems.
func (e *ValidationError) Messages() []string {
	list := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		list[i] = p.Message
	}
	return list
}

// Bind implements gateway.Pipe.
func (v *validate) Bind(in reflect.Type) (gateway.Bound, error) {
	var bound gateway.Bound
	s := shapeOf(in)
	if (v.forbid || v.strip) && s.closed() {
		bound.Before = v.before(s)
	}
	check, err := v.checker(in)
	if err != nil {
		return gateway.Bound{}, err
	}
	if check != nil {
		bound.After = func(_ context.Context, _ *gateway.Exec, in any) error {
			return v.refuse(v.problems(check(in)))
		}
	}
	return bound, nil
}

func (v *validate) before(s *shape) func(context.Context, *gateway.Exec, json.RawMessage) (json.RawMessage, error) {
	return func(_ context.Context, _ *gateway.Exec, payload json.RawMessage) (json.RawMessage, error) {
		if !v.forbid {
			return strip(payload, s), nil
		}
		var problems []Problem
		for _, path := range unknown(payload, s) {
			problems = append(problems, Problem{path, "unknown", "property " + path + " should not exist"})
		}
		return payload, v.refuse(problems)
	}
}

// checker returns the func that checks a pointer to a value of a type; nil where there is
// nothing to check. A tag that the validator does not know is found here.
func (v *validate) checker(in reflect.Type) (check func(any) error, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("validate tags of %v: %v", in, p)
		}
	}()
	t := in
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Struct:
		check = func(in any) error {
			value := reflect.ValueOf(in).Elem()
			for value.Kind() == reflect.Pointer {
				if value.IsNil() {
					return nil
				}
				value = value.Elem()
			}
			return v.engine.Struct(value.Addr().Interface())
		}
	case reflect.Slice, reflect.Array, reflect.Map:
		if structOf(t.Elem()) == nil {
			return nil, nil
		}
		check = func(in any) error { return v.engine.Var(reflect.ValueOf(in).Elem().Interface(), "dive") }
	default:
		return nil, nil
	}
	_ = check(reflect.New(in).Interface()) // panics now rather than at the first event
	return check, nil
}

// problems lists what an error of the validator says.
func (v *validate) problems(err error) []Problem {
	var fields validator.ValidationErrors
	if !errors.As(err, &fields) {
		return nil
	}
	var list []Problem
	for _, f := range fields {
		if v.skipMissing && reflect.ValueOf(f.Value()).IsZero() {
			continue
		}
		path := fieldPath(f.Namespace())
		message := path + " " + describe(f)
		if v.translator != nil {
			message = f.Translate(v.translator)
		}
		list = append(list, Problem{path, f.Tag(), message})
	}
	return list
}

// refuse makes the error of problems; nil if there are none.
func (v *validate) refuse(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	if v.first {
		problems = problems[:1]
	}
	if v.factory != nil {
		return v.factory(slices.Clone(problems))
	}
	cause := &ValidationError{problems}
	e := &gateway.Error{Message: "Bad Request", Code: gateway.CodeBadPayload, Cause: cause}
	switch {
	case v.hide:
	case v.grouped:
		byField := map[string][]string{}
		for _, p := range problems {
			byField[p.Field] = append(byField[p.Field], strings.TrimPrefix(p.Message, p.Field+" "))
		}
		e.Message, e.Details = cause.Error(), byField
	default:
		e.Message, e.Details = cause.Error(), cause.Messages()
	}
	return e
}

// unnamed stands for an embedded struct in the validator's paths: in JSON its fields are
// the outer struct's.
const unnamed = "\x00"

// pathName names a field in the validator's paths.
func pathName(f reflect.StructField) string {
	if name, ok := jsonName(f); ok {
		return name
	}
	if f.Anonymous {
		return unnamed
	}
	return f.Name
}

// fieldPath makes a path such as list.1.n of one such as Type.list[1].n.
func fieldPath(namespace string) string {
	if !strings.HasPrefix(namespace, "[") {
		_, namespace, _ = strings.Cut(namespace, ".")
	}
	namespace = strings.ReplaceAll(namespace, unnamed+".", "")
	namespace = strings.NewReplacer("[", ".", "]", "").Replace(namespace)
	return strings.TrimPrefix(namespace, ".")
}
