package index

import "math/bits"

// Filters. Where few nodes pass, all that do are compared. Where nearly all do, a
// walk passes through every node and collects those (walk). In between that would
// be a walk through many times ef nodes; there one goes from a node that passes to
// the next (keptWalk).

const (
	// mostPass is the share from which a walk passes through all nodes.
	mostPass = 0.8
	// fewPass is the share under which keptWalk would get lost, so that all that
	// pass are compared.
	fewPass = 0.03
	// scanFactor times ef times M nodes are compared in the time of about two and a
	// half searches without a filter.
	scanFactor = 11
	// scanTile is how many nodes a scan compares at once, each fetched while those
	// before it are compared.
	scanTile = 256
	// probes is how many nodes tell what share passes.
	probes = 256
)

// Filter is a predicate on ids, prepared for searches: a bit for each node with an
// id that it keeps. It stays right while the index does not change and the
// predicate answers the same. After that a search may miss what has changed since,
// but returns nothing that the predicate does not keep. For another index it is
// prepared anew with each search.
type Filter struct {
	of   *Index
	keep func(id uint64) bool
	bits []uint64 // by slot
	pass int      // bits set
}

// Filter asks keep once for every id and prepares what it keeps. That takes about
// 5 ms for a million ids; a search with it asks for its results again.
func (x *Index) Filter(keep func(id uint64) bool) *Filter {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.filter(keep)
}

func (x *Index) filter(keep func(id uint64) bool) *Filter {
	f := &Filter{of: x, keep: keep, bits: make([]uint64, (x.slots+63)/64)}
	for slot := range uint32(x.slots) {
		if x.exists(slot) && x.accepts(slot, keep) {
			f.bits[slot/64] |= 1 << (slot % 64)
			f.pass++
		}
	}
	return f
}

// passes reports whether a node passes. One that is newer than the filter does not.
func (f *Filter) passes(slot uint32) bool {
	word := int(slot / 64)
	return word < len(f.bits) && f.bits[word]>>(slot%64)&1 == 1
}

// SearchIn is Search among what a prepared filter keeps.
func (x *Index) SearchIn(q []float32, k, ef int, f *Filter) ([]Result, error) {
	if err := x.checkVector(q); err != nil {
		return nil, err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	switch {
	case k < 1:
		return nil, nil
	case x.count() <= exactBelow:
		return x.exact(q, k, f.keep)
	case f.of != x:
		f = x.filter(f.keep)
	}
	return x.searchIn(q, k, max(ef, k), f)
}

// searchKept is Search with a filter that is not prepared.
func (x *Index) searchKept(q []float32, k, ef int, keep func(uint64) bool) ([]Result, error) {
	if x.probe(keep) < mostPass {
		return x.searchIn(q, k, ef, x.filter(keep))
	}
	s := x.searchers.Get().(*searcher)
	defer x.searchers.Put(s)
	t := s.aim(x, q)
	return x.walkThrough(s, t, k, ef, keep)
}

// probe estimates the share of nodes that pass.
func (x *Index) probe(keep func(uint64) bool) float64 {
	passing := 0
	for i := range uint64(probes) {
		spread := i * 0x9E3779B97F4A7C15 >> 32 // the golden ratio spreads evenly
		if slot := uint32(spread * uint64(x.slots) >> 32); x.exists(slot) && x.accepts(slot, keep) {
			passing++
		}
	}
	return float64(passing) / probes
}

func (x *Index) searchIn(q []float32, k, ef int, f *Filter) ([]Result, error) {
	s := x.searchers.Get().(*searcher)
	defer x.searchers.Put(s)
	share := float64(f.pass) / float64(max(1, x.count()))
	t := s.aim(x, q)
	switch {
	case share >= mostPass:
		return x.walkThrough(s, t, k, ef, f.keep)
	case share < fewPass || f.pass < scanFactor*ef*x.cfg.M || !x.keptWalk(s, t, ef, f):
		x.scan(s, t, ef, f)
	}
	return x.exactly(s, t, k, f.keep)
}

// scan leaves the ef best nodes that pass in found, by comparing all of them.
func (x *Index) scan(s *searcher, q *target, ef int, f *Filter) {
	s.begin(x.slots)
	s.near = s.near[:0]
	for from, word := range f.bits {
		for ; word != 0; word &= word - 1 {
			if slot := uint32(from*64 + bits.TrailingZeros64(word)); x.exists(slot) {
				s.near = append(s.near, slot)
			}
		}
		if len(s.near) < scanTile && from < len(f.bits)-1 {
			continue
		}
		x.compare(s, q, s.least(ef))
		for i, slot := range s.near {
			s.collect(rankOf(s.scores[i], slot), ef)
		}
		s.near = s.near[:0]
	}
}
