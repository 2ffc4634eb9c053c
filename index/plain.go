package index

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"lookalike/internal/offheap"
	"lookalike/internal/simd"
)

// plain codes are a vector's numbers in 8 bits, of which the largest is 127. The
// score of two nodes is off by up to 2e-3 at 768 dimensions, 5e-4 as a rule.
//
//	| codes, 1 byte each, filled up with zeros to whole cache lines |     and a scale, 4 bytes, elsewhere
type plain struct {
	dim    int
	blocks []*plainBlock
}

// plainBlock has the codes of blockSlots slots.
type plainBlock struct {
	codes  []int8    // (blockSlots, stride)
	scales []float32 // (blockSlots)
}

func newPlain(dim int) *plain { return &plain{dim: dim} }

func (p *plain) grow() {
	b := &plainBlock{}
	b.codes, b.scales = offheap.Make[int8](b, blockSlots*p.stride()), offheap.Make[float32](b, blockSlots)
	p.blocks = append(p.blocks, b)
}

func (p *plain) cutOff(blocks int) {
	clear(p.blocks[blocks:])
	p.blocks = p.blocks[:blocks]
}

// stride is the length of a node's codes: Dim, filled up to whole cache lines.
func (p *plain) stride() int { return filledUp(p.dim, simd.CodeLine) }

// filledUp is the next multiple of size, a power of two.
func filledUp(n, size int) int { return (n + size - 1) &^ (size - 1) }

func (p *plain) code(slot uint32) []int8 {
	at, stride := int(slot%blockSlots), p.stride()
	return p.blocks[slot/blockSlots].codes[at*stride : (at+1)*stride]
}

func (p *plain) scale(slot uint32) *float32 {
	return &p.blocks[slot/blockSlots].scales[slot%blockSlots]
}

func (p *plain) set(slot uint32, v []float32) { *p.scale(slot) = simd.Encode(p.code(slot), v) }

func (p *plain) holds(slot uint32, v []float32) bool {
	codes := make([]int8, p.stride())
	return simd.Encode(codes, v) == *p.scale(slot) && slices.Equal(codes, p.code(slot))
}

func (p *plain) read(v []float32, slot uint32) {
	scale := *p.scale(slot)
	for i, c := range p.code(slot)[:p.dim] {
		v[i] = float32(c) * scale
	}
}

func (p *plain) move(from, to uint32) {
	copy(p.code(to), p.code(from))
	*p.scale(to) = *p.scale(from)
}

func (p *plain) aim(t *target, v []float32) {
	t.codes = slices.Grow(t.codes[:0], p.stride())[:p.stride()]
	t.scale = simd.Encode(t.codes, v)
	t.left = p.left(t.scale)
}

func (p *plain) aimAt(t *target, slot uint32) {
	t.codes, t.scale = append(t.codes[:0], p.code(slot)...), *p.scale(slot)
}

func (p *plain) score(a, b uint32) float32 {
	return float32(simd.DotCodes(p.code(a), p.code(b))) * (*p.scale(a) * *p.scale(b))
}

func (p *plain) atMost(_, _ uint32) float32 { return 1 }

// compare compares all: these codes cannot rule nodes out before.
func (p *plain) compare(s *searcher, t *target, _ float32) {
	s.at = s.at[:0]
	for _, slot := range s.near {
		s.at = append(s.at, &p.code(slot)[0])
	}
	s.dots = slices.Grow(s.dots[:0], len(s.near))[:len(s.near)]
	simd.DotCodesOf(s.dots, t.codes, s.at)
	s.scores = s.scores[:0]
	for i, slot := range s.near {
		s.scores = append(s.scores, float32(s.dots[i])*(t.scale**p.scale(slot)))
	}
}

func (p *plain) bounds(s *searcher, _ *target) {
	s.scores = s.scores[:0]
	for range s.near {
		s.scores = append(s.scores, 1)
	}
}

// deviation: rounding is off by a scale over the root of 12.
func (p *plain) deviation(t *target, slot uint32) float32 { return 0.3 * (t.scale + *p.scale(slot)) }

func (p *plain) leftOut(t *target, slot uint32) float32 { return t.left + p.left(*p.scale(slot)) }

// left bounds the length of the difference of a vector and its codes: half a
// step in each dimension, and a little for rounding.
func (p *plain) left(scale float32) float32 {
	return 0.53*scale*float32(math.Sqrt(float64(p.dim))) + 1e-4
}

func (p *plain) size() int { return 4 + p.dim }

func (p *plain) append(b []byte, slot uint32) []byte {
	b = binary.LittleEndian.AppendUint32(b, math.Float32bits(*p.scale(slot)))
	for _, c := range p.code(slot)[:p.dim] {
		b = append(b, byte(c))
	}
	return b
}

func (p *plain) load(slot uint32, saved []byte) error {
	scale, codes := math.Float32frombits(binary.LittleEndian.Uint32(saved)), p.code(slot)
	for i, c := range saved[4:] {
		codes[i] = int8(c)
	}
	if *p.scale(slot) = scale; !(scale >= 0 && scale <= 1) {
		return fmt.Errorf("%w: slot %d has codes in steps of %g", ErrCorrupt, slot, scale)
	}
	return nil
}
