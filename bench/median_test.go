package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   float64
	}{
		{nil, 0},
		{[]float64{7}, 7},
		{[]float64{9, 1}, 5},
		{[]float64{100, 1, 2}, 2},
		{[]float64{4, 1, 100, 2}, 3},
		{[]float64{5, 4, 3, 2, 1}, 3},
	} {
		before := slices.Clone(test.values)
		if got := median(test.values); got != test.want {
			t.Errorf("median of %v is %v; it should be %v", test.values, got, test.want)
		}
		if !slices.Equal(before, test.values) {
			t.Errorf("%v have become %v", before, test.values)
		}
	}
}

// someResults are three rounds of which the second was disturbed, for both peers alike.
func someResults() report {
	w := workload{"ack-1", "ack", "µs CPU"}
	of := func(figures ...float64) (all []sample) {
		for _, f := range figures {
			all = append(all, sample{Figure: f, Operations: 100, Wall: time.Second, P50: time.Millisecond, P99: 2 * time.Millisecond})
		}
		return all
	}
	return report{
		workloads: []workload{w},
		peers:     []peer{{name: yardstick, title: "Yardstick"}, {name: "other", title: "Other"}, {name: "broken", title: "Broken"}},
		results: &results{
			samples: map[cell][]sample{
				{"ack-1", yardstick}: of(10, 30, 8),
				{"ack-1", "other"}:   of(20, 60, 12),
			},
			failed: map[cell]error{{"ack-1", "broken"}: errors.New("broadcast 4 came where 3 was due")},
		},
	}
}

func TestRatiosAreThoseOfEachRound(t *testing.T) {
	r := someResults().results
	got := ratios(r.samples[cell{"ack-1", "other"}], r.samples[cell{"ack-1", yardstick}])
	if want := []float64{2, 2, 1.5}; !slices.Equal(got, want) {
		t.Errorf("ratios are %v; they should be %v", got, want)
	}
}

func TestTheTableShowsRatiosAndFailures(t *testing.T) {
	r := someResults()
	lines := strings.Split(r.ratios(), "\n")
	if len(lines) < 3 {
		t.Fatalf("table:\n%s", r.ratios())
	}
	var cells []string
	for c := range strings.SplitSeq(strings.Trim(lines[2], "|"), "|") {
		cells = append(cells, strings.TrimSpace(c))
	}
	want := []string{"ack", "1.00 (10.00 µs CPU) · p50 1.0 ms, p99 2.0 ms", "2.00 · p50 1.0 ms, p99 2.0 ms", "failed"}
	if !slices.Equal(cells, want) {
		t.Errorf("cells are %q; they should be %q", cells, want)
	}
	if page := r.page(); !strings.Contains(page, "broadcast 4 came where 3 was due") {
		t.Errorf("the page does not tell what failed:\n%s", page)
	}
}

func TestWithoutTheYardstickFiguresAreShownAsTheyAre(t *testing.T) {
	r := someResults()
	delete(r.results.samples, cell{"ack-1", yardstick})
	if table := r.ratios(); !strings.Contains(table, "(20.00 µs CPU)") {
		t.Errorf("table:\n%s", table)
	}
}
