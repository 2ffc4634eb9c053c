package index

import (
	"errors"
	"fmt"
	"slices"

	"lookalike/internal/simd"
)

// Range search: everything that scores at or above a threshold, however much that
// is. What is near a node is near its neighbours, so a walk that goes on from all
// it finds, and from a few just beyond, comes by the rest.

const (
	// rangeEf is how many candidates find the neighbourhood of a vector that is not
	// in the graph.
	rangeEf = 64
	// beyond is how many nodes under the threshold a walk goes on from. It decides
	// what is found of a node's neighbours that its own links do not lead to.
	beyond = 6
	// mayReach is how far under the threshold codes may have what reaches it.
	mayReach = 0.02
)

// Within returns all ids that score at or above a threshold with q, best first,
// those with equal scores by id. Like Search it may miss some.
func (x *Index) Within(q []float32, threshold float32) ([]Result, error) {
	if err := x.checkVector(q); err != nil {
		return nil, err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	s := x.searchers.Get().(*searcher)
	defer x.searchers.Put(s)
	r := ranger{searcher: s, x: x, threshold: threshold}
	r.q = s.aim(x, q)
	x.awaitIncoming()
	if x.count() <= exactBelow {
		r.scan(0)
	} else {
		r.walkTo()
	}
	found, err := r.settle()
	if err != nil {
		return nil, err
	}
	return x.results(found, x.held(), nil), nil
}

// Around returns what Within does for the vector of an id, without that id itself. Others whose vectors
// cannot be read are left out and told to unread.
func (x *Index) Around(id uint64, threshold float32, unread func(id uint64, err error)) ([]Result, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	slot, ok := x.slotOf(id)
	if !ok {
		return nil, fmt.Errorf("around %d: %w", id, ErrNotFound)
	}
	s := x.searchers.Get().(*searcher)
	defer x.searchers.Put(s)
	r := ranger{searcher: s, x: x, threshold: threshold, unread: unread}
	others := func(other uint64) bool { return other != id }
	found, err := r.around(slot, 0)
	if err != nil {
		return nil, fmt.Errorf("around %d: %w", id, err)
	}
	return x.results(found, x.held(), others), nil
}

// ranger is a searcher that collects all at or above a threshold. What it finds is
// in the searcher's entries.
type ranger struct {
	*searcher
	x         *Index
	q         *target
	threshold float32
	unread    func(id uint64, err error) // hears of vectors that cannot be read; nil has them fail the search
}

// around returns the nodes that score at or above the threshold with the one in a
// slot, which is one of them, of those in slots from first on.
func (r *ranger) around(slot, first uint32) (found []scored, err error) {
	if r.q, err = r.aimFrom(r.x, slot); err != nil {
		return nil, err
	}
	r.x.awaitIncoming()
	if r.x.count() <= exactBelow {
		r.scan(first)
	} else {
		r.walkFrom(slot)
	}
	r.entries = slices.DeleteFunc(r.entries, func(f scored) bool { return f.slot < first })
	return r.settle()
}

// scan takes all nodes in slots from first on.
func (r *ranger) scan(first uint32) {
	r.entries = r.entries[:0]
	for slot := first; int(slot) < r.x.slots; slot++ {
		if r.x.exists(slot) {
			r.entries = append(r.entries, scored{slot: slot})
		}
	}
}

// walkTo starts at the nodes that a search finds.
func (r *ranger) walkTo() {
	x := r.x
	r.entries = x.descend(r.searcher, r.q, x.top(), 0, r.entries[:0])
	x.searchLayer(r.searcher, r.q, r.entries, rangeEf, 0, nil)
	starts := r.results(nil)
	r.begin(x.slots)
	r.entries = r.entries[:0]
	for _, f := range starts {
		r.visit(f.slot)
		r.take(f)
	}
	r.run()
}

// walkFrom starts at a node of the graph, whose links tell their scores.
func (r *ranger) walkFrom(slot uint32) {
	r.begin(r.x.slots)
	r.visit(slot)
	r.entries = append(r.entries[:0], scored{slot: slot})
	r.through = r.x.links(slot, 0, r.through[:0])
	for _, l := range r.through {
		r.visit(l.slot)
		r.take(l)
	}
	r.near = r.near[:0]
	r.approachFrom(slot)
	r.look()
	r.run()
}

// run goes on from every node at or above the threshold, and from the best of the
// others.
func (r *ranger) run() {
	for left := beyond; len(r.candidates) > 0; {
		c := (^r.candidates.pop()).scored()
		if c.score < r.threshold {
			if left--; left < 0 {
				return
			}
		}
		r.near = r.near[:0]
		r.approach(r.x.list(c.slot, 0).slots())
		if c.score >= r.threshold {
			r.approachFrom(c.slot)
		}
		r.look()
	}
}

// approach adds slots not seen before to near.
func (r *ranger) approach(slots []uint32) {
	for _, slot := range slots {
		if r.visit(slot) {
			r.near = append(r.near, slot)
		}
	}
}

// approachFrom adds those that link to a node; with those it links to, approach
// has added the ones that go both ways.
func (r *ranger) approachFrom(slot uint32) {
	r.covered = r.x.knots.each(r.x.incoming(slot, 0).first, r.covered[:0])
	r.approach(r.covered)
}

// look compares the nodes in near, but for those that are farther away than the best under the threshold.
func (r *ranger) look() {
	r.x.compare(r.searcher, r.q, min(r.least(beyond), r.threshold-mayReach))
	for i, slot := range r.near {
		r.take(scored{score: r.scores[i], slot: slot})
	}
}

// take notes a node to go on from, and keeps it where it may reach the threshold.
func (r *ranger) take(f scored) {
	r.candidates.push(^rankOf(f.score, f.slot))
	if f.score < r.threshold {
		r.collect(rankOf(f.score, f.slot), beyond)
	}
	if f.score >= r.threshold-slack*r.x.codes.deviation(r.q, f.slot) {
		r.entries = append(r.entries, f)
	}
}

// slack times what a score is off by as a rule is what it may be off by.
const slack = 4

// settle gives what was collected its exact scores, and leaves out what is under
// the threshold.
func (r *ranger) settle() ([]scored, error) {
	found, kept := r.entries, r.entries[:0]
	err := r.x.vectors(r.searcher, found, func(i int, v []float32, err error) error {
		slot := found[i].slot
		switch {
		case errors.Is(err, ErrNotFound): // about to be deleted
		case err != nil && r.unread == nil:
			return err
		case err != nil:
			r.unread(r.x.node(slot).id, err)
		default:
			if score := simd.Dot(r.q.vector, v); score >= r.threshold {
				kept = append(kept, scored{score: score, slot: slot})
			}
		}
		return nil
	})
	r.entries = kept
	return kept, err
}
