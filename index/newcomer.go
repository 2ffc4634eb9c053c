package index

// A new node's neighbours select their links anew, and for that it has to be
// compared with everything that they link to: a thousand nodes, whose codes lie all
// over the memory. Only whether a score is high enough for one to occlude the other
// counts, and sketches show of most that it is not.

// newcomer is the node that is being linked, with the memory of its comparisons.
type newcomer struct {
	searcher
	slot uint32 // nobody while none is
}

// introduce makes a node the newcomer until it is dismissed. Without a basis there are no newcomers.
func (x *Index) introduce(slot uint32) {
	if x.basis != nil {
		x.newcomer.slot = slot
		x.basis.aim(&x.newcomer.sketch, x.code(slot), x.scale(slot))
	}
}

func (x *Index) dismiss() { x.newcomer.slot = nobody }

// setApart notes with links what their distances to the newcomer are at least.
func (x *Index) setApart(links []scored) {
	n := &x.newcomer
	n.near = n.near[:0]
	for _, l := range links {
		n.near = append(n.near, l.slot)
	}
	n.glance(x, &n.sketch)
	for i, line := range n.lines {
		links[i].apart = 1 - n.sketch.bound(line, n.dots[i])
	}
}

// apart is what the distance of two links is at least, 0 if that is not known.
func (x *Index) apart(a, b *scored) float32 {
	switch x.newcomer.slot {
	case a.slot:
		return b.apart
	case b.slot:
		return a.apart
	}
	return 0
}
