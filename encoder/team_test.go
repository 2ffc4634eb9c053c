package encoder

import (
	"context"
	"errors"
	"image"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// An embedding is the same to the bit, however many cores work on it: each row
// is computed by one of them, in the same order.
func TestTeamsAgree(t *testing.T) {
	img := noise("team", 300, 200)
	for _, p := range Precisions() {
		var want Output
		var embedding []float32
		for _, workers := range []int{1, 2, 3, 7, 60} { // the starter has 50 tokens and 6 heads
			e, err := Starter(WithWorkers(workers), WithPrecision(p))
			if err != nil {
				t.Fatal(err)
			}
			out, err := e.LastHiddenState(t.Context(), img)
			if err != nil {
				t.Fatal(err)
			}
			v, err := e.Embed(t.Context(), img)
			if err = errors.Join(err, e.Close()); err != nil {
				t.Fatal(err)
			}
			if workers == 1 {
				want, embedding = out, v[0]
			}
			if !slices.Equal(out.Tokens, want.Tokens) || !slices.Equal(out.CLSAttention, want.CLSAttention) || !slices.Equal(v[0], embedding) {
				t.Errorf("%s: %d workers give another result than one", p, workers)
			}
		}
	}
}

// Single images and batches at the same time, on fewer cores than there are
// images, all get their own embedding.
func TestTeamsSideBySide(t *testing.T) {
	e, err := Starter(WithWorkers(3))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	a, b := noise("a", 120, 120), noise("b", 90, 140)
	want, err := e.Embed(t.Context(), a, b)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got, err := e.Embed(t.Context(), a)
			if err != nil || !slices.Equal(got[0], want[0]) {
				t.Errorf("alone: another embedding (%v)", err)
			}
		})
		wg.Go(func() {
			got, err := e.Embed(t.Context(), b, a, b)
			if err != nil || !slices.Equal(got[1], want[0]) || !slices.Equal(got[2], want[1]) {
				t.Errorf("in a batch: another embedding (%v)", err)
			}
		})
	}
	wg.Wait()
}

// A team that is called off in the middle goes home together, and its workers
// serve the next image.
func TestTeamIsCalledOff(t *testing.T) {
	e, err := Seeded(keptConfig(), 1, WithWorkers(2))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	img := noise("off", 64, 64)
	for i := range 50 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*100*time.Microsecond)
		if _, err := e.Embed(ctx, img); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		cancel()
	}
	if _, err := e.Embed(t.Context(), img); err != nil {
		t.Error(err)
	}
}

// Close in the middle of everything: whoever gets an embedding gets the right
// one, from weights that are unmapped only when the last team has gone home.
func TestCloseWhileTeamsRun(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: minutes where the CPU is emulated (-short)")
	}
	dir := keptModel(t)
	a, b := noise("a", 64, 64), noise("b", 90, 40)
	for range 5 { // the first time packs, the others map
		e, err := Open(dir, WithWorkers(3), WithPrecision(Int8))
		if err != nil {
			t.Fatal(err)
		}
		want, err := e.Embed(t.Context(), a, b)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				for {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+i)*3*time.Millisecond)
					got, err := e.Embed(ctx, []image.Image{a, b}[:1+i%2]...)
					cancel()
					if errors.Is(err, ErrClosed) {
						return
					}
					if err != nil && !errors.Is(err, context.DeadlineExceeded) {
						t.Error(err)
					}
					for k := range got {
						if !slices.Equal(got[k], want[k]) {
							t.Error("another embedding")
						}
					}
				}
			})
		}
		time.Sleep(20 * time.Millisecond)
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		wg.Wait()
	}
}

// Nobody leaves a meeting before all have come, sleepers among them.
func TestMeeting(t *testing.T) {
	const size, times = 4, 300
	m := newMeeting()
	m.ctx, m.size = t.Context(), size
	var done [size]atomic.Int32
	var wg sync.WaitGroup
	for i := range size {
		wg.Go(func() {
			for n := range int32(times) {
				if i == 0 && n%100 == 50 {
					time.Sleep(5 * time.Millisecond) // long enough for the others to sleep
				}
				done[i].Store(n + 1)
				if !(worker{i, m}).meet() {
					t.Error("called off")
				}
				for k := range done {
					if done[k].Load() < n+1 {
						t.Errorf("left before core %d came", k)
					}
				}
			}
		})
	}
	wg.Wait()
}

// The shares of the cores are everything, once.
func TestShares(t *testing.T) {
	for size := 1; size < 9; size++ {
		for n := range 30 {
			next := 0
			for i := range size {
				s := worker{i, &meeting{size: size}}.share(n)
				if s.from != next || s.to < s.from {
					t.Fatalf("%d things, core %d of %d: %v after %d", n, i, size, s, next)
				}
				next = s.to
			}
			if next != n {
				t.Fatalf("%d things on %d cores: %d", n, size, next)
			}
		}
	}
}
