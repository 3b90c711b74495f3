package badinput

import (
	"bytes"
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"testing"
	"time"
)

// usage is what the process has in use.
type usage struct {
	goroutines, descriptors int
	heap                    uint64
}

// heapSlack is how much larger the heap may be in the end: the test's own records,
// and maps that have grown.
const heapSlack = 2 << 20

// manyGoroutines is more than run at a time later on. The runtime keeps the
// descriptors of goroutines that have ended, which shall not count as a leak.
const manyGoroutines = 10_000

// measure serves a client on each server, so that what is made once is made, and
// then takes the baseline.
func measure(t *testing.T, addrs map[string]string, servers []*rookery) usage {
	t.Helper()
	for _, addr := range addrs {
		if err := served(addr); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	started := make(chan struct{})
	for range manyGoroutines {
		wg.Go(func() { <-started })
	}
	close(started)
	wg.Wait()
	until(t, "the first clients' sessions to end", func() bool { return sessions(servers) == 0 })
	time.Sleep(100 * time.Millisecond) // for what they leave behind to end as well
	return used()
}

func used() usage {
	runtime.GC()
	runtime.GC() // a pool's items go in the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	descriptors, _ := os.ReadDir("/proc/self/fd") // none where there is no /proc
	return usage{runtime.NumGoroutine(), len(descriptors), m.HeapAlloc}
}

// mustReturn waits for no more to be in use than before.
func (before usage) mustReturn(t *testing.T, servers []*rookery) {
	t.Helper()
	var now usage
	start := time.Now()
	for time.Since(start) < 5*time.Second {
		now = used()
		if sessions(servers) == 0 && now.goroutines <= before.goroutines && now.descriptors <= before.descriptors && now.heap <= before.heap+heapSlack {
			t.Logf("back at the baseline after %v: %+v, then %+v", time.Since(start).Round(time.Millisecond), before, now)
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	var stacks bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1) // to memory
	t.Errorf("5 s later there are %d sessions and in use is %+v, before it was %+v\n%s", sessions(servers), now, before, stacks.String())
}

func sessions(servers []*rookery) (n int64) {
	for _, r := range servers {
		n += r.engine.Stats().Sessions
	}
	return n
}

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for start := time.Now(); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Since(start) > patience {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
