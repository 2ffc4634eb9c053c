package index

// Sample returns up to n ids with different vectors, spread evenly over the index.
// The same index gives the same ones.
func (x *Index) Sample(n int) (ids []uint64) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	held := make([]uint32, 0, x.count())
	for slot := range uint32(x.slots) {
		if x.exists(slot) {
			held = append(held, slot)
		}
	}
	n = min(n, len(held))
	for i := range n {
		ids = append(ids, x.node(held[i*len(held)/n]).id)
	}
	return ids
}
