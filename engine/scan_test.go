package engine

import (
	"strings"
	"testing"
)

func TestArgsAll(t *testing.T) {
	for _, c := range []struct {
		raw  string
		want []string
	}{
		{``, nil},
		{`1`, []string{`1`}},
		{`"a,b","c\"],",[1,[2,3]],{"x":{"y":","}},null`, []string{`"a,b"`, `"c\"],"`, `[1,[2,3]]`, `{"x":{"y":","}}`, `null`}},
		{`"\\","` + strings.Repeat("x", 100) + `\\\"",-1.5e3`, []string{`"\\"`, `"` + strings.Repeat("x", 100) + `\\\""`, `-1.5e3`}},
	} {
		i := 0
		for v := range args(c.raw, len(c.want)).All() {
			if string(v) != c.want[i] {
				t.Errorf("%s: value %d is %s, want %s", c.raw, i, v, c.want[i])
			}
			i++
		}
		if i != len(c.want) {
			t.Errorf("%s: %d values, want %d", c.raw, i, len(c.want))
		}
	}
}

// TestValueEndOnBrokenInput: the list should be well-formed, but nothing bad may
// come of it where it is not.
func TestValueEndOnBrokenInput(t *testing.T) {
	for _, s := range []string{``, `"`, `"\`, `"a\`, `]`, `}}`, `[`, `{"a`, `,`, "\"\x01", `"12345678\`} {
		if end := valueEnd([]byte(s)); end < 0 || end > len(s) {
			t.Errorf("valueEnd(%q) = %d", s, end)
		}
	}
}

// TestScanStrings moves what ends a run of plain bytes through every place of the
// eight that are looked at together.
func TestScanStrings(t *testing.T) {
	for n := range 40 {
		plain := strings.Repeat("x", n)
		for in, want := range map[string]string{
			`"` + plain + `"`:                  "",
			`"` + plain + `\n` + plain + `"`:   "",
			`"` + plain + `é` + plain + `"`:    "",
			`"` + plain + "\x7f" + plain + `"`: "",
			`"` + plain + "\x1f" + plain + `"`: "control character in string",
			`"` + plain + "\x00" + plain + `"`: "control character in string",
			`"` + plain + `\` + "\x00" + `"`:   "invalid escape in string",
			`"` + plain:                        "unterminated string",
			`"` + plain + `\`:                  "unterminated string",
			`"` + plain + `"x`:                 "unexpected character behind the value",
		} {
			s, problem, _ := scanJSON([]byte(in), 1)
			if problem != want {
				t.Errorf("%q: got %q, want %q", in, problem, want)
			}
			if problem == "" && s.end != len(in) {
				t.Errorf("%q: ends at %d", in, s.end)
			}
		}
	}
}
