package index

import "math"

// A rank is a node with its score to a query, in one number: of two, the
// greater is the better one, and of equal scores the lower slot. So heaps
// compare one word, and runs repeat.
type rank uint64

// rankOf orders float32s as their bits are ordered: those of a negative number,
// or else the sign alone, have to be flipped. There is no NaN among scores.
func rankOf(score float32, slot uint32) rank {
	b := math.Float32bits(score)
	if b>>31 == 0 {
		b |= 1 << 31
	} else {
		b = ^b
	}
	return rank(b)<<32 | rank(^slot)
}

func (r rank) slot() uint32 { return ^uint32(r) }

func (r rank) score() float32 {
	b := uint32(r >> 32)
	if b>>31 == 1 {
		b &^= 1 << 31
	} else {
		b = ^b
	}
	return math.Float32frombits(b)
}

func (r rank) scored() scored { return scored{score: r.score(), slot: r.slot()} }

// heap is a binary heap with the least rank on top. Of complements it has the
// greatest on top. container/heap would box every item.
type heap []rank

func (h *heap) push(r rank) {
	*h = append(*h, r)
	items := *h
	i := len(items) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if r >= items[parent] {
			break
		}
		items[i] = items[parent]
		i = parent
	}
	items[i] = r
}

// pop removes and returns the top of a heap that is not empty.
func (h *heap) pop() rank {
	items := *h
	top, last := items[0], len(items)-1
	r := items[last]
	*h = items[:last]
	if last > 0 {
		h.replace(r)
	}
	return top
}

// replace puts r in the place of the top.
func (h *heap) replace(r rank) {
	items := *h
	i := 0
	for {
		child := 2*i + 1
		if child >= len(items) {
			break
		}
		if child+1 < len(items) && items[child+1] < items[child] {
			child++
		}
		if r <= items[child] {
			break
		}
		items[i] = items[child]
		i = child
	}
	items[i] = r
}
