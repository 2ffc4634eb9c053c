package encoder

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"

	"lookalike/internal/simd"
)

// team is the cores that work on one image. Each computes its share of the
// tokens; the rest of the model never knows how many there are.
type team struct {
	image   *activations // the image in hand
	cores   []*core      // the leader's first
	meeting *meeting     // used again from image to image
}

// assemble makes a team of a leader and its helpers for an image.
func (t *team) assemble(leader *state, image *activations, helpers []*state) {
	if t.meeting == nil {
		t.meeting = newMeeting()
	}
	t.image, t.cores = image, append(t.cores[:0], &leader.core)
	for _, h := range helpers {
		t.cores = append(t.cores, &h.core)
	}
}

// run lets each core do its share of p at the same time and returns when all
// have ended.
func (t team) run(ctx context.Context, m *vit, p pass) error {
	t.meeting.ctx, t.meeting.size = ctx, len(t.cores)
	if len(t.cores) == 1 {
		m.work(t.cores[0], worker{0, t.meeting}, p)
		return ctx.Err()
	}
	var wg sync.WaitGroup
	for i := range t.cores { // the leader's, too: a panic of any ends the process, instead of leaving the others to wait
		wg.Go(func() { m.work(t.cores[i], worker{i, t.meeting}, p) })
	}
	wg.Wait()
	return ctx.Err()
}

// worker is one core's place in a team.
type worker struct {
	index   int
	meeting *meeting
}

// share returns the part of n things that is this core's.
func (w worker) share(n int) part {
	return part{n * w.index / w.meeting.size, n * (w.index + 1) / w.meeting.size}
}

// meeting is where cores wait for each other.
type meeting struct {
	ctx     context.Context
	size    int
	arrived atomic.Int32
	held    atomic.Int32 // how many meetings have ended
	over    atomic.Bool  // the context is done: all go home
	mu      sync.Mutex   // for those who sleep
	ended   *sync.Cond   // held has changed
}

func newMeeting() *meeting {
	m := &meeting{}
	m.ended = sync.NewCond(&m.mu)
	return m
}

// spins is how often a core looks for the others before it goes to sleep, about
// 0.2 ms. A core that sleeps at every meeting is woken on the CPU of the one that
// wakes it, and the system needs milliseconds to part them: after half a second of
// rest one image took 40 ms on two cores with a fifth of this or less, and with
// it 25 ms in 14 of 16 tries, 43 in the others.
// On a machine that is busy otherwise it costs up to a tenth more CPU time.
const spins = 1_000_000

// meet waits until every core of the team has called it. It reports whether to
// go on, and the same to all.
func (w worker) meet() bool {
	m := w.meeting
	held := m.held.Load()
	if int(m.arrived.Add(1)) == m.size { // the last one
		m.end()
	}
	for n := 0; m.held.Load() == held; n++ {
		if n == spins {
			m.sleep(held)
		}
	}
	return !m.over.Load()
}

// end lets everybody go on.
func (m *meeting) end() {
	m.arrived.Store(0)
	m.over.Store(m.ctx.Err() != nil)
	m.mu.Lock()
	m.held.Add(1)
	m.mu.Unlock()
	m.ended.Broadcast()
}

// sleep returns when another meeting than held has ended.
func (m *meeting) sleep(held int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.held.Load() == held {
		m.ended.Wait()
	}
}

// part is, from+1, ..., to-1.
type part struct{ from, to int }

// of returns these rows.
func (s part) of(r *simd.Rows) simd.Rows { return r.Slice(s.from, s.to) }

// pieces cuts n things into parts of about equal size, at most most each.
func pieces(n, most int) iter.Seq[part] {
	return func(yield func(part) bool) {
		count := (n + most - 1) / most
		for i := range count {
			if !yield(part{n * i / count, n * (i + 1) / count}) {
				return
			}
		}
	}
}
