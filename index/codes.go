package index

import "lookalike/internal/simd"

// A walk compares codes of 8 bits instead of vectors: a quarter of the memory to
// fetch, and four times as much arithmetic in an instruction. The score of two
// nodes is off by up to 2e-3 then at 768 dimensions, 5e-4 as a rule. What a search returns is
// ranked by the exact cosine (Search), and where codes cannot tell nodes apart,
// among near-identical ones, the exact cosine is taken at once (cosine).

// nearlyOne is the cosine above which codes are not trusted.
const nearlyOne = 0.99

// target is a vector that others are compared with.
type target struct {
	vector []float32 // (Dim)
	codes  []int8    // (stride)
	scale  float32   // of the codes
	sketch *sketched // nil without a basis
}

// stride is the length of a node's codes: Dim, filled up to whole cache lines.
func (x *Index) stride() int { return (x.cfg.Dim + simd.CodeLine - 1) &^ (simd.CodeLine - 1) }

// code returns the codes (stride) of a slot.
func (x *Index) code(slot uint32) []int8 {
	b, at := x.at(slot)
	stride := x.stride()
	return b.codes[at*stride : (at+1)*stride]
}

// scale returns what a slot's codes are multiples of.
func (x *Index) scale(slot uint32) float32 {
	return x.blocks[slot/blockSlots].scales[slot%blockSlots]
}

// aim returns a query as a target, in the searcher's memory.
func (s *searcher) aim(x *Index, q []float32) target {
	if len(s.codes) != x.stride() {
		s.codes = make([]int8, x.stride())
	}
	t := target{vector: q, codes: s.codes, scale: simd.Encode(s.codes, q)}
	if x.basis != nil {
		x.basis.aim(&s.sketch, t.codes, t.scale)
		t.sketch = &s.sketch
	}
	return t
}

// target returns a node as a target. Its vector is in the searcher's memory, or where it lies.
func (x *Index) target(s *searcher, slot uint32) (target, error) {
	if len(s.own) != x.cfg.Dim {
		s.own = make([]float32, x.cfg.Dim)
	}
	v, err := x.vector(slot, s.own)
	return target{vector: v, codes: x.code(slot), scale: x.scale(slot)}, err
}

// score is the cosine of two nodes, to the codes' precision or better, the same
// whichever comes first, and rounded as links have it.
func (x *Index) score(a, b uint32) float32 {
	score := float32(simd.DotCodes(x.code(a), x.code(b))) * (x.scale(a) * x.scale(b))
	if score > nearlyOne {
		if va, vb := x.near(a), x.near(b); va != nil && vb != nil {
			score = simd.Dot(va, vb)
		}
	}
	return rounded(score)
}

// scoreTo is the cosine of a target and a node.
func (x *Index) scoreTo(t *target, slot uint32) float32 {
	return x.cosine(t, slot, simd.DotCodes(t.codes, x.code(slot)))
}

// cosine turns the inner product of codes into a score.
func (x *Index) cosine(t *target, slot uint32, dot int32) float32 {
	score := float32(dot) * (t.scale * x.scale(slot))
	if score > nearlyOne {
		if v := x.near(slot); v != nil {
			return simd.Dot(t.vector, v)
		}
	}
	return score
}
