package index

import (
	"errors"
	"iter"
	"slices"
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
	return x.slots
}

// AllPairs yields the pairs of ids that score at or above a threshold, each once,
// with the position it was found at. Positions are 0 to Slots and ascend; only the
// pairs of those from from up to, not including, to are found. Parts may therefore
// be done side by side, and a caller that stopped goes on with from at the last
// position it saw, whose pairs come again.
//
// It holds the ids near one node at a time, and lets adds and deletes in between:
// of what changes meanwhile, pairs may be seen or not. Like Search it may miss
// some; ExactPairs misses none. An id whose vector cannot be read is in no pair, and is told to
// unread, which must not call the index, as often as it comes up.
func (x *Index) AllPairs(threshold float32, from, to int, unread func(id uint64, err error)) iter.Seq2[int, Pair] {
	return func(yield func(int, Pair) bool) {
		n := neighbourhood{unread: unread}
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

	unread func(id uint64, err error)
}

// read copies what is in and around a slot. It reports false behind the last one.
func (n *neighbourhood) read(x *Index, slot int, threshold float32) bool {
	n.own, n.near, n.alike = n.own[:0], n.near[:0], false
	x.mu.RLock()
	defer x.mu.RUnlock()
	if slot >= x.slots {
		return false
	}
	if !x.exists(uint32(slot)) {
		return true
	}
	n.own = x.ids(uint32(slot), n.own)
	s := x.searchers.Get().(*searcher)
	defer x.searchers.Put(s)
	r := ranger{searcher: s, x: x, threshold: threshold, unread: n.unread}
	found, err := r.around(uint32(slot), uint32(slot))
	n.tell(err)
	for _, f := range found {
		if f.slot == uint32(slot) {
			n.same, n.alike = f.score, true
			continue
		}
		n.add(x, f)
	}
	return true
}

// tell tells of the node's own vector, if it cannot be read. One that is not there is about to be deleted.
func (n *neighbourhood) tell(err error) {
	if err != nil && !errors.Is(err, ErrNotFound) {
		n.unread(n.own[0], err)
	}
}

// add takes the ids of a node near this one.
func (n *neighbourhood) add(x *Index, f scored) {
	var buf [4]uint64
	for _, id := range x.ids(f.slot, buf[:0]) {
		n.near = append(n.near, Result{id, f.score})
	}
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
func (x *Index) ExactPairs(threshold float32, unread func(id uint64, err error)) iter.Seq[Pair] {
	return func(yield func(Pair) bool) {
		x.mu.RLock()
		defer x.mu.RUnlock()
		var nodes []uint32
		for slot := range uint32(x.slots) {
			if x.exists(slot) {
				nodes = append(nodes, slot)
			}
		}
		e := exactPairs{x: x, threshold: threshold, yield: yield, n: neighbourhood{unread: unread}}
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
	s         searcher
	n         neighbourhood
}

// compare yields the pairs of a node with those in a tile, which may begin with
// itself, and reports whether more are wanted.
func (e *exactPairs) compare(a uint32, tile []uint32) bool {
	x, s := e.x, &e.s
	e.n.own, e.n.near, e.n.alike = x.ids(a, e.n.own[:0]), e.n.near[:0], false
	t, err := s.aimFrom(x, a)
	if err != nil {
		e.n.tell(err)
		return true
	}
	t.sure()
	s.near = append(s.near[:0], tile...)
	x.codes.compare(s, t, e.threshold-rounding)
	for i, b := range s.near {
		if s.scores[i] < e.threshold-slack*x.codes.deviation(t, b) {
			continue
		}
		score, ok, err := x.exactScore(t.vector, b, s.buffer(x))
		switch {
		case err != nil: // told when its own turn comes
		case !ok, !(score >= e.threshold):
		case a == b:
			e.n.same, e.n.alike = score, true
		default:
			e.n.add(x, scored{score: score, slot: b})
		}
	}
	for p := range e.n.pairs {
		if !e.yield(p) {
			return false
		}
	}
	return true
}
