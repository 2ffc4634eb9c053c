package index

import (
	"fmt"
	"slices"
)

// Delete takes an id out. When it was the last one of its vector, the node goes
// too: its neighbours are linked with each other, so that what was reached
// through it still is, and its slot is used again.
func (x *Index) Delete(id uint64) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	slot, ok := x.slots[id]
	if !ok {
		return fmt.Errorf("delete %d: %w", id, ErrNotFound)
	}
	delete(x.slots, id)
	n := &x.nodes[slot]
	at, _ := slices.BinarySearch(n.ids, id)
	n.ids = slices.Delete(n.ids, at, at+1)
	x.touch(slot)
	if len(n.ids) == 0 {
		x.removeNode(slot)
	}
	return nil
}

// removeNode repairs around a node and frees its slot.
func (x *Index) removeNode(slot uint32) {
	n := x.nodes[slot]
	for layer := range n.links {
		for _, to := range n.links[layer] {
			x.dropIn(to, slot, layer)
		}
	}
	for layer := range n.links {
		in := slices.Clone(n.in[layer])
		around := slices.Concat(n.links[layer], in)
		for _, from := range in {
			x.bypass(from, slot, around, layer)
		}
	}
	x.forget(slot)
	if x.count() == 0 {
		return
	}
	if x.entry == slot {
		x.chooseEntry()
	}
	for layer := len(n.links) - 1; layer >= 0; layer-- {
		for _, to := range n.links[layer] {
			x.relink(to, layer)
		}
	}
}

// bypass replaces a node's link to a deleted one by mutual links to some of the
// nodes around that one. The links it has stay: they were selected among more
// candidates than are at hand here.
func (x *Index) bypass(from, deleted uint32, around []uint32, layer int) {
	var kept, others []uint32
	for _, to := range x.nodes[from].links[layer] {
		if to != deleted {
			kept = append(kept, to)
		}
	}
	for _, to := range around {
		if to != from && !slices.Contains(kept, to) && !slices.Contains(others, to) {
			others = append(others, to)
		}
	}
	chosen := x.selectNeighborsHeuristic(x.rank(from, others), from, x.cfg.mmax(layer)-len(kept))
	links := append(x.rank(from, kept), chosen...)
	slices.SortFunc(links, scored.compare)
	x.setLinks(from, layer, links)
	for _, c := range chosen {
		x.linkBack(c.slot, from, layer)
	}
}

// forget frees a slot that has no links.
func (x *Index) forget(slot uint32) {
	h := x.bitsHash(x.vector(slot))
	same := x.byVector[h]
	at := slices.Index(same, slot)
	if same = slices.Delete(same, at, at+1); len(same) == 0 {
		delete(x.byVector, h)
	} else {
		x.byVector[h] = same
	}
	x.nodes[slot] = node{}
	x.free = append(x.free, slot)
}

// chooseEntry makes a node of the highest level the enter point.
func (x *Index) chooseEntry() {
	best := -1
	for slot := range x.nodes {
		if level := x.nodes[slot].level(); level > best {
			best, x.entry = level, uint32(slot)
		}
	}
}

// relink has the nearest nodes link to one that nothing links to any more.
func (x *Index) relink(slot uint32, layer int) {
	if len(x.nodes[slot].in[layer]) > 0 {
		return
	}
	s := x.searchers.Get().(*searcher)
	defer x.searchers.Put(s)
	s.entries = x.link(s, slot, x.descend(s, x.vector(slot), x.top(), layer, s.entries[:0]), layer)
}
