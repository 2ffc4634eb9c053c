package index

import "slices"

// A delete has to find who links to a node, and no scan of the graph may be
// needed for it. Seven links in ten have one back, and those are found where the
// node's own links lead; of the others a node keeps a list.
//
//	incoming ─► | next, slot+1, slot+1, ..., 0 | ─► | next, slot+1, ... |     knots of 8 words, in one pool

// incoming is what a node knows of the links to it on a layer.
type incoming struct {
	count uint32 // all of them
	first uint32 // the knot that has room, plus one, of those without a link back; 0 for none
}

// knot is a piece of a list: the next one plus one, and up to seven slots plus
// one. Only the first of a list is not full.
type knot [8]uint32

// knotBlock is how many knots are allocated together.
const knotBlock = 1024

// knots is the memory of all these lists.
type knots struct {
	blocks []*[knotBlock]knot
	used   uint32
	free   uint32 // the first that is no longer used, plus one, and so on
}

func (k *knots) at(no uint32) *knot { return &k.blocks[(no-1)/knotBlock][(no-1)%knotBlock] }

func (k *knots) take() uint32 {
	if no := k.free; no != 0 {
		k.free = k.at(no)[0]
		return no
	}
	if int(k.used) == len(k.blocks)*knotBlock {
		k.blocks = append(k.blocks, new([knotBlock]knot))
	}
	k.used++
	return k.used
}

// push adds a slot to a list.
func (k *knots) push(first *uint32, slot uint32) {
	if *first == 0 || k.at(*first)[7] != 0 {
		no := k.take()
		*k.at(no) = knot{*first}
		*first = no
	}
	at := k.at(*first)
	at[1+slices.Index(at[1:], 0)] = slot + 1
}

// remove takes a slot out of a list: the last of the first knot takes its place.
func (k *knots) remove(first *uint32, slot uint32) {
	for no := *first; no != 0; no = k.at(no)[0] {
		at := slices.Index(k.at(no)[1:], slot+1)
		if at < 0 {
			continue
		}
		head, last := k.at(*first), 7
		for head[last] == 0 {
			last--
		}
		k.at(no)[1+at] = head[last]
		head[last] = 0
		if last == 1 {
			empty := *first
			*first, head[0], k.free = head[0], k.free, empty
		}
		return
	}
}

// each appends a list to buf.
func (k *knots) each(first uint32, buf []uint32) []uint32 {
	for no := first; no != 0; no = k.at(no)[0] {
		for _, slot := range k.at(no)[1:] {
			if slot != 0 {
				buf = append(buf, slot-1)
			}
		}
	}
	return buf
}

func (x *Index) incoming(slot uint32, layer int) *incoming {
	if layer == 0 {
		return &x.node(slot).in
	}
	return &x.towers[slot].in[layer-1]
}

// linksTo reports whether a node links to another one.
func (x *Index) linksTo(from, to uint32, layer int) bool {
	return slices.Contains(x.list(from, layer).slots(), to)
}

// addIn notes that from now links to a node.
func (x *Index) addIn(to, from uint32, layer int) {
	in := x.incoming(to, layer)
	in.count++
	if x.linksTo(to, from, layer) {
		x.knots.remove(&x.incoming(from, layer).first, to)
	} else {
		x.knots.push(&in.first, from)
	}
}

// dropIn notes that from no longer links to a node.
func (x *Index) dropIn(to, from uint32, layer int) {
	in := x.incoming(to, layer)
	in.count--
	if x.linksTo(to, from, layer) {
		x.knots.push(&x.incoming(from, layer).first, to)
	} else {
		x.knots.remove(&in.first, from)
	}
}

// in returns the nodes that link to one, ascending.
func (x *Index) in(slot uint32, layer int) []uint32 {
	var all []uint32
	for _, to := range x.list(slot, layer).slots() {
		if x.linksTo(to, slot, layer) {
			all = append(all, to)
		}
	}
	all = x.knots.each(x.incoming(slot, layer).first, all)
	slices.Sort(all)
	return all
}
