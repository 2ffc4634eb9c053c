package index

import "math"

// On layer 0 every node's first link leads to the next node on a ring through
// all of them. No pruning touches it, so a walk comes from any node to any other
// after whatever history. A node joins where the detour is shortest: the ring
// stays in the neighbourhood, and its link is as good as most.

// splitRing parts the ring's link from a node's others.
func splitRing(links []scored, layer int) (ring, others []scored) {
	if layer > 0 || len(links) == 0 {
		return nil, links
	}
	return links[:1:1], links[1:]
}

// next returns where a node leads on the ring; ok is false for the only one.
func (x *Index) next(slot uint32) (next scored, ok bool) {
	l := x.list(slot, 0)
	if len(l.slots()) == 0 {
		return scored{}, false
	}
	return scored{score: l.scores[0].score(), slot: l.slots()[0]}, true
}

// joinRing puts a new node behind one of the nearest that were found, the best
// first, and returns where it is to lead.
func (x *Index) joinRing(slot uint32, found []scored) scored {
	before, next := found[0], found[0] // where there is one other node, it is both
	shortest := float32(math.Inf(1))
	for _, f := range found {
		r, ok := x.next(f.slot)
		if !ok {
			continue
		}
		n := scored{score: x.score(slot, r.slot), slot: r.slot}
		if detour := r.score - f.score - n.score; detour < shortest {
			shortest, before, next = detour, f, n
		}
	}
	x.setLinks(slot, 0, []scored{next})
	x.setNext(before.slot, scored{score: before.score, slot: slot})
	return next
}

// leaveRing has the node before one on the ring lead to the one behind it. in are
// those that link to it.
func (x *Index) leaveRing(slot uint32, in []uint32) {
	for _, before := range in {
		next, _ := x.next(slot)
		if b, _ := x.next(before); b.slot == slot && before != next.slot {
			x.setNext(before, scored{score: x.score(before, next.slot), slot: next.slot})
			return
		}
	}
}

// setNext changes where a node leads on the ring. Where it led before stays
// among the candidates for its other links.
func (x *Index) setNext(slot uint32, next scored) {
	links := x.links(slot, 0, nil)
	if len(links) > 0 {
		links[0].by = unknown // the ring's was compared with nobody
	}
	sortLinks(links)
	x.setLinks(slot, 0, x.prune([]scored{next}, links, 0))
}
