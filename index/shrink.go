package index

// Slots of deleted nodes are used again, but an index that has lost most of its nodes for
// good would keep their memory, and its saved form their space. So when it is loaded with more
// free slots than nodes, the nodes move together.

// shrinkFrom is how many free slots are worth it.
const shrinkFrom = blockSlots

// shrink moves the nodes to the lowest slots, in their order, before who links to them is known. What
// was saved is replaced as a whole by what TakeChanges returns then.
func (x *Index) shrink() {
	if len(x.free) < max(shrinkFrom, x.count()) {
		return
	}
	to, n := make([]uint32, x.slots), uint32(0) // where each goes
	for slot := range uint32(x.slots) {
		if x.exists(slot) {
			to[slot] = n
			n++
		}
	}
	towers, copies := x.towers, x.copies
	x.towers, x.copies = make(map[uint32]*tower, len(towers)), make(map[uint32][]uint64, len(copies))
	for slot := range uint32(x.slots) {
		if x.exists(slot) {
			x.move(slot, to[slot])
			if t, ok := towers[slot]; ok {
				x.towers[to[slot]] = t
			}
			if ids, ok := copies[slot]; ok {
				x.copies[to[slot]] = ids
			}
		}
	}
	x.cutOff(int(n))
	if n > 0 {
		x.entry = to[x.entry]
	}
	x.byID.clear()
	for slot := range n {
		x.byID.add(slot)
		for _, id := range x.copies[slot] {
			x.also[id] = slot
		}
		for layer := range x.level(slot) + 1 {
			links := x.list(slot, layer).slots()
			for i := range links {
				links[i] = to[links[i]]
			}
		}
	}
	x.changeAll()
}

// move copies what a slot has in its block to one at or before it.
func (x *Index) move(from, to uint32) {
	if from == to {
		return
	}
	a, i := x.at(from)
	b, j := x.at(to)
	x.codes.move(from, to)
	copyRow(b.rows, j, a.rows, i, 1+x.cfg.mmax(0))
	copyRow(b.scores, j, a.scores, i, x.cfg.mmax(0))
	copyRow(b.by, j, a.by, i, x.cfg.mmax(0))
	b.nodes[j] = a.nodes[i]
}

// copyRow copies row i of one array of rows of n to row j of another.
func copyRow[T any](to []T, j int, from []T, i, n int) {
	copy(to[j*n:(j+1)*n], from[i*n:(i+1)*n])
}

// cutOff drops the slots from n on.
func (x *Index) cutOff(n int) {
	for slot := n; slot < x.slots; slot++ {
		*x.node(uint32(slot)) = node{level: noLevel}
	}
	clear(x.blocks[(n+blockSlots-1)/blockSlots:])
	x.blocks = x.blocks[:(n+blockSlots-1)/blockSlots]
	x.codes.cutOff(len(x.blocks))
	x.slots, x.free = n, nil
}

// changeAll has everything saved anew, in the place of what was saved.
func (x *Index) changeAll() {
	x.whole = true
	for slot := range uint32(x.slots) {
		x.touch(slot)
		x.touchCodes(slot)
	}
	if x.basis() != nil {
		x.changed[basisNo] = true
	}
}
