package main

import (
	"math/bits"
	"time"
)

// latencies counts durations in buckets that are at most 1/64 wide, relative to what
// they hold. The zero value is ready.
type latencies struct {
	buckets [64 * 40]uint64 // up to 2^45 ns, some ten hours
	count   uint64
}

// add counts a duration.
func (l *latencies) add(d time.Duration) {
	l.buckets[min(bucket(uint64(max(d, 0))), len(l.buckets)-1)]++
	l.count++
}

// bucket returns the number of a value's bucket: below 128 each value has its own, above
// that each power of two has 64.
func bucket(v uint64) int {
	shift := max(bits.Len64(v)-7, 0)
	return shift<<6 + int(v>>shift)
}

// highest returns the highest value of a bucket.
func highest(bucket int) uint64 {
	shift := max(bucket>>6-1, 0)
	return uint64(bucket-shift<<6+1)<<shift - 1
}

// quantile returns the duration that a share q of all do not exceed.
func (l *latencies) quantile(q float64) time.Duration {
	rank := uint64(q * float64(l.count))
	for i, n := range l.buckets {
		if n > rank {
			return time.Duration(highest(i))
		}
		rank -= n
	}
	return 0
}
