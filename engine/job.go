package engine

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// job is the re-embedding that this process works on, of the one that the store remembers. The zero value is ready.
type job struct {
	starting sync.Mutex // one is started or ended at a time

	// to is the model that pictures on their way in are embedded by, too. It changes only while gate is held for writing.
	to atomic.Pointer[generation]

	mu     sync.Mutex
	state  State // Idle, or empty, when nobody works on it
	err    error // why the last work on it ended
	since  time.Time
	first  uint64 // what was done then
	cancel context.CancelFunc
	ended  chan struct{} // closed when the work has ended; nil when there never was any
}

// target is the generation that new pictures get a vector for, too; nil when there is none.
func (j *job) target() *generation { return j.to.Load() }

// launch starts the work, at what it begins with. The caller holds starting, and nothing runs.
func (j *job) launch(at State, work func(ctx context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	j.mu.Lock()
	j.state, j.err, j.cancel, j.ended, j.since = at, nil, cancel, ended, time.Time{}
	j.mu.Unlock()
	go func() {
		defer close(ended)
		defer cancel()
		err := work(ctx)
		j.mu.Lock()
		defer j.mu.Unlock()
		j.state = Idle
		if ctx.Err() == nil {
			j.err = err
		}
	}()
}

// halt ends the work and waits until it has ended.
func (j *job) halt() {
	j.mu.Lock()
	cancel, ended := j.cancel, j.ended
	j.mu.Unlock()
	if ended != nil {
		cancel()
		<-ended
	}
}

// enter says what the work has come to.
func (j *job) enter(s State) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.state = s
}

// measure starts the clock that the time to go is told by.
func (j *job) measure(done uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.since, j.first = time.Now(), done
}

// look gives the state, and why the work ended.
func (j *job) look() (State, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return cmp.Or(j.state, Idle), j.err
}

// eta is the time to go at the rate so far; 0 when that is not known.
func (j *job) eta(done, total uint64) time.Duration {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.state != Embedding || j.since.IsZero() || done <= j.first || total < done {
		return 0
	}
	return time.Since(j.since) / time.Duration(done-j.first) * time.Duration(total-done)
}
