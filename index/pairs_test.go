package index

import (
	"errors"
	"iter"
	"maps"
	"slices"
	"testing"

	"lookalike/internal/simd"
	"lookalike/internal/vectors"
)

// planted is a set with groups of near-identical vectors and, under further ids,
// some copies; some ids are deleted again.
func planted(t testing.TB, n int) (*Index, map[uint64][]float32) {
	t.Helper()
	base := vectors.Hard.Planted(5, n, 64, 0.3, 0.85)
	for i := range n / 20 {
		base = append(base, base[i], base[i])
	}
	x, held := build(t, base), map[uint64][]float32{}
	for i, v := range base {
		if held[uint64(i)] = v; i%17 == 0 {
			delete(held, uint64(i))
			if err := x.Delete(uint64(i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return x, held
}

// bruteForce is what ExactPairs is: every pair at or above the threshold.
func bruteForce(held map[uint64][]float32, threshold float32) map[Pair]bool {
	out := map[Pair]bool{}
	for a, v := range held {
		for b, w := range held {
			if a >= b {
				continue
			}
			if s := simd.Dot(v, w); s >= threshold {
				out[Pair{a, b, s}] = true
			}
		}
	}
	return out
}

// collect gathers pairs and refuses any that comes twice.
func collect(t testing.TB, pairs iter.Seq[Pair]) map[Pair]bool {
	t.Helper()
	out := map[Pair]bool{}
	for p := range pairs {
		if out[p] {
			t.Fatalf("%+v comes twice", p)
		}
		out[p] = true
	}
	return out
}

// values drops the positions.
func values(pairs iter.Seq2[int, Pair]) iter.Seq[Pair] {
	return func(yield func(Pair) bool) {
		for _, p := range pairs {
			if !yield(p) {
				return
			}
		}
	}
}

// found is the share of the true pairs that are there; nothing else may be.
func found(t testing.TB, truth, got map[Pair]bool) float64 {
	t.Helper()
	for p := range got {
		if !truth[p] {
			t.Fatalf("%+v is no pair", p)
		}
	}
	return float64(len(got)) / float64(len(truth))
}

// TestPairs compares with every pair: below the size of the exact scan, and above.
func TestPairs(t *testing.T) {
	for _, n := range []int{600, 2500} {
		x, held := planted(t, n)
		for _, threshold := range []float32{0.85, 0.95, 0.9999} {
			truth := bruteForce(held, threshold)
			if exact := collect(t, x.ExactPairs(threshold, unexpected(t))); found(t, truth, exact) != 1 {
				t.Errorf("%d vectors, threshold %v: exact finds %d of %d", n, threshold, len(exact), len(truth))
			}
			r := found(t, truth, collect(t, values(x.AllPairs(threshold, 0, x.Slots(), unexpected(t)))))
			t.Logf("%d vectors, threshold %v: %.4f of %d pairs", n, threshold, r, len(truth))
			if !(r >= 0.98) || n <= exactBelow && r != 1 {
				t.Errorf("%d vectors, threshold %v: recall of pairs %.4f", n, threshold, r)
			}
		}
	}
}

// TestPairsResumed stops again and again, goes on at the last position, and finds
// what one run does; so do parts.
func TestPairsResumed(t *testing.T) {
	x, _ := planted(t, 1500)
	const threshold = 0.85
	whole := collect(t, values(x.AllPairs(threshold, 0, x.Slots(), unexpected(t))))
	got, at := map[Pair]bool{}, 0
	for last := -1; ; last = at {
		seen := 0
		for position, p := range x.AllPairs(threshold, at, x.Slots(), unexpected(t)) {
			got[p] = true
			if seen++; position > last && seen > 5 { // else a node with many pairs would never be left
				at = position
				break
			}
		}
		if at == last {
			break
		}
	}
	parts := map[Pair]bool{}
	for from := 0; from < x.Slots(); from += 100 {
		for p := range collect(t, values(x.AllPairs(threshold, from, min(from+100, x.Slots()), unexpected(t)))) {
			parts[p] = true
		}
	}
	if len(got) != len(whole) || len(parts) != len(whole) || found(t, whole, got) != 1 || found(t, whole, parts) != 1 {
		t.Errorf("%d pairs in one run, %d resumed, %d in parts", len(whole), len(got), len(parts))
	}
	for range x.AllPairs(threshold, x.Slots(), x.Slots()+10, unexpected(t)) {
		t.Error("a pair behind the end")
	}
}

// TestPairsWhileChanging lets adds and deletes in between.
func TestPairsWhileChanging(t *testing.T) {
	x, held := planted(t, 1500)
	id := uint64(1 << 40)
	for range x.AllPairs(0.9, 0, x.Slots(), unexpected(t)) {
		for other, v := range held {
			if err := errors.Join(x.Add(id, v), x.Delete(other)); err != nil {
				t.Fatal(err)
			}
			delete(held, other)
			id++
			break
		}
	}
	if err := x.Check(); err != nil {
		t.Error(err)
	}
}

// TestWithin asks with vectors of the index and others, and Around with ids.
func TestWithin(t *testing.T) {
	for _, n := range []int{500, 2500} {
		x, held := planted(t, n)
		hits, total := 0, 0
		for id := uint64(1); id < 150; id++ {
			if held[id] == nil {
				continue
			}
			const threshold = 0.85
			var truth []Result
			for other, v := range held {
				if s := simd.Dot(held[id], v); s >= threshold {
					truth = append(truth, Result{other, s})
				}
			}
			got, err := x.Within(held[id], threshold)
			around, err2 := x.Around(id, threshold, unexpected(t))
			if err := errors.Join(err, err2); err != nil {
				t.Fatal(err)
			}
			hits, total = hits+len(got)+len(around), total+2*len(truth)-1
			for _, list := range [][]Result{got, around} {
				for i, r := range list {
					if !slices.Contains(truth, r) || i > 0 && list[i-1].Score < r.Score {
						t.Fatalf("%d: %+v is wrong, or out of order", id, r)
					}
				}
			}
			if slices.ContainsFunc(around, func(r Result) bool { return r.ID == id }) {
				t.Fatalf("%d is around itself", id)
			}
		}
		r := float64(hits) / float64(total)
		t.Logf("%d vectors: %.4f of %d results", n, r, total)
		if !(r >= 0.98) {
			t.Errorf("%d vectors: recall %.4f", n, r)
		}
	}
}

func TestWithinRefuses(t *testing.T) {
	x := build(t, [][]float32{{1, 0}})
	if _, err := x.Within([]float32{2, 0}, 0.5); !errors.Is(err, ErrVector) {
		t.Errorf("a long vector: %v", err)
	}
	if _, err := x.Around(7, 0.5, unexpected(t)); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown id: %v", err)
	}
	if got, err := x.Within([]float32{0, 1}, 0.5); err != nil || len(got) != 0 {
		t.Errorf("nothing near: %v, %v", got, err)
	}
	empty, _ := New(Config{Dim: 2})
	if got, err := empty.Within([]float32{0, 1}, 0.5); err != nil || len(got) != 0 {
		t.Errorf("empty: %v, %v", got, err)
	}
}

// unexpected fails the test when a vector cannot be read.
func unexpected(t testing.TB) func(uint64, error) {
	return func(id uint64, err error) { t.Errorf("vector %d was not read: %v", id, err) }
}

// tornRows is a source that has all vectors and cannot read some.
type tornRows struct {
	rows
	torn map[uint64]bool
}

func (r tornRows) Vector(id uint64, buf []float32) ([]float32, error) {
	if r.torn[id] {
		return nil, errBroken
	}
	return r.rows.Vector(id, buf)
}

// TestPairsUnread: pairs of what can be read are found as ever, and what cannot is told.
func TestPairsUnread(t *testing.T) {
	const threshold = 0.9
	base := vectors.Clustered.Planted(4, 1500, 16, 0.3, 0.85)
	x := saveAndLoad(t, buildAll(t, base), base)
	whole := collect(t, values(x.AllPairs(threshold, 0, x.Slots(), unexpected(t))))
	torn := map[uint64]bool{3: true, 700: true, 1499: true}
	x.cfg.Source, x.recent = tornRows{base, torn}, recent{}
	told := map[uint64]bool{}
	unread := func(id uint64, err error) {
		if !errors.Is(err, errBroken) {
			t.Errorf("vector %d: %v", id, err)
		}
		told[id] = true
	}
	for _, pairs := range []iter.Seq[Pair]{values(x.AllPairs(threshold, 0, x.Slots(), unread)), x.ExactPairs(threshold, unread)} {
		found := collect(t, pairs)
		for p := range whole {
			if want := !torn[p.A] && !torn[p.B]; found[p] != want {
				t.Errorf("%+v is found: %v", p, !want)
			}
		}
		if !maps.Equal(told, torn) {
			t.Errorf("told %v, want %v", told, torn)
		}
		clear(told)
	}
	if _, err := x.Around(3, threshold, unread); !errors.Is(err, errBroken) {
		t.Errorf("around what cannot be read: %v", err)
	}
}
