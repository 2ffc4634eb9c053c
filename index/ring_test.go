package index

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"lookalike/internal/vectors"
)

// TestLongHistories drives graphs of few links through hundreds of adds and
// deletes of bursts and scattered vectors, so that every list is full and pruned
// many times over. Whatever was done, a walk reaches every node.
func TestLongHistories(t *testing.T) {
	pool, _ := vectors.Clustered.Make(5, 600, 1, 16)
	for _, spread := range []float64{0.01, 0.0001} {
		burst, _ := vectors.Bursts(6, 6, 100, 0, 16, spread)
		pool = append(pool, burst...)
	}
	rapid.Check(t, func(t *rapid.T) {
		x, err := New(Config{Dim: 16, M: rapid.IntRange(2, 4).Draw(t, "M"), EfConstruction: rapid.IntRange(4, 40).Draw(t, "efConstruction"), Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		deletes := rapid.Float64Range(0, 0.6).Draw(t, "share of deletes")
		next := r.IntN(len(pool))
		var ids []uint64
		for step := range rapid.IntRange(1, 900).Draw(t, "steps") {
			if len(ids) > 0 && r.Float64() < deletes {
				at := r.IntN(len(ids))
				err = x.Delete(ids[at])
				ids[at] = ids[len(ids)-1]
				ids = ids[:len(ids)-1]
			} else {
				if next++; r.IntN(50) == 0 { // on with another burst
					next = r.IntN(len(pool))
				}
				err = x.Add(uint64(step), pool[next%len(pool)])
				ids = append(ids, uint64(step))
			}
			if err != nil {
				t.Fatal(err)
			}
			if step%16 == 0 {
				checkWalks(t, x)
			}
		}
		checkWalks(t, x)
	})
}

// checkWalks fails if an invariant is broken or a walk misses a node.
func checkWalks(t *rapid.T, x *Index) {
	if err := x.Check(); err != nil {
		t.Fatal(err)
	}
	if x.count() == 0 {
		return
	}
	if lost := unreachable(x); len(lost) > 0 {
		t.Fatalf("slots %v of %d cannot be reached", lost, x.Nodes())
	}
	s := &searcher{}
	v, err := x.vector(x.entry, s.buffer(x))
	if err != nil {
		t.Fatal(err)
	}
	q := s.aim(x, v)
	if !x.searchLayer(s, q, x.descend(s, q, x.top(), 0, nil), x.count(), 0, nil) {
		t.Fatalf("a walk found %d of %d nodes", len(s.found), x.count())
	}
}

// TestRing: a node joins where the detour is shortest, and the ring closes where
// one leaves.
func TestRing(t *testing.T) {
	base, _ := vectors.Bursts(1, 1, 5, 0, 8, 0.1)
	x := build(t, base)
	next := func(slot uint32) uint32 { return x.list(slot, 0).slots()[0] }
	var before uint32
	for slot := range uint32(5) {
		if next(slot) == 4 {
			before = slot
		}
	}
	after := next(4)
	detour := func(a, b uint32) float32 { return x.score(a, b) - x.score(a, 4) - x.score(4, b) }
	for a, i := after, 0; i < 3; a, i = next(a), i+1 {
		if detour(a, next(a)) < detour(before, after) {
			t.Errorf("slot 4 stands between %d and %d, and not between %d and %d", before, after, a, next(a))
		}
	}
	for left := range 5 {
		if err := x.Delete(uint64(4 - left)); err != nil {
			t.Fatal(err)
		}
		if err := x.Check(); err != nil {
			t.Fatalf("with %d nodes: %v", x.Nodes(), err)
		}
		if left == 0 && next(before) != after {
			t.Errorf("slot %d leads to %d, want %d", before, next(before), after)
		}
	}
}
