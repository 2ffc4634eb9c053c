package index

import (
	"iter"
	"slices"

	"lookalike/internal/simd"
)

// Pair is two ids, A below B, and the cosine of their vectors.
type Pair struct {
	A, B  uint64
	Score float32
}

// Slots returns the end of the positions that AllPairs goes through.
func (x *Index) Slots() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.nodes)
}

// AllPairs yields the pairs of ids that score at or above a threshold, each once,
// with the position it was found at. Positions are 0 to Slots and ascend; only the
// pairs of those from from up to, not including, to are found. Parts may therefore
// be done side by side, and a caller that stopped goes on with from at the last
// position it saw, whose pairs come again.
//
// It holds the ids near one node at a time, and lets adds and deletes in between:
// of what changes meanwhile, pairs may be seen or not. Like Search it may miss
// some; ExactPairs misses none.
func (x *Index) AllPairs(threshold float32, from, to int) iter.Seq2[int, Pair] {
	return func(yield func(int, Pair) bool) {
		var n neighbourhood
		for slot := from; slot < to; slot++ {
			if !n.read(x, slot, threshold) {
				return
			}
			for p := range n.pairs {
				if !yield(slot, p) {
					return
				}
			}
		}
	}
}

// neighbourhood is one node and those near it in later slots, by their ids. Pairs
// are made of it without the index's lock.
type neighbourhood struct {
	own   []uint64
	near  []Result
	alike bool    // those of its own are pairs,
	same  float32 // with this score: their vector's with itself
}

// read copies what is in and around a slot. It reports false behind the last one.
func (n *neighbourhood) read(x *Index, slot int, threshold float32) bool {
	n.own, n.near, n.alike = n.own[:0], n.near[:0], false
	x.mu.RLock()
	defer x.mu.RUnlock()
	if slot >= len(x.nodes) {
		return false
	}
	if len(x.nodes[slot].ids) == 0 {
		return true
	}
	n.own = append(n.own, x.nodes[slot].ids...)
	s := x.searchers.Get().(*searcher)
	defer x.searchers.Put(s)
	r := ranger{searcher: s, x: x, threshold: threshold}
	for _, f := range r.around(uint32(slot), uint32(slot)) {
		if f.slot == uint32(slot) {
			n.same, n.alike = f.score, true
			continue
		}
		for _, id := range x.nodes[f.slot].ids {
			n.near = append(n.near, Result{id, f.score})
		}
	}
	return true
}

// pairs yields those of ids with the same vector, then those with near ones.
func (n *neighbourhood) pairs(yield func(Pair) bool) {
	for i, a := range n.own {
		for _, b := range n.own[i+1:] {
			if n.alike && !yield(Pair{a, b, n.same}) {
				return
			}
		}
		for _, o := range n.near {
			if !yield(Pair{min(a, o.ID), max(a, o.ID), o.Score}) {
				return
			}
		}
	}
}

// pairTile is how many nodes ExactPairs compares with all before them at once: as
// many as have their codes in a core's cache.
const pairTile = 256

// ExactPairs yields what AllPairs approximates, by comparing every vector with
// every other: codes first, and vectors where these come near the threshold. Adds
// and deletes wait until it has ended.
func (x *Index) ExactPairs(threshold float32) iter.Seq[Pair] {
	return func(yield func(Pair) bool) {
		x.mu.RLock()
		defer x.mu.RUnlock()
		var nodes []uint32
		for slot := range x.nodes {
			if len(x.nodes[slot].ids) > 0 {
				nodes = append(nodes, uint32(slot))
			}
		}
		e := exactPairs{x: x, threshold: threshold, yield: yield, dots: make([]int32, pairTile)}
		for tile := range slices.Chunk(nodes, pairTile) {
			for _, a := range nodes {
				later, _ := slices.BinarySearch(tile, a)
				if later == len(tile) {
					break // and so are all after this one
				}
				if !e.compare(a, tile[later:]) {
					return
				}
			}
		}
	}
}

// exactPairs is one run of ExactPairs.
type exactPairs struct {
	x         *Index
	threshold float32
	yield     func(Pair) bool
	dots      []int32
	n         neighbourhood
}

// compare yields the pairs of a node with those in a tile, which may begin with
// itself, and reports whether more are wanted.
func (e *exactPairs) compare(a uint32, tile []uint32) bool {
	x, t := e.x, e.x.target(a)
	e.n.own, e.n.near, e.n.alike = x.nodes[a].ids, e.n.near[:0], false
	dots := e.dots[:len(tile)]
	simd.DotCodesOf(dots, t.codes, x.codes, tile)
	for i, b := range tile {
		if float32(dots[i])*t.scale*x.scales[b] < e.threshold-x.slack(&t, b) {
			continue
		}
		score := simd.Dot(t.vector, x.vector(b))
		switch {
		case !(score >= e.threshold):
		case a == b:
			e.n.same, e.n.alike = score, true
		default:
			for _, id := range x.nodes[b].ids {
				e.n.near = append(e.n.near, Result{id, score})
			}
		}
	}
	for p := range e.n.pairs {
		if !e.yield(p) {
			return false
		}
	}
	return true
}
