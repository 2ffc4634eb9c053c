package index

import (
	"cmp"
	"slices"

	"lookalike/internal/f32"
)

// exactBelow is the number of vectors up to which a search compares them all:
// it is as fast as the walk there, and misses nothing.
const exactBelow = 1000

// scored is a node with its cosine to the query.
type scored struct {
	score float32
	slot  uint32
}

// compare puts the better one first; ties go by slot, so that runs repeat.
func (a scored) compare(b scored) int {
	return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.slot, b.slot))
}

// searcher is the memory of one search. visited marks with a number that grows
// from search to search, so that it need not be cleared.
type searcher struct {
	visited    []uint32
	mark       uint32
	candidates heap // best on top: C in the paper
	found      heap // worst on top: W in the paper
	entries    []scored
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
	s.candidates.reset(func(a, b scored) bool { return a.compare(b) < 0 })
	s.found.reset(func(a, b scored) bool { return a.compare(b) > 0 })
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
	s := x.searchers.Get().(*searcher)
	defer x.searchers.Put(s)
	ef = max(ef, k)
	s.entries = x.descend(s, q, x.top(), 0, s.entries[:0])
	if !x.searchLayer(s, q, s.entries, ef, 0, keep) {
		return x.exact(q, k, keep), nil
	}
	return x.results(s.found.items, k, keep), nil
}

// top is the enter point's level.
func (x *Index) top() int { return x.nodes[x.entry].level() }

// descend walks greedily (ef = 1) from the enter point down to the layer above
// target and returns where it ended (Algorithm 5, lines 4-6).
func (x *Index) descend(s *searcher, q []float32, from, target int, entries []scored) []scored {
	entries = append(entries, scored{f32.Dot(q, x.vector(x.entry)), x.entry})
	for layer := from; layer > target; layer-- {
		x.searchLayer(s, q, entries, 1, layer, nil)
		entries = append(entries[:0], s.found.items...)
	}
	return entries
}

// searchLayer is Algorithm 2: it leaves the ef nodes nearest to q on a layer in
// s.found, and reports whether they are as many. With a filter the walk passes through every node but collects only
// those with an id that keep accepts, and ends when so few match that comparing
// all of them is cheaper.
func (x *Index) searchLayer(s *searcher, q []float32, entries []scored, ef, layer int, keep func(uint64) bool) bool {
	s.begin(len(x.nodes))
	for _, e := range entries {
		s.visit(e.slot)
		s.candidates.push(e)
		s.collect(e, ef, x.accepts(e.slot, keep))
	}
	budget := len(x.nodes)
	if keep != nil {
		budget = max(budget/8, exactBelow)
	}
	for len(s.candidates.items) > 0 {
		c := s.candidates.pop()
		if len(s.found.items) == ef && c.score < s.found.items[0].score {
			return true // every candidate left is farther than all that was found
		}
		for _, slot := range x.nodes[c.slot].links[layer] {
			if !s.visit(slot) {
				continue
			}
			e := scored{f32.Dot(q, x.vector(slot)), slot}
			budget--
			if len(s.found.items) < ef || e.score > s.found.items[0].score {
				s.candidates.push(e)
				s.collect(e, ef, x.accepts(slot, keep))
			}
		}
		if keep != nil && budget < 0 {
			return false
		}
	}
	return len(s.found.items) == ef
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
			s.collect(scored{f32.Dot(q, x.vector(slot)), slot}, k, true)
		}
	}
	return x.results(s.found.items, k, keep)
}
