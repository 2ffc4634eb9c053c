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
	const slot = 4
	row := func(x *Index) []uint32 { return x.list(slot, 0).slots() }
	for _, c := range []struct {
		what, want string
		do         func(x *Index)
	}{
		{"free twice", "listed as free", func(x *Index) { x.free = append(x.free, x.free[0]) }},
		{"no node", "free false", func(x *Index) { x.node(slot).level = noLevel }},
		{"too high", "has level", func(x *Index) { x.node(slot).level = maxLevel + 1 }},
		{"long vector", "slot 4", func(x *Index) { x.blocks[0].vectors[slot*8] = 3 }},
		{"another vector", "slot 4 has not", func(x *Index) { copy(x.blocks[0].vectors[slot*8:], base[9]) }},
		{"another code", "slot 4 has not", func(x *Index) { x.codes.(*plain).code(slot)[0]++ }},
		{"another scale", "slot 4 has not", func(x *Index) { *x.codes.(*plain).scale(slot) *= 1.5 }},
		{"unknown sum", "looked up", func(x *Index) { x.bySum.remove(slot) }},
		{"one sum more", "vectors of", func(x *Index) { x.bySum.add(3) }},
		{"ids out of order", "out of order", func(x *Index) { x.copies[3], x.node(3).copies = []uint64{1}, true }},
		{"id elsewhere", "looked up", func(x *Index) { x.node(5).id = 1 << 40 }},
		{"one id more", "ids of", func(x *Index) { x.also[1000] = 6 }},
		{"too many links", "more than", func(x *Index) { x.list(slot, 0).row[0] = 40 << 16 }},
		{"link to itself", "itself, twice", func(x *Index) { row(x)[1] = slot }},
		{"link twice", "itself, twice", func(x *Index) { row(x)[1] = row(x)[2] }},
		{"link to a free slot", "not there", func(x *Index) { row(x)[1] = x.free[0] }},
		{"link beyond the slots", "not there", func(x *Index) { row(x)[1] = 1 << 30 }},
		{"another cosine", "with cosine", func(x *Index) { x.list(slot, 0).scores[1] += 100 }},
		{"another nearest", "as near as", func(x *Index) { x.list(slot, 0).row[0]-- }},
		{"stale incoming", "listed to link", func(x *Index) { pushIn(x, slot, stranger(x, slot)) }},
		{"incoming twice", "listed to link", func(x *Index) { pushIn(x, slot, x.in(slot, 0)[0]) }},
		{"incoming beyond the slots", "listed to link", func(x *Index) { pushIn(x, slot, 1<<30) }},
		{"another number of incoming", "counts", func(x *Index) { x.node(slot).in.count++ }},
		{"unknown incoming", "counts", func(x *Index) { forgetOneWay(x) }},
		{"low enter point", "enter point", func(x *Index) { x.entry = lowest(x) }},
		{"no enter point", "enter point", func(x *Index) { x.entry = 1 << 30 }},
		{"short ring", "ring", func(x *Index) { row(x)[0], row(x)[1] = row(x)[1], row(x)[0] }},
	} {
		x := build(t, base)
		if err := errors.Join(x.Delete(17), x.Check(), inParts(x)); err != nil {
			t.Fatal(err)
		}
		c.do(x)
		if err := x.Check(); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.what, err)
		}
		if err := inParts(x); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s, checked in parts: %v", c.what, err)
		}
	}
}

// inParts is Check, with room for adds in between.
func inParts(x *Index) error {
	err := x.CheckWhole()
	for from := 0; from < x.slots && err == nil; from += 40 {
		err = x.CheckNodes(from, from+40)
	}
	return err
}

// pushIn has a node believe that another one links to it.
func pushIn(x *Index, slot, from uint32) {
	in := x.incoming(slot, 0)
	in.count++
	x.knots.push(&in.first, from)
}

// forgetOneWay empties the first list of links without one back.
func forgetOneWay(x *Index) {
	for slot := range uint32(x.slots) {
		if in := x.incoming(slot, 0); in.first != 0 {
			in.first = 0
			return
		}
	}
}

// stranger is a slot that does not link to one.
func stranger(x *Index, slot uint32) uint32 {
	for other := range uint32(x.slots) {
		if x.exists(other) && other != slot && !x.linksTo(other, slot, 0) {
			return other
		}
	}
	panic("all link to it")
}

func lowest(x *Index) uint32 {
	levels := make([]int, x.slots)
	for slot := range levels {
		levels[slot] = x.level(uint32(slot))
	}
	return uint32(slices.Index(levels, 0))
}
