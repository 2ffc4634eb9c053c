package index

// A new node's neighbours select their links anew, and for that it has to be
// compared with everything that they link to: a thousand nodes, whose codes lie all
// over the memory. Only whether a score is high enough for one to occlude the other
// counts, and the first two lines of their codes show of most that it is not.

// newcomer is the node that is being linked, with the memory of its comparisons.
type newcomer struct {
	searcher
	slot uint32 // nobody while none is
}

// introduce makes a node the newcomer until it is dismissed.
func (x *Index) introduce(slot uint32) {
	x.newcomer.slot = slot
	x.codes.aimAt(&x.newcomer.target, slot)
}

func (x *Index) dismiss() { x.newcomer.slot = nobody }

// setApart notes with links what their distances to the newcomer are at least.
func (x *Index) setApart(links []scored) {
	n := &x.newcomer
	n.near = n.near[:0]
	for _, l := range links {
		n.near = append(n.near, l.slot)
	}
	x.codes.bounds(&n.searcher, &n.target)
	for i, most := range n.scores {
		links[i].apart = 1 - most
	}
}

// apart is what the distance of two links is at least.
func (x *Index) apart(a, b *scored) float32 {
	switch x.newcomer.slot {
	case a.slot:
		return b.apart
	case b.slot:
		return a.apart
	}
	return 1 - x.codes.atMost(a.slot, b.slot)
}
