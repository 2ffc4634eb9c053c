package index

import "slices"

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

// exact compares the codes of all, and the vectors of those that codes do not
// rule out: the inner product of q and a vector is that of their codes to within
// what codes leave out. So it misses nothing, but for what six standard deviations of rounding
// leave of a chance (sketch.sure).
func (x *Index) exact(q []float32, k int, keep func(uint64) bool) ([]Result, error) {
	s := x.searchers.Get().(*searcher)
	defer x.searchers.Put(s)
	t := s.aim(x, q)
	t.sure()
	s.found, s.entries, s.near = s.found[:0], s.entries[:0], s.near[:0]
	for slot := range uint32(x.slots) {
		if x.exists(slot) && x.accepts(slot, keep) {
			s.near = append(s.near, slot)
		}
		if len(s.near) == scanTile || int(slot) == x.slots-1 {
			x.scanTile(s, t, k)
		}
	}
	least := s.least(k)
	found, err := x.exactScores(s, q, slices.DeleteFunc(s.entries, func(e scored) bool { return e.score < least }))
	if err != nil {
		return nil, err
	}
	return x.results(found, k, keep), nil
}

// scanTile adds to found what the scores of the nodes in near are at least, the k best of it, and to entries
// the nodes that may score as much, with what they score at most.
func (x *Index) scanTile(s *searcher, t *target, k int) {
	x.codes.compare(s, t, s.least(k))
	for i, slot := range s.near {
		off := x.codes.leftOut(t, slot)
		s.collect(rankOf(s.scores[i]-off, slot), k)
		s.entries = append(s.entries, scored{score: s.scores[i] + off, slot: slot})
	}
	s.near = s.near[:0]
}
