package index

import (
	"errors"
	"fmt"
	"slices"
)

// A graph is saved in pieces, and one that is damaged costs what was in it: codes
// are made from the vectors again, nodes whose links are gone are
// free slots, and the rest of the graph is closed around them. Their ids are
// unknown then; who has the vectors adds what the graph lacks.

const (
	// ringWindow is how many pieces of the ring are tried for the next one.
	ringWindow = 256
	// mostLost is the share of chunks of links above which a new graph is the better one.
	mostLost = 0.5
)

// Damage is what Repair found.
type Damage struct {
	Links, OfLinks int  // chunks of links that could not be used, and how many there are
	Codes, OfCodes int  // chunks of codes
	Basis          bool // that of split codes
	Encoded        int  // nodes whose codes were made again
	Cut            int  // nodes that had links to what is gone
	Free           int  // slots that are free now, and were not, or are not known to have been
}

// Repair is Load for a graph of which chunks are damaged, missing or another's. What it
// returns is sound and lacks the nodes of damaged chunks of links: ids that the
// source has and Contains denies are to be added. What has changed is in
// TakeChanges. A damaged header, or too many damaged chunks, are ErrCorrupt; another version is ErrVersion.
func Repair(cfg Config, header []byte, chunk func(no uint32) ([]byte, error)) (*Index, Damage, error) {
	l, err := newLoader(cfg, header, chunk)
	if err != nil {
		return nil, Damage{}, err
	}
	r := repair{Index: l.Index, cut: map[uint32]bool{}, seen: newMarks(l.total)}
	r.damage.OfLinks, r.damage.OfCodes = chunksOf(l.total, chunkSlots), chunksOf(l.total, codeSlots)
	l.lost = r.note
	for _, step := range []func() error{l.read, r.encodeAgain, r.closeGaps, r.checkGraph} {
		if err := step(); err != nil {
			return nil, r.damage, fmt.Errorf("repair: %w: %w", ErrCorrupt, err)
		}
	}
	return r.Index, r.damage, nil
}

func chunksOf(slots, size int) int { return (slots + size - 1) / size }

// repair is one run of Repair.
type repair struct {
	*Index
	damage    Damage
	lostCodes []uint32        // damaged chunks of them
	cut       map[uint32]bool // nodes whose link on the ring is gone
	seen      *marks
}

// note takes a chunk down that cannot be used.
func (r *repair) note(no uint32, err error) error {
	switch {
	case no == basisNo:
		r.damage.Basis = true
	case no >= codesNo:
		r.damage.Codes++
		r.lostCodes = append(r.lostCodes, no-codesNo)
	default:
		if r.damage.Links++; float64(r.damage.Links) > mostLost*float64(r.damage.OfLinks) {
			return fmt.Errorf("%d of %d chunks of links cannot be used; the last one, %d: %w", r.damage.Links, r.damage.OfLinks, no, err)
		}
		from, to := r.slotsOf(no, chunkSlots)
		for slot := from; slot < to; slot++ {
			r.drop(slot) // some may have been read
		}
	}
	return nil
}

// drop takes a node out that has no vector or no links, with nothing done around it.
func (r *repair) drop(slot uint32) {
	r.touch(slot)
	if !r.exists(slot) {
		return
	}
	r.byID.remove(slot)
	for _, id := range r.copies[slot] {
		delete(r.also, id)
	}
	delete(r.copies, slot)
	delete(r.towers, slot)
	r.node(slot).level = noLevel
}

// encodeAgain makes the codes of damaged chunks from the vectors. A basis that is
// lost is learnt anew.
func (r *repair) encodeAgain() error {
	if r.damage.Basis {
		r.plainAgain()
	}
	buf := make([]float32, r.cfg.Dim)
	for _, no := range r.lostCodes {
		from, to := r.slotsOf(no, codeSlots)
		r.touchCodes(from)
		for slot := from; slot < to; slot++ {
			if err := r.encodeSlot(slot, buf); err != nil {
				return err
			}
		}
	}
	r.rememberAll()
	return nil
}

// plainAgain has all codes made again, plain ones: along a basis that is lost split ones say nothing.
func (r *repair) plainAgain() {
	r.codes, r.learnAt = newPlain(r.cfg.Dim), learnFirst
	for range r.blocks {
		r.codes.grow()
	}
	r.lostCodes = r.lostCodes[:0]
	for no := range uint32(r.damage.OfCodes) {
		r.lostCodes = append(r.lostCodes, no)
	}
}

// encodeSlot drops a node whose image is gone, which is no damage.
func (r *repair) encodeSlot(slot uint32, buf []float32) error {
	if !r.exists(slot) {
		return nil
	}
	v, err := r.vector(slot, buf)
	switch {
	case errors.Is(err, ErrNotFound):
		r.drop(slot)
		return nil
	case err == nil:
		err = r.checkVector(v)
	}
	if err != nil {
		return fmt.Errorf("slot %d: %w", slot, err)
	}
	r.node(slot).sum = vectorSum(v)
	r.codes.set(slot, v)
	r.damage.Encoded++
	return nil
}

// closeGaps makes a sound graph of the nodes that are left.
func (r *repair) closeGaps() error {
	r.listFree()
	for slot := range uint32(r.slots) {
		if r.exists(slot) {
			r.cutLinks(slot)
		}
	}
	r.completeIncoming()
	if r.count() > 0 && !r.exists(r.entry) {
		r.chooseEntry(r.entry)
	}
	r.mendRing()
	if r.damage.Basis {
		r.scoreAgain()
	}
	r.learnCodes()
	return nil
}

// listFree adds to the free slots those without a node.
func (r *repair) listFree() {
	r.seen.clear()
	r.free = slices.DeleteFunc(r.free, func(slot uint32) bool {
		return int(slot) >= r.slots || r.exists(slot) || !r.seen.add(slot)
	})
	for slot := range uint32(r.slots) {
		if !r.exists(slot) && r.seen.add(slot) {
			r.free = append(r.free, slot)
			r.damage.Free++
		}
	}
}

// cutLinks drops a node's links to what is not there.
func (r *repair) cutLinks(slot uint32) {
	cut := false
	for layer := range r.level(slot) + 1 {
		links := r.links(slot, layer, nil)
		r.seen.clear()
		kept := slices.DeleteFunc(slices.Clone(links), func(l scored) bool {
			return int(l.slot) >= r.slots || l.slot == slot || r.level(l.slot) < layer || !r.seen.add(l.slot)
		})
		if len(kept) == len(links) {
			continue
		}
		r.list(slot, layer).set(kept)
		cut = true
		if layer == 0 && (len(kept) == 0 || kept[0].slot != links[0].slot) {
			r.cut[slot] = true
		}
	}
	if cut {
		r.touch(slot)
		r.damage.Cut++
	}
}

// piece is nodes that follow each other on what is left of the ring.
type piece struct{ first, last uint32 }

// mendRing makes one ring of the pieces that are left, each followed by one that
// begins near its end.
func (r *repair) mendRing() {
	pieces := r.pieces()
	for i, p := range pieces {
		next := pieces[0].first // behind the last
		if i+1 < len(pieces) {
			window := pieces[i+1 : min(i+1+ringWindow, len(pieces))]
			best := 0
			for j, w := range window {
				if r.score(p.last, w.first) > r.score(p.last, window[best].first) {
					best = j
				}
			}
			window[0], window[best] = window[best], window[0]
			next = window[0].first
		}
		if at, ok := r.next(p.last); next != p.last && (!ok || r.cut[p.last] || at.slot != next) {
			r.setNext(p.last, scored{score: r.score(p.last, next), slot: next})
		}
	}
}

// pieces are all that is left of the ring, each node in one.
func (r *repair) pieces() (all []piece) {
	hasBefore := make([]bool, r.slots)
	for slot := range uint32(r.slots) {
		if next, ok := r.after(slot); ok {
			hasBefore[next] = true
		}
	}
	r.seen.clear()
	follow := func(slot uint32) {
		if !r.exists(slot) || !r.seen.add(slot) {
			return
		}
		p := piece{slot, slot}
		for next, ok := r.after(p.last); ok && r.seen.add(next); next, ok = r.after(p.last) {
			p.last = next
		}
		all = append(all, p)
	}
	for slot := range uint32(r.slots) {
		if !hasBefore[slot] {
			follow(slot)
		}
	}
	for slot := range uint32(r.slots) { // whole rings
		follow(slot)
	}
	return all
}

// after returns where a node leads on what is left of the ring.
func (r *repair) after(slot uint32) (next uint32, ok bool) {
	if !r.exists(slot) || r.cut[slot] {
		return 0, false
	}
	n, ok := r.next(slot)
	return n.slot, ok
}
