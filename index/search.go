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
	by    uint32  // of a link: who occludes it, if that is known (occluded)
	apart float32 // of a link: its distance to the newcomer is at least that
}

// compare puts the better one first; ties go by slot, so that runs repeat.
func (a scored) compare(b scored) int {
	switch {
	case a.score > b.score:
		return -1
	case a.score < b.score:
		return 1
	}
	return cmp.Compare(a.slot, b.slot)
}

// searcher is the memory of one search. visited marks with a number that grows
// from walk to walk, so that it is cleared once in 255.
type searcher struct {
	visited    []uint8
	mark       uint8
	candidates heap // complements, so the best on top: C in the paper
	found      heap // the worst on top: W in the paper
	entries    []scored
	target     target          // what is searched for
	vector     []float32       // (Dim): one from the source
	ids        []uint64        // whose vectors are read
	own        []float32       // (Dim): that of the node searched for
	near       []uint32        // nodes to compare next
	at         []*int8         // where their codes are
	dots       []int32         // their inner products with the query, of codes
	more       []int32         // the same, of lines behind the first
	lines      []*simd.Nibbles // where the first lines of nodes to compare are
	rest       []*simd.Nibbles // and others
	scores     []float32       // of the nodes in near
	// While bursts are points:
	points  []rank   // what was found; empty if there was no burst
	through []scored // nodes passed through on the way out of a burst
	covered []uint32 // nodes left out, since another one stands for their burst
}

// begin forgets what the last walk visited.
func (s *searcher) begin(slots int) {
	if len(s.visited) < slots {
		s.visited = make([]uint8, slots+slots/4)
		s.mark = 0
	}
	if s.mark++; s.mark == 0 { // wrapped around after 255 walks
		clear(s.visited)
		s.mark = 1
	}
	s.candidates, s.found = s.candidates[:0], s.found[:0]
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

// results appends what was found to out, best first.
func (s *searcher) results(out []scored) []scored {
	slices.Sort(s.found)
	for _, r := range slices.Backward(s.found) {
		out = append(out, r.scored())
	}
	return out
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
		return x.exact(q, k, keep)
	}
	if ef = max(ef, k); keep != nil {
		return x.searchKept(q, k, ef, keep)
	}
	s := x.searchers.Get().(*searcher)
	defer x.searchers.Put(s)
	t := s.aim(x, q)
	return x.walkThrough(s, t, k, ef, nil)
}

// walkThrough walks through everything around a query and collects what keep accepts.
func (x *Index) walkThrough(s *searcher, t *target, k, ef int, keep func(uint64) bool) ([]Result, error) {
	s.entries = x.descend(s, t, x.top(), 0, s.entries[:0])
	if !x.searchLayer(s, t, s.entries, ef, 0, keep) {
		return x.exact(t.vector, k, keep)
	}
	return x.exactly(s, t, k, keep)
}

// surely times what two scores are off by as a rule is what they are misplaced by once in two thousand times.
const surely = 1.7

// exactly ranks what was found by exact cosines. Of those behind the k-th only such are looked at that codes could have misplaced.
func (x *Index) exactly(s *searcher, t *target, k int, keep func(uint64) bool) ([]Result, error) {
	s.entries = s.results(s.entries[:0])
	found := s.entries
	least := float32(-2)
	if len(found) > k {
		least = found[k-1].score - surely*x.codes.deviation(t, found[k-1].slot)
	}
	near := found[:0]
	for i, f := range found {
		if i < k || f.score >= least-surely*x.codes.deviation(t, f.slot) {
			near = append(near, f)
		}
	}
	ranked, err := x.exactScores(s, t.vector, near)
	if err != nil {
		return nil, err
	}
	return x.results(ranked, k, keep), nil
}

// buffer is for a vector (Dim) from the source.
func (s *searcher) buffer(x *Index) []float32 {
	if len(s.vector) != x.cfg.Dim {
		s.vector = make([]float32, x.cfg.Dim)
	}
	return s.vector
}

// top is the enter point's level.
func (x *Index) top() int { return x.level(x.entry) }

// descend walks greedily (ef = 1) from the enter point down to the layer above
// target and returns where it ended (Algorithm 5, lines 4-6).
func (x *Index) descend(s *searcher, q *target, from, target int, entries []scored) []scored {
	entries = append(entries, scored{score: x.scoreTo(s, q, x.entry), slot: x.entry})
	for layer := from; layer > target; layer-- {
		x.searchLayer(s, q, entries, 1, layer, nil)
		entries = s.results(entries[:0])
	}
	return entries
}

// searchLayer is Algorithm 2: it leaves the ef nodes nearest to q on a layer in
// s.found, and reports whether they are as many. It walks twice where there are
// bursts: as if each were one point, and then into those that were found. With a
// filter the walk passes through every node but collects only those with an id
// that keep accepts, and ends when so few match that comparing all of them is cheaper.
func (x *Index) searchLayer(s *searcher, q *target, entries []scored, ef, layer int, keep func(uint64) bool) bool {
	s.begin(x.slots)
	w := walk{x: x, searcher: s, q: q, ef: ef, layer: layer, keep: keep, budget: max(x.slots/8, exactBelow)}
	for _, e := range entries {
		s.visit(e.slot)
		w.offer(e.score, e.slot)
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
	for len(w.candidates) > 0 {
		c := ^w.candidates.pop()
		if len(w.found) == w.ef && c.score() < w.found[0].score() {
			return true
		}
		if w.layer == 0 && len(w.candidates) > 0 { // likely the next
			w.x.fetchList((^w.candidates[0]).slot())
		}
		w.expand(c.scored(), points)
		if w.keep != nil && w.budget < 0 {
			return false
		}
	}
	return len(w.found) == w.ef
}

// expand looks at the nodes that one links to.
func (w *walk) expand(c scored, points bool) {
	l := w.x.list(c.slot, w.layer)
	if points && onePoint(l.nearest(), c.score) {
		w.expandBurst(c, l)
		return
	}
	slots := l.slots()
	w.near = slices.Grow(w.near[:0], len(slots))[:len(slots)]
	kept := 0
	for _, to := range slots { // half of them are new: no branch would be foreseen
		w.near[kept] = to
		isNew := 1
		if w.visited[to] == w.mark {
			isNew = 0
		}
		kept += isNew
		w.visited[to] = w.mark
	}
	w.near = w.near[:kept]
	w.look()
}

// expandBurst leaves out the nodes that are in one burst with the one that links
// to them; if all are, the first is a way on to one that leads out.
func (w *walk) expandBurst(c scored, l list) {
	slots, before := l.slots(), len(w.covered)
	w.near = w.near[:0]
	for i, to := range slots {
		if onePoint(l.scores[i].score(), c.score) {
			w.covered = append(w.covered, to)
		} else if w.visit(to) {
			w.near = append(w.near, to)
		}
	}
	w.look()
	if burst := w.covered[before:]; len(burst) < len(slots) {
		left := slices.DeleteFunc(burst, func(slot uint32) bool { return !w.visit(slot) })
		w.covered = w.covered[:before+len(left)]
		return
	}
	w.covered = w.covered[:before]
	if slot := slots[0]; w.visit(slot) {
		e := scored{score: w.x.scoreTo(w.searcher, w.q, slot), slot: slot}
		w.through = append(w.through, e)
		w.candidates.push(^rankOf(e.score, e.slot))
	}
}

// uncover goes back to what was found, with bursts no longer points.
func (w *walk) uncover() {
	w.points = append(w.points, w.found...)
	w.candidates = w.candidates[:0]
	for _, f := range w.points {
		w.candidates.push(^f)
	}
	for _, e := range w.through {
		w.offer(e.score, e.slot)
	}
	for _, slot := range w.covered {
		w.visited[slot] = 0
	}
}

// least is what a node must score more than to be kept, where most are.
func (s *searcher) least(most int) float32 {
	if len(s.found) < most {
		return anyScore
	}
	return s.found[0].score()
}

// look compares the nodes in near.
func (w *walk) look() {
	w.budget -= len(w.near)
	w.x.compare(w.searcher, w.q, w.least(w.ef))
	for i, slot := range w.near {
		w.offer(w.scores[i], slot)
	}
}

// offer keeps a node that is among the ef best so far.
func (w *walk) offer(score float32, slot uint32) {
	if len(w.found) >= w.ef && score <= w.found[0].score() {
		return
	}
	r := rankOf(score, slot)
	w.candidates.push(^r)
	if w.x.accepts(slot, w.keep) {
		w.collect(r, w.ef)
	}
}

// collect keeps the ef best.
func (s *searcher) collect(r rank, ef int) {
	switch {
	case len(s.found) < ef:
		s.found.push(r)
	case r > s.found[0]:
		s.found.replace(r)
	}
}

// accepts reports whether any id of a node passes the filter.
func (x *Index) accepts(slot uint32, keep func(uint64) bool) bool {
	if keep == nil {
		return true
	}
	n := x.node(slot)
	return keep(n.id) || n.copies && slices.ContainsFunc(x.copies[slot], keep)
}

// results turns nodes into the k best ids that keep accepts.
func (x *Index) results(found []scored, k int, keep func(uint64) bool) []Result {
	slices.SortFunc(found, scored.compare)
	out := make([]Result, 0, min(k, x.held()))
	add := func(id uint64, score float32) {
		if keep == nil || keep(id) {
			out = append(out, Result{id, score})
		}
	}
	for _, f := range found {
		// Nodes with equal scores must all be looked at: ties go by id.
		if len(out) >= k && f.score < out[len(out)-1].Score {
			break
		}
		n := x.node(f.slot)
		add(n.id, f.score)
		if n.copies {
			for _, id := range x.copies[f.slot] {
				add(id, f.score)
			}
		}
	}
	slices.SortFunc(out, func(a, b Result) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	return out[:min(k, len(out))]
}
