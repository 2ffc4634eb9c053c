package index

import (
	"math/bits"
	"slices"
)

// A walk among the nodes that pass a filter looks through those that do not at
// whom they link to: with second neighbours for links, those that pass are nearly
// as well connected as all are (ACORN, Patel et al. 2024). What passes may all be
// far from the query, where a walk never gets to; so it starts, too, from the best
// of some that pass.
//
// Among fewer nodes neighbours are farther away and harder to tell from the rest,
// and most of all where a filter excludes what is nearest to the query: there ef
// candidates find too little, also in a graph of nothing but what passes, and
// elsewhere many are too many. A walk therefore keeps up to twice ef of them, and
// ends when the best have not changed for a while.

const (
	// keptNear is how many nodes that pass are enough of one node's neighbours and
	// second neighbours.
	keptNear = 36
	// throughAhead is how many lists are fetched at once: mostly 3 or 4 are gone through of about 20. All at once took an
	// eighth more time.
	throughAhead = 3
	// keptStarts is how many nodes that pass a walk starts from, the best of keptTried.
	keptStarts, keptTried = 4, 64
	// A walk is over when the best of those found, one in bestOf of ef, are the same
	// as patience times ef nodes before.
	bestOf, patience = 6, 0.6
)

// keptWalk is a searcher on its way among the nodes of layer 0 that pass.
type keptWalk struct {
	*searcher
	x       *Index
	q       *target
	ef      int
	filter  *Filter
	through []uint32 // nodes that do not pass, to look through next
	left    int      // comparisons until comparing all would have been cheaper
	best    heap     // of what was found, in the searcher's memory
	settled int      // nodes that were looked around at since best has changed
}

// keptWalk leaves at least the ef best nodes that pass in found, and reports whether
// they are as many and it got to an end.
func (x *Index) keptWalk(s *searcher, q *target, ef int, f *Filter) bool {
	s.entries = x.descend(s, q, x.top(), 0, s.entries[:0])
	entry := s.entries[0]
	s.begin(x.slots)
	w := keptWalk{searcher: s, x: x, q: q, ef: ef, filter: f, left: f.pass, best: s.points[:0]}
	defer func() { s.points = w.best }()
	s.visit(entry.slot)
	w.offer(entry, f.passes(entry.slot))
	w.start()
	for most := int(patience * float64(ef)); len(w.candidates) > 0 && w.left > 0; w.settled++ {
		c := ^w.candidates.pop()
		if len(w.found) == 2*ef && c.score() < w.found[0].score() || w.settled > most && len(w.found) >= ef {
			return true
		}
		w.expand(c.slot())
	}
	return false
}

// start compares some nodes that pass, from everywhere, and takes the best.
func (w *keptWalk) start() {
	w.near = w.near[:0]
	words := len(w.filter.bits)
	for i := 0; i < words && len(w.near) < keptTried; i++ {
		at := int(uint64(i) * 0x9E3779B97F4A7C15 >> 32 * uint64(words) >> 32)
		if word := w.filter.bits[at]; word != 0 {
			if slot := uint32(at*64 + bits.TrailingZeros64(word)); w.x.exists(slot) {
				w.near = append(w.near, slot)
			}
		}
	}
	slices.Sort(w.near)
	w.near = slices.Compact(w.near)
	scores := w.compared()
	slices.SortFunc(scores, scored.compare)
	for _, e := range scores[:min(keptStarts, len(scores))] {
		if w.visit(e.slot) {
			w.offer(e, true)
		}
	}
}

// expand looks at the nodes that one links to and that pass, and through the
// others. Where none passes, the others are the way on.
func (w *keptWalk) expand(slot uint32) {
	w.near, w.through = w.near[:0], w.through[:0]
	for _, to := range w.x.list(slot, 0).slots() {
		switch {
		case !w.filter.passes(to):
			if w.visited[to] != w.mark {
				w.through = append(w.through, to)
			}
		case w.visit(to):
			w.near = append(w.near, to)
		}
	}
	for some := range slices.Chunk(w.through, throughAhead) {
		for _, by := range some {
			w.x.fetchList(by)
		}
		for _, by := range some {
			w.lookThrough(by)
		}
	}
	pass := len(w.near) > 0
	if !pass {
		w.near = append(w.near, w.through...)
	}
	for _, e := range w.compared() {
		w.offer(e, pass)
	}
}

// lookThrough takes nodes that pass from whom another one links to, unless there are enough.
func (w *keptWalk) lookThrough(by uint32) {
	if len(w.near) >= keptNear {
		return
	}
	w.visit(by)
	for _, to := range w.x.list(by, 0).slots() {
		if w.filter.passes(to) && w.visit(to) {
			w.near = append(w.near, to)
		}
	}
}

// compared returns the nodes in near with their scores, without those that codes rule out.
func (w *keptWalk) compared() []scored {
	w.left -= len(w.near)
	w.x.compare(w.searcher, w.q, w.least(2*w.ef))
	w.entries = w.entries[:0]
	for i, slot := range w.near {
		w.entries = append(w.entries, scored{score: w.scores[i], slot: slot})
	}
	return w.entries
}

// offer keeps a node that is among the best so far.
func (w *keptWalk) offer(e scored, pass bool) {
	if len(w.found) >= 2*w.ef && e.score <= w.found[0].score() {
		return
	}
	r := rankOf(e.score, e.slot)
	w.candidates.push(^r)
	if !pass {
		return
	}
	w.collect(r, 2*w.ef)
	if len(w.best) < 1+w.ef/bestOf {
		w.best.push(r)
		w.settled = 0
	} else if r > w.best[0] {
		w.best.replace(r)
		w.settled = 0
	}
}
