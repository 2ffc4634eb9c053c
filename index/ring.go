package index

import (
	"math"
	"slices"
)

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

// joinRing puts a new node behind one of the nearest that were found, the best first.
func (x *Index) joinRing(slot uint32, found []scored) {
	before, next := found[0], found[0] // where there is one other node, it is both
	shortest := float32(math.Inf(1))
	for _, f := range found[:min(len(found), x.cfg.mmax(0))] {
		ring, _ := splitRing(x.nodes[f.slot].links[0], 0)
		for _, r := range ring {
			n := scored{score: x.score(slot, r.slot), slot: r.slot}
			if detour := r.score - f.score - n.score; detour < shortest {
				shortest, before, next = detour, f, n
			}
		}
	}
	x.setLinks(slot, 0, []scored{next})
	x.setNext(before.slot, scored{score: before.score, slot: slot})
}

// leaveRing has the node before one on the ring lead to the one behind it.
func (x *Index) leaveRing(slot uint32) {
	for _, before := range x.nodes[slot].in[0] {
		next := x.nodes[slot].links[0][0].slot
		if x.nodes[before].links[0][0].slot == slot && before != next {
			x.setNext(before, scored{score: x.score(before, next), slot: next})
			return
		}
	}
}

// setNext changes where a node leads on the ring. Where it led before stays
// among the candidates for its other links.
func (x *Index) setNext(slot uint32, next scored) {
	links := slices.Clone(x.nodes[slot].links[0])
	slices.SortFunc(links, scored.compare)
	x.setLinks(slot, 0, x.prune([]scored{next}, links, 0))
}
