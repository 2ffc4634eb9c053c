package index

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Check verifies every invariant (listed in the package's documentation) and
// returns an ErrCorrupt that names the first one broken. It reads every vector.
func (x *Index) Check() error {
	x.writing.Lock() // searches go on
	defer x.writing.Unlock()
	return x.corrupt(x.checkGraph, x.checkIDs, func() error { return x.checkNodes(0, x.slots) }, x.checkSums, x.checkKnown)
}

// CheckWhole and CheckNodes are Check in parts, with adds in between: what is about all
// nodes together, and what is about each of those in slots from from up to, not including, to. Only
// the second takes long, and reads vectors.
func (x *Index) CheckWhole() error {
	x.writing.Lock()
	defer x.writing.Unlock()
	return x.corrupt(x.checkGraph, x.checkIDs, x.checkSums, x.checkKnown)
}

// CheckNodes is the other part, see CheckWhole.
func (x *Index) CheckNodes(from, to int) error {
	x.writing.Lock()
	defer x.writing.Unlock()
	return x.corrupt(func() error { return x.checkNodes(min(from, x.slots), min(to, x.slots)) })
}

// corrupt makes the first error an ErrCorrupt.
func (x *Index) corrupt(checks ...func() error) error {
	for _, check := range checks {
		if err := check(); err != nil {
			return fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
	}
	return nil
}

// checkGraph: nodes, links and ring are such that any search comes to an end.
func (x *Index) checkGraph() error {
	for _, check := range []func() error{x.checkSlots, x.checkLinks, x.checkEntry, x.checkRing} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// checkNodes is what CheckNodes does.
func (x *Index) checkNodes(from, to int) error {
	for _, check := range []func(from, to int) error{x.checkVectors, x.checkScores, x.checkIn} {
		if err := check(from, to); err != nil {
			return err
		}
	}
	return nil
}

// checkSlots: a slot is free or holds a node.
func (x *Index) checkSlots() error {
	free := map[uint32]bool{}
	for _, slot := range x.free {
		if free[slot] || int(slot) >= x.slots {
			return fmt.Errorf("slot %d is listed as free twice or does not exist", slot)
		}
		free[slot] = true
	}
	for slot := range uint32(x.slots) {
		if free[slot] == x.exists(slot) {
			return fmt.Errorf("slot %d: free %v, with a node %v", slot, free[slot], x.exists(slot))
		}
		if x.level(slot) > maxLevel {
			return fmt.Errorf("slot %d has level %d", slot, x.level(slot))
		}
	}
	return nil
}

// checkIDs: ids and slots point at each other.
func (x *Index) checkIDs() error {
	ids := 0
	for slot := range uint32(x.slots) {
		if !x.exists(slot) {
			continue
		}
		all := x.ids(slot, nil)
		if !slices.IsSorted(all) {
			return fmt.Errorf("slot %d: ids out of order", slot)
		}
		for _, id := range all {
			if at, ok := x.slotOf(id); !ok || at != slot {
				return fmt.Errorf("id %d is in slot %d, but is looked up in %d (%v)", id, slot, at, ok)
			}
			ids++
		}
	}
	if ids != x.held() {
		return fmt.Errorf("%d ids of %d", ids, x.held())
	}
	return nil
}

// checkVectors: each is of unit length, has the node's sum and codes, and is in no other node.
func (x *Index) checkVectors(from, to int) error {
	buf := make([]float32, x.cfg.Dim)
	for slot := uint32(from); int(slot) < to; slot++ {
		if !x.exists(slot) {
			continue
		}
		v, err := x.vector(slot, buf)
		if err == nil {
			err = x.checkVector(v)
		}
		if err != nil {
			return fmt.Errorf("slot %d: %w", slot, err)
		}
		sum := x.node(slot).sum
		if vectorSum(v) != sum || !x.codes.holds(slot, v) {
			return fmt.Errorf("slot %d has not the vector of image %d", slot, x.node(slot).id)
		}
		if at, ok := x.twin(v, sum); !ok || at != slot {
			return fmt.Errorf("the vector of slot %d is looked up in slot %d (%v)", slot, at, ok)
		}
	}
	return nil
}

// checkSums: as many vectors can be looked up as there are.
func (x *Index) checkSums() error {
	if x.bySum.used != x.count() {
		return fmt.Errorf("%d vectors of %d", x.bySum.used, x.count())
	}
	return nil
}

// checkLinks: to nodes of that layer, not to itself, not twice, not more than Mmax.
func (x *Index) checkLinks() error {
	errs := make([]error, parts())
	x.inParts(func(part int, from, to uint32) { errs[part] = x.checkLinksOf(from, to) })
	return cmp.Or(errs...) // the first
}

// checkLinksOf is checkLinks for the slots from one to another.
func (x *Index) checkLinksOf(from, end uint32) error {
	seen := newMarks(x.slots)
	for slot := from; slot < end; slot++ {
		for layer := range x.level(slot) + 1 {
			l := x.list(slot, layer)
			if int(l.row[0]>>16) > x.cfg.mmax(layer) {
				return fmt.Errorf("slot %d has %d links on layer %d, more than %d", slot, l.row[0]>>16, layer, x.cfg.mmax(layer))
			}
			seen.clear()
			for _, to := range l.slots() {
				if int(to) >= x.slots || to == slot || x.level(to) < layer || !seen.add(to) {
					return fmt.Errorf("slot %d links to slot %d on layer %d: itself, twice, or not there", slot, to, layer)
				}
			}
		}
	}
	return nil
}

// checkScores: a link has the rounded cosine, and its list the nearest.
func (x *Index) checkScores(from, to int) error {
	for slot := uint32(from); int(slot) < to; slot++ {
		for layer := range x.level(slot) + 1 {
			l, nearest := x.list(slot, layer), far
			for i, to := range l.slots() {
				nearest = min(nearest, l.scores[i])
				if score := x.score(slot, to); l.scores[i].score() != score {
					return fmt.Errorf("slot %d links to slot %d on layer %d with cosine %g, which is %g", slot, to, layer, l.scores[i].score(), score)
				}
			}
			if half(l.row[0]) != nearest {
				return fmt.Errorf("slot %d links to none as near as %g on layer %d", slot, l.nearest(), layer)
			}
		}
	}
	return nil
}

// checkIn: what nodes know of links to them is true, each once, and as many as they count.
func (x *Index) checkIn(from, to int) error {
	for slot := uint32(from); int(slot) < to; slot++ {
		for layer := range x.level(slot) + 1 {
			in := x.in(slot, layer) // ascending
			if len(in) != int(x.incoming(slot, layer).count) {
				return fmt.Errorf("slot %d counts %d links to it on layer %d, and knows %d", slot, x.incoming(slot, layer).count, layer, len(in))
			}
			for i, from := range in {
				if int(from) >= x.slots || x.level(from) < layer || !x.linksTo(from, slot, layer) || i > 0 && in[i-1] == from {
					return fmt.Errorf("slot %d is listed to link to slot %d on layer %d: twice, or it does not", from, slot, layer)
				}
			}
		}
	}
	return nil
}

// checkKnown: nodes count as many links to them as there are. So with checkIn they know all.
func (x *Index) checkKnown() error {
	links, known := 0, 0
	for slot := range uint32(x.slots) {
		for layer := range x.level(slot) + 1 {
			links, known = links+len(x.list(slot, layer).slots()), known+int(x.incoming(slot, layer).count)
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
	if !x.exists(x.entry) {
		return fmt.Errorf("enter point %d of %d slots", x.entry, x.slots)
	}
	for slot := range uint32(x.slots) {
		if x.level(slot) > x.top() {
			return fmt.Errorf("slot %d has level %d, the enter point %d", slot, x.level(slot), x.top())
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
	seen := newMarks(x.slots)
	seen.clear()
	at := x.entry
	for range x.count() {
		next, ok := x.next(at)
		if !ok || !seen.add(at) {
			return fmt.Errorf("the ring ends, or is closed too early, at slot %d", at)
		}
		at = next.slot
	}
	if at != x.entry {
		return errors.New("the ring does not lead back to the enter point")
	}
	return nil
}
