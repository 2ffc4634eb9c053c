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
	x.leaveRing(slot)
	n := x.nodes[slot]
	for layer := range n.links {
		for _, l := range n.links[layer] {
			x.dropIn(l.slot, slot, layer)
		}
	}
	for layer := range n.links {
		in := slices.Clone(n.in[layer])
		for _, from := range in {
			x.bypass(from, slot, in, layer)
		}
	}
	x.forget(slot)
	if x.entry == slot && x.count() > 0 {
		x.chooseEntry()
	}
}

// bypass replaces a node's link to a deleted one by mutual links to some of the
// nodes around that one. The links it has stay: they were selected among more
// candidates than are at hand here.
func (x *Index) bypass(from, deleted uint32, in []uint32, layer int) {
	links := slices.Clone(x.nodes[from].links[layer])
	at := slices.IndexFunc(links, func(l scored) bool { return l.slot == deleted })
	if at < 0 {
		return // pruned when a node before linked back
	}
	seen, out := links[at].score, x.nodes[deleted].links[layer]
	links = slices.Delete(links, at, at+1)
	var others []uint32
	if slot, ok := standIn(links, out, seen); ok {
		others = append(others, slot)
	} else {
		others = x.around(from, links, in, out)
	}
	chosen := x.selectNeighborsHeuristic(nil, x.rank(from, others), x.cfg.mmax(layer)-len(links))
	for i := range chosen {
		chosen[i].by = unknown // they were not compared with the links
	}
	x.setLinks(from, layer, append(links, chosen...))
	for _, c := range chosen {
		x.linkBack(c.slot, scored{score: c.score, slot: from}, layer)
	}
}

// around lists the nodes that linked to a deleted one or that it linked to, but
// for one and those it is linked to.
func (x *Index) around(from uint32, links []scored, in []uint32, out []scored) (others []uint32) {
	add := func(to uint32) {
		if to != from && !linked(links, to) && !slices.Contains(others, to) {
			others = append(others, to)
		}
	}
	for _, l := range out {
		add(l.slot)
	}
	for _, to := range in {
		add(to)
	}
	return others
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
