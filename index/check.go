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
	for _, check := range []func() error{x.checkSlots, x.checkIDs, x.checkLinks, x.checkEntry, x.checkReachable} {
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

// checkLinks: to nodes of that layer, not to itself, not twice, not
// more than Mmax, and known at the other end.
func (x *Index) checkLinks() error {
	for slot, n := range x.nodes {
		for layer, links := range n.links {
			if len(links) > x.cfg.mmax(layer) {
				return fmt.Errorf("slot %d has %d links on layer %d, more than %d", slot, len(links), layer, x.cfg.mmax(layer))
			}
			for i, to := range links {
				if int(to) >= len(x.nodes) || int(to) == slot || x.nodes[to].level() < layer || slices.Contains(links[:i], to) {
					return fmt.Errorf("slot %d links to slot %d on layer %d: itself, twice, or not there", slot, to, layer)
				}
				if !slices.Contains(x.nodes[to].in[layer], uint32(slot)) {
					return fmt.Errorf("slot %d links to slot %d on layer %d, which does not know", slot, to, layer)
				}
			}
		}
	}
	return nil
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

// checkReachable: on layer 0 something links to every node, unless it is alone.
func (x *Index) checkReachable() error {
	for slot, n := range x.nodes {
		if n.level() >= 0 && len(n.in[0]) == 0 && x.count() > 1 {
			return fmt.Errorf("nothing links to slot %d", slot)
		}
	}
	return nil
}
