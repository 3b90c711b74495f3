package main

import "slices"

// median returns the middle one of the values, or the mean of the two in the middle. It
// is 0 where there are none.
func median(values []float64) float64 {
	s := slices.Sorted(slices.Values(values))
	switch n := len(s); {
	case n == 0:
		return 0
	case n%2 == 1:
		return s[n/2]
	default:
		return (s[n/2-1] + s[n/2]) / 2
	}
}

// medianOf returns the median of what of gives for each sample.
func medianOf(samples []sample, of func(sample) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	return median(values)
}

// ratios returns the proportion of the figures of two peers in each round that both have:
// neighbours in time, they have suffered from the same disturbances.
func ratios(samples, reference []sample) []float64 {
	all := make([]float64, min(len(samples), len(reference)))
	for i := range all {
		all[i] = samples[i].Figure / reference[i].Figure
	}
	return all
}
