package engine

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestEverythingAtOnce adds, deletes, searches, lists, checks, compacts and backs up from many goroutines, then looks whether
// every image that was acknowledged and not deleted is there, and whether every backup is a sound data folder.
func TestEverythingAtOnce(t *testing.T) {
	e := openAt(t, t.TempDir(), func(c *Config) { c.Checkpoint, c.Workers = 2*time.Millisecond, 3 })
	var alive sync.Map // id -> picture
	var workers sync.WaitGroup
	for worker := range uint64(3) {
		workers.Go(func() { addAndDelete(t, e, worker, &alive) })
	}
	done := make(chan struct{})
	var others sync.WaitGroup
	again := func(what func() error) {
		others.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					if err := what(); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	var backups []*bytes.Buffer
	again(func() error { return errOf(e.SearchImage(t.Context(), "q", madePNG(1), Query{})) })
	again(func() error { return lookAround(t, e) })
	again(func() error {
		time.Sleep(20 * time.Millisecond)
		backups = append(backups, &bytes.Buffer{})
		return e.Backup(t.Context(), backups[len(backups)-1])
	})
	again(func() error {
		time.Sleep(5 * time.Millisecond)
		r, err := e.Check(t.Context())
		if !r.OK() {
			t.Errorf("check: %q", r.Problems)
		}
		return err
	})
	again(func() error {
		time.Sleep(30 * time.Millisecond)
		_, err := e.Compact(t.Context(), nil)
		return err
	})
	workers.Wait()
	close(done)
	others.Wait()
	sound(t, e)
	alive.Range(func(id, picture any) bool {
		if m, err := e.Get(id.(uint64)); err != nil || m.Files[0].Path != upload(picture.(uint64)).Name {
			t.Errorf("image %v: %+v, %v", id, m, err)
		}
		return true
	})
	for _, b := range []*bytes.Buffer{backups[0], backups[len(backups)/2], backups[len(backups)-1]} {
		dir := filepath.Join(t.TempDir(), "restored")
		if err := Restore(dir, b); err != nil {
			t.Fatal(err)
		}
		sound(t, openAt(t, dir))
	}
}

// addAndDelete plays with pictures that no other worker uses, so that it knows what must be there.
func addAndDelete(t *testing.T, e *Engine, worker uint64, alive *sync.Map) {
	rng := rand.New(rand.NewPCG(worker, 3))
	var mine []uint64
	for range 12 {
		var sources []Source
		var seeds []uint64
		for range 1 + rng.IntN(4) {
			seeds = append(seeds, 1000*(worker+1)+rng.Uint64N(12))
			sources = append(sources, upload(seeds[len(seeds)-1]))
		}
		for i, r := range e.AddBatch(t.Context(), sources) {
			if r.Err != nil {
				t.Error(r.Err)
				continue
			}
			alive.Store(r.ID, seeds[i])
			mine = append(mine, r.ID)
		}
		if len(mine) > 0 && rng.IntN(2) == 0 {
			id := mine[rng.IntN(len(mine))]
			if _, err := e.Delete(t.Context(), id); err != nil {
				t.Error(err)
			}
			alive.Delete(id)
		}
	}
}

// lookAround reads whatever is there; only images that go away meanwhile may be missing.
func lookAround(t *testing.T, e *Engine) error {
	images, _, err := e.List(0, 10)
	if err != nil {
		return err
	}
	for _, m := range images {
		if _, err := e.Thumbnail(m.ID); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if _, err := e.SearchID(t.Context(), m.ID, Query{}); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	if _, err := e.Duplicates(t.Context(), DuplicateQuery{Threshold: 0.5}); err != nil {
		return err
	}
	r, err := e.Check(t.Context())
	if err == nil && !r.OK() {
		t.Errorf("check beside writes: %q", r.Problems)
	}
	return err
}
