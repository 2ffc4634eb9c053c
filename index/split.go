package index

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"lookalike/internal/offheap"
	"lookalike/internal/simd"
)

// split codes are where a vector lies along the 120 directions of a basis, in 8 bits, and
// what is left of it, across them, in 4 bits a dimension. It is the along part
// that tells vectors apart; its high halves alone, in one cache line, show that most nodes are
// too far away to be looked at any further (sketch.go).
//
//	line 0    high halves of the codes along, 60 bytes | step along, 2 | length across over length along, 2 |
//	line 1    low halves, 60 bytes                     | step across, 2 | length of what codes leave out, 2 |
//	line 2... codes across, 4 bits each, plus 8, filled up with zeros
//
// The numbers of 2 bytes are upper halves of a float32. What codes across leave out is 0.12
// times the length across, and a query's score is off by that over the root of Dim as a rule:
// with 0.3 of a vector's squared length across, by 2.4e-3 at 768 dimensions.
type split struct {
	dim    int
	lines  int // of a node
	basis  *basis
	blocks []*splitBlock
	ones   []int8    // as many as there are codes across
	memory sync.Pool // of *splitting
}

// splitBlock has the codes of blockSlots slots. First lines are apart: a walk reads many of them and few of the others, and
// lines that are 512 bytes from each other share an eighth of a cache.
type splitBlock struct {
	first []simd.Nibbles // (blockSlots)
	rest  []simd.Nibbles // (blockSlots, lines-1)
}

const (
	lineMeta = simd.SplitCodes / 2 // where the numbers of 2 bytes stand in lines 0 and 1
	// acrossStep times their root mean square is the step with which numbers with a normal distribution lose the least
	// in 15 levels (Max, "Quantizing for minimum distortion", 1960).
	acrossStep = 0.353
	// acrossMost is the largest code across.
	acrossMost = 7
	// acrossOut is the share of the squared length across that codes leave out of such, and half as much again.
	acrossOut = 0.02
	// leastLength stands for a length of 0, by which nothing could be divided.
	leastLength = 1e-6
	// signBit turns signed codes into unsigned ones, 128 more.
	signBit = 0x80
)

func newSplit(dim int, b *basis) *split {
	p := &split{dim: dim, lines: 2 + filledUp(dim, simd.NibbleLine)/simd.NibbleLine, basis: b}
	p.ones = slices.Repeat([]int8{1}, (p.lines-2)*simd.NibbleLine)
	p.memory.New = func() any { return &splitting{} }
	return p
}

// basis returns that of split codes, nil while codes are plain.
func (x *Index) basis() *basis {
	if p, ok := x.codes.(*split); ok {
		return p.basis
	}
	return nil
}

func (p *split) grow() {
	b := &splitBlock{}
	b.first, b.rest = offheap.Make[simd.Nibbles](b, blockSlots), offheap.Make[simd.Nibbles](b, blockSlots*(p.lines-1))
	p.blocks = append(p.blocks, b)
}

func (p *split) cutOff(blocks int) {
	clear(p.blocks[blocks:])
	p.blocks = p.blocks[:blocks]
}

// first returns the first line of a slot, rest the others.
func (p *split) first(slot uint32) *simd.Nibbles {
	return &p.blocks[slot/blockSlots].first[slot%blockSlots]
}

func (p *split) rest(slot uint32) []simd.Nibbles {
	at, n := int(slot%blockSlots), p.lines-1
	return p.blocks[slot/blockSlots].rest[at*n : (at+1)*n]
}

func (p *split) move(from, to uint32) {
	*p.first(to) = *p.first(from)
	copy(p.rest(to), p.rest(from))
}

// splitting is the memory in which a vector is split.
type splitting struct {
	codes   []int8             // of the vector
	nibbles []byte             // codes across, plus 8
	along   [alongDims]float32 // where it lies along the basis
	steps   [alongFilled]int8  // the same, in steps
	rest    []float32          // (Dim): what is across
	dots    []int32
	result  []simd.Nibbles
}

func (p *split) set(slot uint32, v []float32) {
	w := p.memory.Get().(*splitting)
	defer p.memory.Put(w)
	lines := w.split(p, v)
	*p.first(slot) = lines[0]
	copy(p.rest(slot), lines[1:])
}

func (p *split) holds(slot uint32, v []float32) bool {
	w := p.memory.Get().(*splitting)
	defer p.memory.Put(w)
	lines := w.split(p, v)
	return lines[0] == *p.first(slot) && slices.Equal(lines[1:], p.rest(slot))
}

// split returns the codes of a vector, the same on every CPU.
func (w *splitting) split(p *split, v []float32) []simd.Nibbles {
	w.codes = slices.Grow(w.codes[:0], p.basis.stride)[:p.basis.stride]
	scale := simd.Encode(w.codes, v)
	length := p.basis.components(&w.along, w.codes, scale)
	w.result = slices.Grow(w.result[:0], p.lines)[:p.lines]
	clear(w.result)
	bits := upperHalf(max(largest(w.along[:]), leastLength) / math.MaxInt8)
	step := fromHalf(bits)
	putMeta(&w.result[0], bits, upperHalf(slope(length)))
	for i, c := range w.along {
		w.steps[i] = int8(math.RoundToEven(float64(c / step)))
	}
	for i := range lineMeta {
		low, high := uint8(w.steps[i])^signBit, uint8(w.steps[lineMeta+i])^signBit
		w.result[0][i] = low>>4 | high&0xf0
		w.result[1][i] = low&0x0f | high<<4
	}
	w.rest = append(w.rest[:0], v...)
	w.dots = slices.Grow(w.dots[:0], p.dim)[:p.dim]
	p.basis.subtract(w.rest, &w.steps, step, w.dots)
	w.across(p)
	return w.result
}

// across writes the codes of what is left of a vector, and how much they leave out. Where a few numbers are
// far larger than the others, and much would be cut off them, nothing is if that leaves out less.
func (w *splitting) across(p *split) {
	squares := sumOfSquares(w.rest)
	most := upperHalf(max(largest(w.rest), leastLength) / acrossMost)
	bits := min(most, upperHalf(max(acrossStep*float32(math.Sqrt(squares/float64(p.dim))), leastLength)))
	out := w.round(fromHalf(bits))
	if out > acrossOut*squares && bits < most {
		if w.round(fromHalf(most)) < out {
			bits = most
		}
		out = w.round(fromHalf(bits))
	}
	putMeta(&w.result[1], bits, upperHalf(float32(math.Sqrt(out))))
}

// round writes the codes across in a step, and returns the square of the length that they leave out.
func (w *splitting) round(step float32) (out float64) {
	lines := w.result[2:]
	w.nibbles = slices.Grow(w.nibbles[:0], len(lines)*simd.NibbleLine)[:len(lines)*simd.NibbleLine]
	inv := 1 / step
	for i, v := range w.rest {
		code := min(max(float32(math.RoundToEven(float64(v*inv))), -acrossMost), acrossMost)
		left := float64(v) - float64(code)*float64(step)
		out += float64(left * left) // not fused, on any CPU
		w.nibbles[i] = byte(8 + int8(code))
	}
	for i := len(w.rest); i < len(w.nibbles); i++ {
		w.nibbles[i] = 8
	}
	for n := range lines {
		low, high := w.nibbles[n*simd.NibbleLine:][:64], w.nibbles[n*simd.NibbleLine+64:][:64]
		for i := range lines[n] {
			lines[n][i] = low[i] | high[i]<<4
		}
	}
	return out
}

func (p *split) read(v []float32, slot uint32) {
	w := p.memory.Get().(*splitting)
	defer p.memory.Put(w)
	rest := p.rest(slot)
	steps, step := stepsOf(p.first(slot), &rest[0])
	w.rest = slices.Grow(w.rest[:0], p.dim)[:p.dim]
	clear(w.rest)
	w.dots = slices.Grow(w.dots[:0], p.dim)[:p.dim]
	p.basis.subtract(w.rest, &steps, step, w.dots)
	across, _ := meta(&rest[0])
	for j := range v {
		n, i := j/simd.NibbleLine, j%simd.NibbleLine
		code := rest[1+n][i%64] >> (i / 64 * 4) & 15
		v[j] = float32(int(code)-8)*across - w.rest[j]
	}
}

// stepsOf returns where a node lies along the basis, in steps, by its first two lines.
func stepsOf(first, second *simd.Nibbles) (steps [alongFilled]int8, step float32) {
	for i := range lineMeta {
		high, low := first[i], second[i]
		steps[i] = int8((high<<4 | low&0x0f) ^ signBit)
		steps[lineMeta+i] = int8((high&0xf0 | low>>4) ^ signBit)
	}
	step, _ = meta(first)
	return steps, step
}

// score is the sum of what nodes have in common along the basis and across it.
func (p *split) score(a, b uint32) float32 {
	first, other, m, n := p.first(a), p.first(b), p.rest(a), p.rest(b)
	along, across := simd.DotSplit(first, other, m, n)
	alongA, _ := meta(first)
	alongB, _ := meta(other)
	acrossA, _ := meta(&m[0])
	acrossB, _ := meta(&n[0])
	return sumOf(alongA*alongB, along, acrossA*acrossB, across)
}

// sumOf rounds each product, on any CPU: compare does the same in two steps.
func sumOf(stepsAlong float32, along int32, stepsAcross float32, across int32) float32 {
	return float32(stepsAlong*float32(along)) + float32(stepsAcross*float32(across))
}

// deviation: what codes leave out points anywhere, along the target or not.
func (p *split) deviation(_ *target, slot uint32) float32 {
	_, out := meta(&p.rest(slot)[0])
	return 1.5*out/float32(math.Sqrt(float64(p.dim))) + 3e-4
}

func (p *split) leftOut(t *target, slot uint32) float32 {
	_, out := meta(&p.rest(slot)[0])
	return t.left + out
}

func (p *split) size() int { return p.lines * len(simd.Nibbles{}) }

func (p *split) append(b []byte, slot uint32) []byte {
	b = append(b, p.first(slot)[:]...)
	for _, line := range p.rest(slot) {
		b = append(b, line[:]...)
	}
	return b
}

func (p *split) load(slot uint32, saved []byte) error {
	first, rest := p.first(slot), p.rest(slot)
	*first = simd.Nibbles(saved)
	for i := range rest {
		rest[i] = simd.Nibbles(saved[(1+i)*len(first):])
	}
	along, slope := meta(first)
	across, out := meta(&rest[0])
	if !(along >= 0 && along <= 1 && slope >= 0 && slope <= 2*steepest && across >= 0 && across <= 1 && out >= 0 && out <= 2) {
		return fmt.Errorf("%w: slot %d has codes in steps of %g and %g", ErrCorrupt, slot, along, across)
	}
	return nil
}
