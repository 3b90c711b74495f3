package pipe_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-playground/locales/en"
	ut "github.com/go-playground/universal-translator"
	"github.com/go-playground/validator/v10"
	entranslations "github.com/go-playground/validator/v10/translations/en"

	"github.com/rookery-go/rookery/gateway"
	"github.com/rookery-go/rookery/gatewaytest"
	"github.com/rookery-go/rookery/pipe"
)

// pass runs a payload through pipes as a handler that takes an In would have it.
func pass[In any](t *testing.T, payload any, pipes ...gateway.Pipe) (In, error) {
	t.Helper()
	seen := make(chan In, 1)
	e := gatewaytest.NewEngine()
	var failed error
	s := gateway.New(gateway.WithEngine(e), gateway.UseFilters(gateway.FilterFunc(func(_ context.Context, _ *gateway.Exec, err error) error {
		failed = err
		return err
	})))
	defer s.Shutdown(context.Background())
	s.Mount("/", routes(func(r *gateway.Router) {
		gateway.Handle(r, "x", func(_ context.Context, _ *gateway.Client, in In) (bool, error) {
			seen <- in
			return true, nil
		}, gateway.UsePipes(pipes...))
	}))
	c := e.Connect(t, "/")
	if payload == absent {
		c.Call("x")
	} else {
		c.Call("x", payload)
	}
	if failed != nil {
		var zero In
		return zero, failed
	}
	return <-seen, nil
}

const absent = "\x00absent"

type routes func(*gateway.Router)

func (f routes) Register(r *gateway.Router) { f(r) }

func TestParsers(t *testing.T) {
	const numeric = "Validation failed (numeric string is expected)"
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }
	for _, tc := range []struct {
		name string
		pipe gateway.Pipe
		in   any
		out  string // JSON, or
		err  string
	}{
		{"int string", pipe.ParseInt(), "42", "42", ""},
		{"int", pipe.ParseInt(), 42, "42", ""},
		{"negative int", pipe.ParseInt(), -7, "-7", ""},
		{"leading zeros", pipe.ParseInt(), "-007", "-7", ""},
		{"zeros", pipe.ParseInt(), "00", "0", ""},
		{"large int", pipe.ParseInt(), "9007199254740993", "9007199254740993", ""},
		{"no int", pipe.ParseInt(), "4.2", "", numeric},
		{"letters", pipe.ParseInt(), "abc", "", numeric},
		{"object", pipe.ParseInt(), map[string]int{}, "", numeric},
		{"absent", pipe.ParseInt(), absent, "", numeric},
		{"optional absent", pipe.ParseInt(pipe.Optional()), absent, "", ""},
		{"optional null", pipe.ParseInt(pipe.Optional()), nil, "null", ""},
		{"own message", pipe.ParseInt(pipe.Message("a number, please")), "x", "", "a number, please"},
		{"float", pipe.ParseFloat(), "1.50", "1.5", ""},
		{"float number", pipe.ParseFloat(), raw("1.50"), "1.50", ""},
		{"infinite", pipe.ParseFloat(), "Infinity", "", numeric},
		{"true", pipe.ParseBool(), "true", "true", ""},
		{"false", pipe.ParseBool(), false, "false", ""},
		{"no bool", pipe.ParseBool(), "yes", "", "Validation failed (boolean string is expected)"},
		{"enum", pipe.ParseEnum([]string{"up", "down"}), "up", `"up"`, ""},
		{"enum of numbers", pipe.ParseEnum([]int{1, 2}), 2, "2", ""},
		{"not in enum", pipe.ParseEnum([]string{"up"}), "left", "", "Validation failed (enum string is expected)"},
		{"uuid", pipe.ParseUUID(0), "0b2cf0b5-3a9f-4d8e-9f10-0123456789ab", `"0b2cf0b5-3a9f-4d8e-9f10-0123456789ab"`, ""},
		{"wrong version", pipe.ParseUUID(7), "0b2cf0b5-3a9f-4d8e-9f10-0123456789ab", "", "Validation failed (uuid v7 is expected)"},
		{"no uuid", pipe.ParseUUID(4), "0b2cf0b5", "", "Validation failed (uuid v4 is expected)"},
		{"time", pipe.ParseTime(), "2026-01-02T03:04:05.678Z", `"2026-01-02T03:04:05.678Z"`, ""},
		{"date", pipe.ParseTime(), "2026-01-02", `"2026-01-02T00:00:00Z"`, ""},
		{"milliseconds", pipe.ParseTime(), 0, `"1970-01-01T00:00:00Z"`, ""},
		{"no time", pipe.ParseTime(), "soon", "", "Validation failed (invalid date format)"},
		{"array", pipe.ParseArray(",", pipe.ParseInt()), "1, 2,3", "[1,2,3]", ""},
		{"array of array", pipe.ParseArray(",", nil), []string{"a"}, `["a"]`, ""},
		{"bad item", pipe.ParseArray(",", pipe.ParseInt()), "1,x", "", "1: " + numeric},
		{"no array", pipe.ParseArray(",", nil), 1, "", "Validation failed (parsable array expected)"},
		{"default for absent", pipe.Default(7), absent, "7", ""},
		{"default for null", pipe.Default("x"), nil, `"x"`, ""},
		{"default unused", pipe.Default(7), 0, "0", ""},
	} {
		got, err := pass[json.RawMessage](t, tc.in, tc.pipe)
		switch {
		case tc.err != "" && (err == nil || err.Error() != tc.err):
			t.Errorf("%s: error %v, want %s", tc.name, err, tc.err)
		case tc.err == "" && (err != nil || string(got) != tc.out):
			t.Errorf("%s: %s, %v, want %s", tc.name, got, err, tc.out)
		}
	}
}

func TestFields(t *testing.T) {
	type in struct {
		N     int       `json:"n"`
		Limit int       `json:"limit"`
		At    time.Time `json:"at"`
	}
	got, err := pass[in](t, map[string]any{"n": "42", "at": 86400000},
		pipe.Field("n", pipe.ParseInt()), pipe.Field("limit", pipe.Default(10)), pipe.Field("at", pipe.ParseTime()))
	if err != nil || got.N != 42 || got.Limit != 10 || got.At.Day() != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = pass[in](t, absent, pipe.Field("limit", pipe.Default(10))); err != nil || got.Limit != 10 {
		t.Errorf("absent: %+v, %v", got, err)
	}
	if _, err = pass[in](t, map[string]any{"n": "x"}, pipe.Field("n", pipe.ParseInt())); err == nil || !strings.HasPrefix(err.Error(), "n: ") {
		t.Errorf("err = %v", err)
	}
	for _, p := range []gateway.Pipe{pipe.Field("nope", pipe.ParseInt()), pipe.Field("n", pipe.Trim())} {
		if _, err := p.Bind(reflect.TypeFor[in]()); err == nil {
			t.Errorf("%v was bound", p)
		}
	}
}

func TestTrim(t *testing.T) {
	type in struct {
		A string
		B []string
		C map[string]any
		D *string
	}
	d := " d "
	got, err := pass[in](t, in{" a ", []string{"\tb\n"}, map[string]any{"k": []any{" c "}}, &d}, pipe.Trim())
	if err != nil || got.A != "a" || got.B[0] != "b" || got.C["k"].([]any)[0] != "c" || *got.D != "d" {
		t.Errorf("%+v, %v", got, err)
	}
}

type inner struct {
	N int `json:"n" validate:"min=1"`
}

type Base struct {
	ID string `json:"id" validate:"omitempty,uuid"`
}

type dto struct {
	Base
	Text  string           `json:"text" validate:"required,max=10"`
	Inner *inner           `json:"inner,omitempty"`
	List  []inner          `json:"list,omitempty" validate:"dive"`
	Map   map[string]inner `json:"map,omitempty" validate:"dive"`
	Any   any              `json:"any,omitempty"`
	Raw   json.RawMessage  `json:"raw,omitempty"`
	Skip  string           `json:"-"`
}

func TestValidate(t *testing.T) {
	for _, tc := range []struct {
		in      string
		options []pipe.ValidateOption
		message string
		details string
	}{
		{`{"text":"x","extra":1,"inner":{"n":1}}`, nil, "", ""},
		{`{}`, nil, "text should not be empty", `["text should not be empty"]`},
		{`{"text":"12345678901"}`, nil, "text must be shorter than or equal to 10 characters", `["text must be shorter than or equal to 10 characters"]`},
		{`{"id":"x","text":"x"}`, nil, "id must be a UUID", `["id must be a UUID"]`},
		{`{"text":"","inner":{"n":0},"list":[{"n":1},{"n":0}],"map":{"k":{"n":0}}}`, nil,
			"text should not be empty, inner.n must not be less than 1, list.1.n must not be less than 1, map.k.n must not be less than 1",
			`["text should not be empty","inner.n must not be less than 1","list.1.n must not be less than 1","map.k.n must not be less than 1"]`},
		{`{"text":"","inner":{"n":0}}`, []pipe.ValidateOption{pipe.Grouped()},
			"text should not be empty, inner.n must not be less than 1", `{"inner.n":["must not be less than 1"],"text":["should not be empty"]}`},
		{`{"text":"","inner":{"n":0}}`, []pipe.ValidateOption{pipe.StopAtFirst()}, "text should not be empty", `["text should not be empty"]`},
		{`{"text":""}`, []pipe.ValidateOption{pipe.HideMessages()}, "Bad Request", `null`},
		{`{"inner":{"n":0}}`, []pipe.ValidateOption{pipe.SkipMissing()}, "", ""},
		{`{"text":"x","extra":1,"inner":{"n":1,"\u006dore":2},"list":[{"n":1,"x":1}],"any":{"free":1},"TEXT":"y","Skip":1}`, []pipe.ValidateOption{pipe.ForbidUnknown()},
			"property extra should not exist, property inner.more should not exist, property list.0.x should not exist, property Skip should not exist",
			`["property extra should not exist","property inner.more should not exist","property list.0.x should not exist","property Skip should not exist"]`},
	} {
		_, err := pass[dto](t, json.RawMessage(tc.in), pipe.Validate(tc.options...))
		if tc.message == "" {
			if err != nil {
				t.Errorf("%s: %v", tc.in, err)
			}
			continue
		}
		var e *gateway.Error
		if !errors.As(err, &e) || e.Message != tc.message || e.Code != gateway.CodeBadPayload {
			t.Errorf("%s:\n%v, want\n%s", tc.in, err, tc.message)
			continue
		}
		if details, _ := json.Marshal(e.Details); string(details) != tc.details {
			t.Errorf("%s: details\n%s, want\n%s", tc.in, details, tc.details)
		}
		var cause *pipe.ValidationError
		if !errors.As(err, &cause) || len(cause.Problems) == 0 {
			t.Errorf("%s: cause %v", tc.in, err)
		}
	}
}

func TestValidateLists(t *testing.T) {
	if _, err := pass[[]inner](t, []inner{{1}, {0}}, pipe.Validate()); err == nil || !strings.HasPrefix(err.Error(), "1.n must not be less than 1") {
		t.Errorf("err = %v", err)
	}
	if _, err := pass[*dto](t, dto{}, pipe.Validate()); err == nil {
		t.Error("a pointer was not looked behind")
	}
	if _, err := pass[*dto](t, absent, pipe.Validate()); err != nil {
		t.Errorf("no payload for a pointer: %v", err)
	}
	if got, err := pass[string](t, "x", pipe.Validate(pipe.ForbidUnknown())); err != nil || got != "x" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestWhitelist(t *testing.T) {
	for in, want := range map[string]string{
		`{"text":"x"}`:                              `{"text":"x"}`,
		`{"a":1,"text":"x","b":{"c":[1,"}"]}}`:      `{"text":"x"}`,
		`{"text":"x", "a":1}`:                       `{"text":"x"}`,
		`{ "a" : 1 }`:                               `{ }`,
		`{"a":1,"b":2}`:                             `{}`,
		`{"inner":{"x":"\"","n":1,"y":[]},"q":{}}`:  `{"inner":{"n":1}}`,
		`{"list":[{"n":1,"x":1},{"x":2}],"z":0}`:    `{"list":[{"n":1},{}]}`,
		`{"any":{"a":1},"map":{"k":{"n":1,"o":2}}}`: `{"any":{"a":1},"map":{"k":{"n":1}}}`,
		`"no object"`:                               `"no object"`,
	} {
		b, err := pipe.Validate(pipe.Whitelist()).Bind(reflect.TypeFor[dto]())
		if err != nil {
			t.Fatal(err)
		}
		got, err := b.Before(t.Context(), nil, json.RawMessage(in))
		if err != nil || string(got) != want {
			t.Errorf("%s -> %s, %v, want %s", in, got, err, want)
		}
	}
}

func TestOwnErrorsValidatorsAndTranslations(t *testing.T) {
	teapot := errors.New("teapot")
	_, err := pass[dto](t, dto{}, pipe.Validate(pipe.ErrorFactory(func(p []pipe.Problem) error {
		return fmt.Errorf("%w: %s %s", teapot, p[0].Field, p[0].Rule)
	})))
	if !errors.Is(err, teapot) || err.Error() != "teapot: text required" {
		t.Errorf("err = %v", err)
	}

	own := validator.New(validator.WithRequiredStructEnabled())
	if err := own.RegisterValidation("even", func(f validator.FieldLevel) bool { return f.Field().Int()%2 == 0 }); err != nil {
		t.Fatal(err)
	}
	english, _ := ut.New(en.New()).GetTranslator("en")
	if err := entranslations.RegisterDefaultTranslations(own, english); err != nil {
		t.Fatal(err)
	}
	type even struct {
		N    int    `json:"n" validate:"even"`
		Text string `json:"text" validate:"required"`
	}
	if _, err := pass[even](t, even{N: 1, Text: "x"}, pipe.Validate(pipe.WithValidator(own))); err == nil || !strings.HasPrefix(err.Error(), "n must satisfy the rule even") {
		t.Errorf("err = %v", err)
	}
	if _, err := pass[even](t, even{}, pipe.Validate(pipe.WithValidator(own), pipe.Translate(english))); err == nil || !strings.HasPrefix(err.Error(), "text is a required field") {
		t.Errorf("err = %v", err)
	}
	if _, err := pipe.Validate().Bind(reflect.TypeFor[even]()); err == nil {
		t.Error("an unknown rule was mounted")
	}
}

// FuzzUnknown checks that stripping leaves JSON that decodes to the same.
func FuzzUnknown(f *testing.F) {
	for _, seed := range []string{`{"text":"x","a":[1,{"b":"\"}"}]}`, `{"list":[{"n":1,"x":{}}],"any":null}`, `[]`, `{"a":1,"text":"x","b":2}`, `{`} {
		f.Add([]byte(seed))
	}
	b, err := pipe.Validate(pipe.Whitelist()).Bind(reflect.TypeFor[dto]())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		var before, after dto
		wrong := json.Unmarshal(payload, &before)
		stripped, err := b.Before(context.Background(), nil, payload)
		if err != nil {
			t.Fatal(err)
		}
		if wrong != nil {
			return
		}
		if err := json.Unmarshal(stripped, &after); err != nil || !reflect.DeepEqual(before, after) {
			t.Fatalf("%s became %s: %v", payload, stripped, err)
		}
	})
}
