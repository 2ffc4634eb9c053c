package index

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"lookalike/internal/vectors"
)

// TestCheck: every invariant that is broken is noticed, and named.
func TestCheck(t *testing.T) {
	base, _ := vectors.Clustered.Make(8, 90, 1, 8)
	first := func(x *Index, slot uint32) *[]scored { return &x.nodes[slot].links[0] }
	for _, c := range []struct {
		what, want string
		do         func(x *Index)
	}{
		{"free twice", "listed as free", func(x *Index) { x.free = append(x.free, x.free[0]) }},
		{"no ids", "free false", func(x *Index) { x.nodes[4].ids = nil }},
		{"long vector", "slot 4", func(x *Index) { x.vector(4)[0] = 3 }},
		{"ids out of order", "out of order", func(x *Index) { x.nodes[3].ids = []uint64{80, 3} }},
		{"id elsewhere", "looked up", func(x *Index) { x.slots[5] = 6 }},
		{"too many links", "more than", func(x *Index) { *first(x, 4) = append(*first(x, 4), make([]scored, 40)...) }},
		{"link to itself", "itself, twice", func(x *Index) { (*first(x, 4))[1].slot = 4 }},
		{"link twice", "itself, twice", func(x *Index) { (*first(x, 4))[1] = (*first(x, 4))[2] }},
		{"link to a free slot", "not there", func(x *Index) { (*first(x, 4))[1].slot = x.free[0] }},
		{"another cosine", "with cosine", func(x *Index) { (*first(x, 4))[1].score += 0.25 }},
		{"stale in", "listed to link", func(x *Index) { x.nodes[4].in[0] = append(x.nodes[4].in[0], stranger(x, 4)) }},
		{"in twice", "listed to link", func(x *Index) { x.nodes[4].in[0] = append(x.nodes[4].in[0], x.nodes[4].in[0][0]) }},
		{"in beyond the slots", "listed to link", func(x *Index) { x.nodes[4].in[0][0] = 1 << 30 }},
		{"unknown link", "known at the other end", func(x *Index) { x.nodes[4].in[0] = x.nodes[4].in[0][1:] }},
		{"no in lists", "linked to on", func(x *Index) { x.nodes[4].in = nil }},
		{"low enter point", "enter point", func(x *Index) { x.entry = uint32(lowest(x)) }},
		{"no enter point", "enter point", func(x *Index) { x.entry = 1 << 30 }},
		{"short ring", "ring", func(x *Index) { links := *first(x, 4); links[0], links[1] = links[1], links[0] }},
	} {
		x := build(t, base)
		if err := errors.Join(x.Delete(17), x.Check()); err != nil {
			t.Fatal(err)
		}
		c.do(x)
		if err := x.Check(); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

// stranger is a slot that does not link to one.
func stranger(x *Index, slot uint32) uint32 {
	return uint32(slices.IndexFunc(x.nodes, func(n node) bool { return len(n.links) > 0 && !linked(n.links[0], slot) }))
}

func lowest(x *Index) int {
	return slices.IndexFunc(x.nodes, func(n node) bool { return n.level() == 0 })
}
