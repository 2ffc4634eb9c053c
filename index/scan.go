package index

import (
	"math"
	"slices"

	"lookalike/internal/simd"
)

// Exact returns what Search approximates, by comparing q with every vector.
func (x *Index) Exact(q []float32, k int, keep func(id uint64) bool) ([]Result, error) {
	if err := x.checkVector(q); err != nil {
		return nil, err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	if k < 1 {
		return nil, nil
	}
	return x.exact(q, k, keep)
}

// unscored stands where a slot is free or not accepted.
const unscored = -4

// exact compares the codes of all, and the vectors of those that codes do not
// rule out: the inner product of q and a vector is that of their codes to within
// the lengths of what codes leave out. So it misses nothing.
func (x *Index) exact(q []float32, k int, keep func(uint64) bool) ([]Result, error) {
	s := x.searchers.Get().(*searcher)
	defer x.searchers.Put(s)
	t := s.aim(x, q)
	x.scoreAll(s, &t, keep)
	s.found = s.found[:0]
	left := x.leftOut(t.scale) // found has what scores are at least
	for slot, score := range s.scores {
		if score == unscored {
			continue
		}
		s.collect(rankOf(score-left-x.leftOut(x.scale(uint32(slot))), uint32(slot)), k)
	}
	least := float32(-2 * math.MaxUint8) // of fewer than k, all are wanted
	if len(s.found) == k {
		least = s.found[0].score() - left
	}
	s.entries = s.entries[:0]
	for slot, score := range s.scores {
		if score != unscored && score+x.leftOut(x.scale(uint32(slot))) >= least {
			s.entries = append(s.entries, scored{slot: uint32(slot)})
		}
	}
	found, err := x.exactScores(s, q, s.entries)
	if err != nil {
		return nil, err
	}
	return x.results(found, k, keep), nil
}

// leftOut bounds the length of the difference of a vector and its codes: half a
// step in each dimension, and a little for rounding.
func (x *Index) leftOut(scale float32) float32 {
	return 0.53*scale*float32(math.Sqrt(float64(x.cfg.Dim))) + 1e-4
}

// scoreAll sets s.scores to the inner products of codes.
func (x *Index) scoreAll(s *searcher, t *target, keep func(uint64) bool) {
	s.scores = slices.Grow(s.scores[:0], x.slots)[:x.slots]
	for slot := range s.scores {
		slot := uint32(slot)
		if s.scores[slot] = unscored; x.exists(slot) && x.accepts(slot, keep) {
			s.scores[slot] = float32(simd.DotCodes(t.codes, x.code(slot))) * (t.scale * x.scale(slot))
		}
	}
}
