package main

import (
	"math"
	"testing"
	"time"
)

func TestBucketsHoldWhatTheySay(t *testing.T) {
	last := -1
	for _, v := range []uint64{0, 1, 63, 64, 127, 128, 129, 130, 255, 256, 1000, 4095, 4096, 1e6, 1e9, 1e12} {
		b := bucket(v)
		if b < last {
			t.Errorf("%d is in bucket %d, below that of a smaller value, %d", v, b, last)
		}
		last = b
		if top := highest(b); top < v || float64(top-v) > float64(v)/64 {
			t.Errorf("%d is in bucket %d, up to %d", v, b, top)
		}
		if top := highest(b); bucket(top) != b || bucket(top+1) != b+1 {
			t.Errorf("bucket %d ends at %d, but that is in %d and the next value in %d", b, top, bucket(top), bucket(top+1))
		}
	}
}

func TestQuantiles(t *testing.T) {
	var l latencies
	if got := l.quantile(0.5); got != 0 {
		t.Errorf("median of nothing is %v", got)
	}
	for i := 1; i <= 1000; i++ {
		l.add(time.Duration(i) * time.Microsecond)
	}
	for q, want := range map[float64]time.Duration{
		0:     time.Microsecond,
		0.5:   501 * time.Microsecond,
		0.99:  991 * time.Microsecond,
		0.999: time.Millisecond,
	} {
		if got := l.quantile(q); math.Abs(float64(got-want)) > float64(want)/64 {
			t.Errorf("quantile %v is %v; it should be near %v", q, got, want)
		}
	}
	l = latencies{}
	l.add(-time.Second)
	l.add(1000 * time.Hour)
	if low, high := l.quantile(0), l.quantile(0.5); low != 0 || high < time.Hour {
		t.Errorf("out of range: %v, %v", low, high)
	}
}
