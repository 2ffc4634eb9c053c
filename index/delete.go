package index

import (
	"fmt"
	"slices"
)

// Delete takes an id out. When it was the last one of its vector, the node goes
// too: its neighbours are linked with each other, so that what was reached
// through it still is, and its slot is used again. Searches come in between, and
// may find the id until it has returned.
func (x *Index) Delete(id uint64) error {
	x.writing.Lock()
	defer x.writing.Unlock()
	slot, ok := x.slotOf(id)
	if !ok {
		return fmt.Errorf("delete %d: %w", id, ErrNotFound)
	}
	n := x.node(slot)
	others := n.copies
	x.change(func() {
		x.touch(slot)
		if others {
			x.dropID(slot, n, id)
		} else {
			x.byID.remove(slot)
		}
	})
	if !others {
		x.removeNode(slot)
	}
	return nil
}

// change changes the graph while no search looks.
func (x *Index) change(do func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	do()
}

// dropID takes one of several ids from a node.
func (x *Index) dropID(slot uint32, n *node, id uint64) {
	more := x.copies[slot]
	if n.id == id {
		x.byID.remove(slot)
		n.id = more[0]
		x.byID.add(slot)
		delete(x.also, n.id)
		more = slices.Delete(more, 0, 1)
	} else {
		delete(x.also, id)
		at, _ := slices.BinarySearch(more, id)
		more = slices.Delete(more, at, at+1)
	}
	if n.copies = len(more) > 0; n.copies {
		x.copies[slot] = more
	} else {
		delete(x.copies, slot)
	}
}

// bypassSome is how many neighbours are repaired before searches come in between. One
// takes 15 us, a search 50: a delete waits for a search as often as it lets one in.
const bypassSome = 4

// removeNode repairs around a node, some neighbours at a time, and frees its slot.
// After each step searches find their way: nobody starts at the node any more, and
// the ring leads past it.
func (x *Index) removeNode(slot uint32) {
	x.change(func() {
		if x.entry == slot {
			x.chooseEntry(slot)
		}
		x.leaveRing(slot, x.in(slot, 0))
	})
	for layer := range x.level(slot) + 1 {
		in, out := x.in(slot, layer), x.links(slot, layer, nil)
		x.change(func() { x.setLinks(slot, layer, nil) })
		for some := range slices.Chunk(in, bypassSome) {
			x.change(func() {
				for _, from := range some {
					x.bypass(from, slot, in, out, layer)
				}
			})
		}
	}
	x.change(func() {
		x.bySum.remove(slot)
		delete(x.towers, slot)
		x.node(slot).level = noLevel
		x.free = append(x.free, slot)
	})
}

// bypass replaces a node's link to a deleted one by mutual links to some of the
// nodes around that one. The links it has stay: they were selected among more
// candidates than are at hand here.
func (x *Index) bypass(from, deleted uint32, in []uint32, out []scored, layer int) {
	links := x.links(from, layer, nil)
	at := slices.IndexFunc(links, func(l scored) bool { return l.slot == deleted })
	if at < 0 {
		return // pruned when a node before linked back
	}
	seen := links[at].score
	links = slices.Delete(links, at, at+1)
	var others []uint32
	if slot, ok := standIn(links, out, seen); ok {
		others = append(others, slot)
	} else {
		others = x.around(from, links, in, out)
	}
	chosen := x.selectNeighborsHeuristic(&selection{}, nil, x.rank(from, others), x.cfg.mmax(layer)-len(links))
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

// chooseEntry makes a node of the highest level the enter point, but for one.
func (x *Index) chooseEntry(but uint32) {
	best := -1
	for slot := range uint32(x.slots) {
		if level := x.level(slot); level > best && slot != but {
			best, x.entry = level, slot
		}
	}
}
