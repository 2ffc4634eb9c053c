package index

// heap is a binary heap of scored nodes; before says which of two is nearer to
// the top. container/heap would box every item.
type heap struct {
	items  []scored
	before func(a, b scored) bool
}

func (h *heap) reset(before func(a, b scored) bool) {
	h.items, h.before = h.items[:0], before
}

func (h *heap) push(s scored) {
	h.items = append(h.items, s)
	for i := len(h.items) - 1; i > 0; {
		parent := (i - 1) / 2
		if !h.before(h.items[i], h.items[parent]) {
			return
		}
		h.items[i], h.items[parent] = h.items[parent], h.items[i]
		i = parent
	}
}

// pop removes and returns the top of a heap that is not empty.
func (h *heap) pop() scored {
	top, last := h.items[0], len(h.items)-1
	h.items[0] = h.items[last]
	h.items = h.items[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			return top
		}
		if child+1 < last && h.before(h.items[child+1], h.items[child]) {
			child++
		}
		if !h.before(h.items[child], h.items[i]) {
			return top
		}
		h.items[i], h.items[child] = h.items[child], h.items[i]
		i = child
	}
}
