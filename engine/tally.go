package engine

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"lookalike/index"
)

// tallyPart is how many nodes of the index a worker goes through before it says so and takes the next ones.
const tallyPart = 256

// tally counts each image's neighbours over the pairs of the index, 24 bytes an image whatever they are. Sums are of
// whole numbers, so the workers' order does not matter.
type tally struct {
	ids    []uint64 // ascending
	leaves []atomic.Int64
	sums   []atomic.Int64
}

// add counts a pair for both. An image added since the numbers were listed has no place.
func (t *tally) add(p index.Pair) {
	a, okA := slices.BinarySearch(t.ids, p.A)
	b, okB := slices.BinarySearch(t.ids, p.B)
	if !okA || !okB {
		return
	}
	for _, i := range []int{a, b} {
		t.leaves[i].Add(1)
		t.sums[i].Add(weight(p.Score))
	}
}

// stars gives those that have neighbours.
func (t *tally) stars() (out []star) {
	for i, id := range t.ids {
		if n := t.leaves[i].Load(); n > 0 {
			out = append(out, star{centre: id, leaves: int(n), sum: t.sums[i].Load()})
		}
	}
	return out
}

// stars counts each image's neighbours, on all workers, a part of the index after the other.
func (e *Engine) stars(ctx context.Context, ids []uint64, threshold float32, progress func(done, of int) error, left *unread) ([]star, error) {
	t := &tally{ids: ids, leaves: make([]atomic.Int64, len(ids)), sums: make([]atomic.Int64, len(ids))}
	slots := e.now().index.Slots()
	var next atomic.Int64
	var telling sync.Mutex
	done := 0
	tell := func(n int) error {
		telling.Lock()
		defer telling.Unlock()
		if done += n; progress == nil {
			return nil
		}
		return progress(done, slots)
	}
	g, ctx := errgroup.WithContext(ctx)
	for range e.cfg.Workers {
		g.Go(func() error {
			for {
				from := int(next.Add(tallyPart)) - tallyPart
				to := min(from+tallyPart, slots)
				if from >= to {
					return ctx.Err()
				}
				if err := e.count(ctx, t, threshold, from, to, left); err != nil {
					return err
				}
				if err := tell(to - from); err != nil {
					return err
				}
			}
		})
	}
	err := g.Wait()
	return t.stars(), err
}

// count goes through one part.
func (e *Engine) count(ctx context.Context, t *tally, threshold float32, from, to int, left *unread) error {
	pairs := 0
	for _, p := range e.now().index.AllPairs(threshold, from, to, left.note) {
		t.add(p)
		if pairs++; pairs%1024 == 0 && ctx.Err() != nil {
			break
		}
	}
	return ctx.Err()
}
