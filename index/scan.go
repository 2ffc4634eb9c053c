package index

import (
	"math"
	"slices"
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
	x.scoreAll(s, t, keep)
	s.found = s.found[:0]
	for slot, score := range s.all { // found has what scores are at least
		if score == unscored {
			continue
		}
		s.collect(rankOf(score-x.codes.leftOut(t, uint32(slot)), uint32(slot)), k)
	}
	least := float32(-2 * math.MaxUint8) // of fewer than k, all are wanted
	if len(s.found) == k {
		least = s.found[0].score()
	}
	s.entries = s.entries[:0]
	for slot, score := range s.all {
		if score != unscored && score+x.codes.leftOut(t, uint32(slot)) >= least {
			s.entries = append(s.entries, scored{slot: uint32(slot)})
		}
	}
	found, err := x.exactScores(s, q, s.entries)
	if err != nil {
		return nil, err
	}
	return x.results(found, k, keep), nil
}

// scoreAll sets s.all to the scores by codes.
func (x *Index) scoreAll(s *searcher, t *target, keep func(uint64) bool) {
	s.all, s.near = slices.Grow(s.all[:0], x.slots)[:x.slots], s.near[:0]
	for slot := range uint32(x.slots) {
		if s.all[slot] = unscored; x.exists(slot) && x.accepts(slot, keep) {
			s.near = append(s.near, slot)
		}
		if len(s.near) == scanTile || int(slot) == x.slots-1 {
			x.codes.compare(s, t, anyScore)
			for i, slot := range s.near {
				s.all[slot] = s.scores[i]
			}
			s.near = s.near[:0]
		}
	}
}
