package index

import (
	"cmp"
	"slices"

	"lookalike/internal/simd"
)

// exactBelow is the number of vectors up to which a search compares them all:
// it is as fast as the walk there, and misses nothing.
const exactBelow = 1000

// scored is a node with its cosine to the query, or to the node that links to it.
type scored struct {
	score float32
	slot  uint32
	by    uint32 // of a link: who occludes it, if that is known (occluder)
}

// before reports whether a is the better one; ties go by slot, so that runs
// repeat. There is no NaN among scores, which cmp.Compare would look for.
func (a scored) before(b scored) bool {
	return a.score > b.score || a.score == b.score && a.slot < b.slot
}

// compare puts the better one first.
func (a scored) compare(b scored) int {
	switch {
	case a.before(b):
		return -1
	case b.before(a):
		return 1
	}
	return 0
}

// searcher is the memory of one search. visited marks with a number that grows
// from search to search, so that it need not be cleared.
type searcher struct {
	visited    []uint32
	mark       uint32
	candidates heap // best on top: C in the paper
	found      heap // worst on top: W in the paper
	entries    []scored
	codes      []int8   // of the query
	near       []uint32 // nodes to compare next
	dots       []int32  // their inner products with the query, of codes
	// While bursts are points:
	points  []scored // what was found; empty if there was no burst
	through []scored // nodes passed through on the way out of a burst
	covered []uint32 // nodes left out, since another one stands for their burst
}

// begin forgets what the last walk visited.
func (s *searcher) begin(slots int) {
	if len(s.visited) < slots {
		s.visited = make([]uint32, slots+slots/4)
		s.mark = 0
	}
	if s.mark++; s.mark == 0 { // wrapped around after 2^32 walks
		clear(s.visited)
		s.mark = 1
	}
	s.candidates.reset(scored.before)
	s.found.reset(func(a, b scored) bool { return b.before(a) })
	s.points, s.through, s.covered = s.points[:0], s.through[:0], s.covered[:0]
}

// visit reports whether slot is seen for the first time.
func (s *searcher) visit(slot uint32) bool {
	if s.visited[slot] == s.mark {
		return false
	}
	s.visited[slot] = s.mark
	return true
}

// Search returns the k ids nearest to q among those that keep accepts (nil
// accepts all), best first, and those with equal
// scores by id. ef >= k candidates are kept on the way:
// more find more of the true neighbours and cost more (Algorithm 5).
func (x *Index) Search(q []float32, k, ef int, keep func(id uint64) bool) ([]Result, error) {
	if err := x.checkVector(q); err != nil {
		return nil, err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	if k < 1 {
		return nil, nil
	}
	if x.count() <= exactBelow {
		return x.exact(q, k, keep), nil
	}
	if ef = max(ef, k); keep != nil {
		return x.searchKept(q, k, ef, keep), nil
	}
	s := x.searchers.Get().(*searcher)
	defer x.searchers.Put(s)
	t := s.aim(x, q)
	s.entries = x.descend(s, &t, x.top(), 0, s.entries[:0])
	if !x.searchLayer(s, &t, s.entries, ef, 0, nil) {
		return x.exact(q, k, nil), nil
	}
	return x.results(x.exactly(q, s.found.items), k, nil), nil
}

// top is the enter point's level.
func (x *Index) top() int { return x.nodes[x.entry].level() }

// descend walks greedily (ef = 1) from the enter point down to the layer above
// target and returns where it ended (Algorithm 5, lines 4-6).
func (x *Index) descend(s *searcher, q *target, from, target int, entries []scored) []scored {
	entries = append(entries, scored{score: x.scoreTo(q, x.entry), slot: x.entry})
	for layer := from; layer > target; layer-- {
		x.searchLayer(s, q, entries, 1, layer, nil)
		entries = append(entries[:0], s.found.items...)
	}
	return entries
}

// searchLayer is Algorithm 2: it leaves the ef nodes nearest to q on a layer in
// s.found, and reports whether they are as many. It walks twice where there are
// bursts: as if each were one point, and then into those that were found. With a
// filter the walk passes through every node but collects only those with an id
// that keep accepts, and ends when so few match that comparing all of them is cheaper.
func (x *Index) searchLayer(s *searcher, q *target, entries []scored, ef, layer int, keep func(uint64) bool) bool {
	s.begin(len(x.nodes))
	w := walk{x: x, searcher: s, q: q, ef: ef, layer: layer, keep: keep, budget: max(len(x.nodes)/8, exactBelow)}
	for _, e := range entries {
		s.visit(e.slot)
		w.offer(e)
	}
	full := w.run(true)
	if len(s.through)+len(s.covered) == 0 {
		return full
	}
	w.uncover()
	return w.run(false)
}

// walk is a searcher on its way.
type walk struct {
	*searcher
	x         *Index
	q         *target
	ef, layer int
	keep      func(uint64) bool
	budget    int // nodes that may be looked at with a filter
}

// run goes on until every candidate left is farther than all that was found, and
// reports whether ef nodes were found.
func (w *walk) run(points bool) bool {
	for len(w.candidates.items) > 0 {
		c := w.candidates.pop()
		if len(w.found.items) == w.ef && c.score < w.found.items[0].score {
			return true
		}
		w.expand(c, points)
		if w.keep != nil && w.budget < 0 {
			return false
		}
	}
	return len(w.found.items) == w.ef
}

// expand looks at the nodes that one links to. While bursts are points, those in
// one burst with it are left out; if all are, the first is a way on to one that
// leads out.
func (w *walk) expand(c scored, points bool) {
	links, before := w.x.nodes[c.slot].links[w.layer], len(w.covered)
	w.near = w.near[:0]
	for _, l := range links {
		if points && onePoint(l.score, c.score) {
			w.covered = append(w.covered, l.slot)
		} else if w.visit(l.slot) {
			w.near = append(w.near, l.slot)
		}
	}
	w.look()
	switch burst := w.covered[before:]; {
	case len(burst) == 0:
	case len(burst) < len(links):
		left := slices.DeleteFunc(burst, func(slot uint32) bool { return !w.visit(slot) })
		w.covered = w.covered[:before+len(left)]
	default:
		w.covered = w.covered[:before]
		if slot := links[0].slot; w.visit(slot) {
			e := scored{score: w.x.scoreTo(w.q, slot), slot: slot}
			w.through = append(w.through, e)
			w.candidates.push(e)
		}
	}
}

// uncover goes back to what was found, with bursts no longer points.
func (w *walk) uncover() {
	w.points = append(w.points, w.found.items...)
	w.candidates.items = w.candidates.items[:0]
	for _, f := range w.points {
		w.candidates.push(f)
	}
	for _, e := range w.through {
		w.offer(e)
	}
	for _, slot := range w.covered {
		w.visited[slot] = 0
	}
}

// look compares the nodes in near.
func (w *walk) look() {
	w.dots = slices.Grow(w.dots[:0], len(w.near))[:len(w.near)]
	simd.DotCodesOf(w.dots, w.q.codes, w.x.codes, w.near)
	for i, slot := range w.near {
		w.offer(scored{score: w.x.cosine(w.q, slot, w.dots[i]), slot: slot})
	}
	w.budget -= len(w.near)
}

// offer keeps a node that is among the ef best so far.
func (w *walk) offer(e scored) {
	if len(w.found.items) < w.ef || e.score > w.found.items[0].score {
		w.candidates.push(e)
		w.collect(e, w.ef, w.x.accepts(e.slot, w.keep))
	}
}

// collect keeps the ef best accepted nodes.
func (s *searcher) collect(e scored, ef int, accepted bool) {
	if !accepted {
		return
	}
	s.found.push(e)
	if len(s.found.items) > ef {
		s.found.pop()
	}
}

// accepts reports whether any id of a node passes the filter.
func (x *Index) accepts(slot uint32, keep func(uint64) bool) bool {
	return keep == nil || slices.ContainsFunc(x.nodes[slot].ids, keep)
}

// results turns nodes into the k best ids that keep accepts.
func (x *Index) results(found []scored, k int, keep func(uint64) bool) []Result {
	slices.SortFunc(found, scored.compare)
	out := make([]Result, 0, min(k, len(x.slots)))
	for _, n := range found {
		// Nodes with equal scores must all be looked at: ties go by id.
		if len(out) >= k && n.score < out[len(out)-1].Score {
			break
		}
		for _, id := range x.nodes[n.slot].ids {
			if keep == nil || keep(id) {
				out = append(out, Result{id, n.score})
			}
		}
	}
	slices.SortFunc(out, func(a, b Result) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	return out[:min(k, len(out))]
}

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
	return x.exact(q, k, keep), nil
}

func (x *Index) exact(q []float32, k int, keep func(uint64) bool) []Result {
	s := x.searchers.Get().(*searcher)
	defer x.searchers.Put(s)
	s.begin(len(x.nodes))
	for slot := range x.nodes {
		slot := uint32(slot)
		if len(x.nodes[slot].ids) > 0 && x.accepts(slot, keep) {
			s.collect(scored{score: simd.Dot(q, x.vector(slot)), slot: slot}, k, true)
		}
	}
	return x.results(s.found.items, k, keep)
}
