package index

import (
	"fmt"
	"slices"
)

// Check verifies every invariant (listed in the package's documentation) and
// returns an ErrCorrupt that names the first one broken.
func (x *Index) Check() error {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, check := range []func() error{x.checkSlots, x.checkIDs, x.checkLinks, x.checkIn, x.checkEntry, x.checkRing} {
		if err := check(); err != nil {
			return fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
	}
	return nil
}

// checkSlots: a slot is free or holds a node with ids, layers and a unit vector.
func (x *Index) checkSlots() error {
	if len(x.vectors) != len(x.nodes)*x.cfg.Dim {
		return fmt.Errorf("%d values for %d slots of %d", len(x.vectors), len(x.nodes), x.cfg.Dim)
	}
	free := map[uint32]bool{}
	for _, slot := range x.free {
		if free[slot] || int(slot) >= len(x.nodes) {
			return fmt.Errorf("slot %d is listed as free twice or does not exist", slot)
		}
		free[slot] = true
	}
	for slot, n := range x.nodes {
		switch isFree := free[uint32(slot)]; {
		case isFree != (len(n.ids) == 0), isFree != (len(n.links) == 0):
			return fmt.Errorf("slot %d: free %v, with %d ids and %d layers", slot, isFree, len(n.ids), len(n.links))
		case isFree:
		case len(n.links) > maxLevel+1:
			return fmt.Errorf("slot %d has level %d", slot, n.level())
		default:
			if err := x.checkVector(x.vector(uint32(slot))); err != nil {
				return fmt.Errorf("slot %d: %w", slot, err)
			}
		}
	}
	return nil
}

// checkIDs: ids and slots point at each other, and equal vectors share a node.
func (x *Index) checkIDs() error {
	ids, hashed := 0, 0
	for slot, n := range x.nodes {
		if !slices.IsSorted(n.ids) {
			return fmt.Errorf("slot %d: ids out of order", slot)
		}
		for _, id := range n.ids {
			if at, ok := x.slots[id]; !ok || at != uint32(slot) {
				return fmt.Errorf("id %d is in slot %d, but is looked up in %d (%v)", id, slot, at, ok)
			}
			ids++
		}
		if len(n.ids) == 0 {
			continue
		}
		if at, ok := x.twin(x.vector(uint32(slot))); !ok || at != uint32(slot) {
			return fmt.Errorf("the vector of slot %d is looked up in slot %d (%v)", slot, at, ok)
		}
	}
	for _, slots := range x.byVector {
		hashed += len(slots)
	}
	if ids != len(x.slots) || hashed != x.count() {
		return fmt.Errorf("%d ids of %d, %d vectors of %d", ids, len(x.slots), hashed, x.count())
	}
	return nil
}

// checkLinks: to nodes of that layer, not to itself, not twice, not more than
// Mmax, and with the right cosine.
func (x *Index) checkLinks() error {
	seen := newMarks(len(x.nodes))
	for slot, n := range x.nodes {
		for layer, links := range n.links {
			if len(links) > x.cfg.mmax(layer) {
				return fmt.Errorf("slot %d has %d links on layer %d, more than %d", slot, len(links), layer, x.cfg.mmax(layer))
			}
			seen.clear()
			for _, l := range links {
				if int(l.slot) >= len(x.nodes) || int(l.slot) == slot || x.nodes[l.slot].level() < layer || !seen.add(l.slot) {
					return fmt.Errorf("slot %d links to slot %d on layer %d: itself, twice, or not there", slot, l.slot, layer)
				}
				if score := x.score(uint32(slot), l.slot); l.score != score {
					return fmt.Errorf("slot %d links to slot %d on layer %d with cosine %g, which is %g", slot, l.slot, layer, l.score, score)
				}
			}
		}
	}
	return nil
}

// checkIn: the in lists are the links as seen from the other end, each once.
func (x *Index) checkIn() error {
	seen, links, known := newMarks(len(x.nodes)), 0, 0
	for slot, n := range x.nodes {
		if len(n.in) != len(n.links) {
			return fmt.Errorf("slot %d has %d layers, but is linked to on %d", slot, len(n.links), len(n.in))
		}
		for layer, in := range n.in {
			links, known = links+len(n.links[layer]), known+len(in)
			seen.clear()
			for _, from := range in {
				there := int(from) < len(x.nodes) && x.nodes[from].level() >= layer && linked(x.nodes[from].links[layer], uint32(slot))
				if !there || !seen.add(from) {
					return fmt.Errorf("slot %d is listed to link to slot %d on layer %d: twice, or it does not", from, slot, layer)
				}
			}
		}
	}
	if links != known {
		return fmt.Errorf("of %d links %d are known at the other end", links, known)
	}
	return nil
}

// marks is a set of slots that is cleared at no cost.
type marks struct {
	mark []int
	now  int
}

func newMarks(slots int) *marks { return &marks{mark: make([]int, slots)} }

func (m *marks) clear() { m.now++ }

// add reports whether a slot is new in the set.
func (m *marks) add(slot uint32) bool {
	isNew := m.mark[slot] != m.now
	m.mark[slot] = m.now
	return isNew
}

// checkEntry: the enter point is on the top layer.
func (x *Index) checkEntry() error {
	if x.count() == 0 {
		return nil
	}
	if int(x.entry) >= len(x.nodes) {
		return fmt.Errorf("enter point %d of %d slots", x.entry, len(x.nodes))
	}
	for slot, n := range x.nodes {
		if n.level() > x.top() {
			return fmt.Errorf("slot %d has level %d, the enter point %d", slot, n.level(), x.top())
		}
	}
	return nil
}

// checkRing: following first links on layer 0 from the enter point meets every
// node once and comes back, so every node can be walked to from every other.
func (x *Index) checkRing() error {
	if x.count() < 2 {
		return nil
	}
	seen := newMarks(len(x.nodes))
	seen.clear()
	at := x.entry
	for range x.count() {
		if len(x.nodes[at].links) == 0 || len(x.nodes[at].links[0]) == 0 || !seen.add(at) {
			return fmt.Errorf("the ring ends, or is closed too early, at slot %d", at)
		}
		at = x.nodes[at].links[0][0].slot
	}
	if at != x.entry {
		return fmt.Errorf("the ring leads to slot %d, not back to the enter point", at)
	}
	return nil
}
