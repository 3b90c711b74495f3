package gateway

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// A pool runs the work of all clients on goroutines that stay warm: their stacks have
// grown already, which is most of what a fresh goroutine per burst would cost.
//
// A few workers suffice while handlers compute. When handlers block, work piles up
// and a monitor, which runs only then, adds workers until it flows again.
type pool struct {
	mu      sync.Mutex
	idle    []*worker // the last to become idle is the first to work again
	backlog []task
	head    int // of the backlog
	workers int
	running int // tasks submitted and not yet done
	started int // tasks ever started, for the monitor to see progress
	monitor *time.Timer
	patient bool // the monitor waits for idleCheck
	closed  bool
	quiet   chan struct{} // closed when running drops to 0; nil when nobody waits
}

type task interface{ work() }

type worker struct{ next chan task }

const (
	// stallCheck is how long work may wait before it counts as held up.
	stallCheck = time.Millisecond
	// idleCheck is how often surplus workers are let go.
	idleCheck = 5 * time.Second
)

// warmWorkers is how many workers are never let go.
func warmWorkers() int { return max(8, 4*runtime.GOMAXPROCS(0)) }

func newPool() *pool { return &pool{} }

// submit has t run soon, once.
func (p *pool) submit(t task) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running++
	switch n := len(p.idle); {
	case n > 0:
		w := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.started++
		w.next <- t // has room: an idle worker's channel is empty
	case p.workers < warmWorkers():
		p.spawn(t)
	default:
		p.backlog = append(p.backlog, t)
		p.watch(stallCheck)
	}
}

// spawn starts a worker on t. The caller holds the lock.
func (p *pool) spawn(t task) {
	p.workers++
	p.started++
	go p.run(&worker{next: make(chan task, 1)}, t)
}

func (p *pool) run(w *worker, t task) {
	for ok := true; ok; {
		t.work()
		if t, ok = p.take(w); !ok {
			t, ok = <-w.next
		}
	}
}

// take gives a worker that is done with a task the next one that waits, or counts it
// as idle. An idle worker waits on its channel.
func (p *pool) take(w *worker) (task, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running--
	if p.running == 0 && p.quiet != nil {
		close(p.quiet)
		p.quiet = nil
	}
	if t, ok := p.pop(); ok {
		return t, true
	}
	if p.closed {
		close(w.next)
		p.workers--
		return nil, false
	}
	p.idle = append(p.idle, w)
	return nil, false
}

// pop takes the oldest task off the backlog. The caller holds the lock.
func (p *pool) pop() (task, bool) {
	if p.head == len(p.backlog) {
		return nil, false
	}
	t := p.backlog[p.head]
	p.backlog[p.head] = nil
	p.head++
	p.started++
	if p.head == len(p.backlog) {
		p.backlog, p.head = p.backlog[:0], 0
	}
	return t, true
}

// backlogged tells whether tasks wait for a worker.
func (p *pool) backlogged() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.head < len(p.backlog)
}

// watch has the monitor look after d. The caller holds the lock.
func (p *pool) watch(d time.Duration) {
	if p.closed || p.monitor != nil && (!p.patient || d == idleCheck) {
		return
	}
	if p.monitor != nil {
		p.monitor.Stop()
	}
	seen := p.started
	p.patient = d == idleCheck
	p.monitor = time.AfterFunc(d, func() { p.check(seen) })
}

// check adds workers when work is held up and lets surplus ones go when it is not.
// seen is what started was when the monitor last looked.
func (p *pool) check(seen int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.monitor = nil
	waiting := len(p.backlog) - p.head
	surplus := len(p.idle) - warmWorkers()
	switch {
	case waiting > 0:
		add := waiting // nothing has moved: every worker is blocked
		if p.started != seen {
			add = min(waiting, p.workers/4+1)
		}
		for range add {
			t, _ := p.pop()
			p.spawn(t)
		}
		p.watch(stallCheck)
	case surplus > 0:
		for _, w := range p.idle[:(surplus+1)/2] { // those idle longest
			close(w.next)
			p.workers--
		}
		p.idle = append(p.idle[:0], p.idle[(surplus+1)/2:]...)
		p.watch(idleCheck)
	case p.workers > warmWorkers():
		p.watch(idleCheck)
	}
}

// wait returns when no task is left, or with ctx's error.
func (p *pool) wait(ctx context.Context) error {
	p.mu.Lock()
	if p.running == 0 {
		p.mu.Unlock()
		return nil
	}
	if p.quiet == nil {
		p.quiet = make(chan struct{})
	}
	quiet := p.quiet
	p.mu.Unlock()
	select {
	case <-quiet:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close lets all workers go, the busy ones once they are done. Tasks submitted later
// still run.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.monitor != nil {
		p.monitor.Stop()
		p.monitor = nil
	}
	for _, w := range p.idle {
		close(w.next)
		p.workers--
	}
	p.idle = nil
	for {
		t, ok := p.pop()
		if !ok {
			return
		}
		p.spawn(t)
	}
}
