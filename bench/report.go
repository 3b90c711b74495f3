package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A report shows results as tables.
type report struct {
	machine   string
	when      time.Time
	rounds    int
	duration  time.Duration
	workloads []workload
	peers     []peer
	results   *results
}

// ratios is the table that matters: a line for each workload, a column for each peer.
func (r report) ratios() string {
	head := []string{"ratio to the yardstick, less is better"}
	for _, p := range r.peers {
		head = append(head, p.title)
	}
	rows := [][]string{head}
	for _, w := range r.workloads {
		row := []string{w.Title}
		reference := r.results.samples[cell{w.Name, yardstick}]
		for _, p := range r.peers {
			row = append(row, r.ratio(cell{w.Name, p.name}, w, reference))
		}
		rows = append(rows, row)
	}
	return table(rows)
}

// ratio is a cell of the table of ratios: how many times the yardstick, and the latencies.
func (r report) ratio(c cell, w workload, reference []sample) string {
	samples := r.results.samples[c]
	switch {
	case r.results.failed[c] != nil:
		return "failed"
	case len(samples) == 0:
		return "—"
	}
	absolute := fmt.Sprintf("(%.2f %s)", figure(samples), w.Unit)
	text := absolute
	if all := ratios(samples, reference); len(all) > 0 {
		text = fmt.Sprintf("%.2f", median(all))
		if c.peer == yardstick {
			text += " " + absolute
		}
	}
	if p50, p99 := latency(samples); p99 > 0 {
		text += fmt.Sprintf(" · p50 %s, p99 %s", short(p50), short(p99))
	}
	return text
}

// details is the table of what the ratios come from.
func (r report) details() string {
	rows := [][]string{{"workload", "peer", "median", "least to most", "ratio, least to most", "per second", "p50", "p99", "load busy"}}
	for _, w := range r.workloads {
		reference := r.results.samples[cell{w.Name, yardstick}]
		for _, p := range r.peers {
			samples := r.results.samples[cell{w.Name, p.name}]
			if len(samples) == 0 {
				continue
			}
			figures := make([]float64, len(samples))
			for i, s := range samples {
				figures[i] = s.Figure
			}
			row := []string{w.Name, p.name, fmt.Sprintf("%.2f %s", median(figures), w.Unit), spread(figures), spread(ratios(samples, reference))}
			p50, p99 := latency(samples)
			if p99 == 0 {
				rows = append(rows, append(row, "", "", "", ""))
				continue
			}
			perSecond := medianOf(samples, func(s sample) float64 { return float64(s.Operations) / s.Wall.Seconds() })
			busy := medianOf(samples, func(s sample) float64 { return s.LoadBusy })
			rows = append(rows, append(row, fmt.Sprintf("%.0f", perSecond), short(p50), short(p99), fmt.Sprintf("%.0f%%", 100*busy)))
		}
	}
	return table(rows)
}

// page is RESULTS.md.
func (r report) page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Results\n\n")
	fmt.Fprintf(&b, "Made by `make bench` on %s: %d rounds of %v for each figure, the peers in turn. README.md tells how.\n\n",
		r.when.UTC().Format(time.DateOnly), r.rounds, r.duration)
	fmt.Fprintf(&b, "%s.\n\n", r.machine)
	for _, p := range r.peers {
		if what := r.results.what[p.name]; what != "" {
			fmt.Fprintf(&b, "- %s: %s\n", p.title, what)
		}
	}
	fmt.Fprintf(&b, "\nThe server's CPU time for one operation (for idle connections: its memory), in proportion to the yardstick's; "+
		"the median of all rounds.\n\n%s\n", r.ratios())
	fmt.Fprintf(&b, "What they come from:\n\n%s", r.details())
	for _, w := range r.workloads {
		for _, p := range r.peers {
			if err := r.results.failed[cell{w.Name, p.name}]; err != nil {
				fmt.Fprintf(&b, "\n%s, %s, failed: %v\n", w.Title, p.title, err)
			}
		}
	}
	return b.String()
}

func figure(samples []sample) float64 {
	return medianOf(samples, func(s sample) float64 { return s.Figure })
}

func latency(samples []sample) (p50, p99 time.Duration) {
	return time.Duration(medianOf(samples, func(s sample) float64 { return float64(s.P50) })),
		time.Duration(medianOf(samples, func(s sample) float64 { return float64(s.P99) }))
}

func spread(values []float64) string {
	if len(values) == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f–%.2f", slices.Min(values), slices.Max(values))
}

// short prints a latency with a precision that it has.
func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

// table renders rows, the first being the head, in Markdown that is also fit for a
// terminal.
func table(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, text := range row {
			widths[i] = max(widths[i], len([]rune(text)))
		}
	}
	var b strings.Builder
	for n, row := range rows {
		for i, text := range row {
			fmt.Fprintf(&b, "| %s%s ", text, strings.Repeat(" ", widths[i]-len([]rune(text))))
		}
		b.WriteString("|\n")
		if n == 0 {
			for _, w := range widths {
				b.WriteString("|" + strings.Repeat("-", w+2))
			}
			b.WriteString("|\n")
		}
	}
	return b.String()
}
