package index

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"

	"lookalike/internal/offheap"
	"lookalike/internal/simd"
)

// Most nodes that a walk comes by are too far away to be kept, and a glance shows it:
// a sketch is where a vector lies along 120 directions, 4 bits each, in one
// cache line, where the codes of 768 take twelve. With q' and x' for what lies along them,
//
//	<q, x>  =  <q', x'> + <q - q', x - x'>  <=  <q', x'> + likeness |q - q'| |x - x'|
//
// where likeness is the most that the cosine of what lies across is among
// the graph's own links, or the cosine along the directions where that is higher:
// what is alike across and not along, more than any link shows, is not seen. With likeness 1 it is the Cauchy-Schwarz
// inequality. A node whose bound is no better than what a walk has found is not compared.
//
//	sketch  | components 0-59 in low halves, 60-119 in high ones, 60 bytes | step, 2 | length across over length along, 2 |

const (
	sketchDims = 120
	sketchMeta = sketchDims / 2 // where the step stands
	// sketchLeast is the dimension from which on sketches pay.
	sketchLeast = 2 * sketchDims
	// sketchMost is the largest component in steps.
	sketchMost = 7
	// spread is how much a bound leaves for components' rounding: two and a half standard
	// deviations, of which one is a step over the root of 12.
	spread = 2.5 * 0.2887
	// rounding is what is left for that of codes of 8 bits.
	rounding = 5e-4
	// steepest bounds the length across over that along.
	steepest = 1e4
)

// sketched is the sketch of a target, in 8 bits.
type sketched struct {
	codes  simd.NibbleQuery
	step   float32 // of codes
	offset int32   // what DotNibblesOf adds: 8 times their sum
	length float32 // along the basis, times spread
	across float32 // length across over length along
	least  float32 // what likeness is at least, times the length along
}

func (x *Index) sketchOf(slot uint32) *simd.Nibbles {
	b, at := x.at(slot)
	return &b.sketches[at]
}

// aim makes the sketch of a target.
func (b *basis) aim(s *sketched, codes []int8, scale float32) {
	values, length := b.components(codes, scale)
	s.length, s.across, s.least = length*spread, slope(length), length*b.likeness
	var all [(sketchDims + simd.CodeLine - 1) &^ (simd.CodeLine - 1)]int8
	s.step = simd.Encode(all[:], values[:])
	s.codes, s.offset = simd.NibbleQuery{}, 0
	copy(s.codes[:], all[:sketchMeta])
	copy(s.codes[len(s.codes)/2:], all[sketchMeta:sketchDims])
	for _, c := range all {
		s.offset += 8 * int32(c)
	}
}

// sketch returns the sketch of a node's codes.
func (b *basis) sketch(codes []int8, scale float32) (line simd.Nibbles) {
	values, length := b.components(codes, scale)
	top := float32(1e-6)
	for _, v := range values {
		top = max(top, v, -v)
	}
	step := upperHalf(top / sketchMost)
	inv := 1 / math.Float32frombits(uint32(step)<<16)
	nibble := func(v float32) byte { return byte(8 + int(math.RoundToEven(float64(v*inv)))) }
	for i := range sketchMeta {
		line[i] = nibble(values[i]) | nibble(values[sketchMeta+i])<<4
	}
	binary.LittleEndian.PutUint16(line[sketchMeta:], step)
	binary.LittleEndian.PutUint16(line[sketchMeta+2:], upperHalf(slope(length)))
	return line
}

// across is the length that a unit vector has across a basis.
func across(length float32) float32 { return float32(math.Sqrt(float64(max(0, 1-length*length)))) }

// slope is the length that a unit vector has across a basis over that along it.
func slope(length float32) float32 { return min(across(length)/max(length, 1/steepest), steepest) }

// upperHalf is that of a float32 that is not negative, rounded up.
func upperHalf(v float32) uint16 { return uint16((math.Float32bits(v) + math.MaxUint16) >> 16) }

// bound is what the score of a node is at most. dot is what DotNibblesOf makes of its sketch. As
// |q - q'| |x - x'| is the product of slopes times |q'| |x'|, the cosine along times that is <q', x'> times slopes.
func (s *sketched) bound(line *simd.Nibbles, dot int32) float32 {
	meta := binary.LittleEndian.Uint32(line[sketchMeta:])
	step, across := math.Float32frombits(meta<<16), math.Float32frombits(meta&^math.MaxUint16)
	along := step * s.step * float32(dot-s.offset)
	return along + across*s.across*max(along, s.least) + step*s.length + rounding
}

// glance sets lines to the sketches of the nodes in near, and dots to what bound needs of them.
func (s *searcher) glance(x *Index, q *sketched) {
	s.lines = s.lines[:0]
	for _, slot := range s.near {
		s.lines = append(s.lines, x.sketchOf(slot))
	}
	s.dots = slices.Grow(s.dots[:0], len(s.near))[:len(s.near)]
	simd.DotNibblesOf(s.dots, &q.codes, s.lines)
}

// ruleOut leaves those nodes in near that may score more than the worst of most
// nodes found: all of them, while there are fewer or there is no basis.
func (s *searcher) ruleOut(x *Index, t *target, most int) {
	if t.sketch == nil || len(s.found) < most {
		return
	}
	least := s.found[0].score()
	s.glance(x, t.sketch)
	kept := s.near[:0]
	for i, slot := range s.near {
		if t.sketch.bound(s.lines[i], s.dots[i]) > least {
			kept = append(kept, slot)
		}
	}
	s.near = kept
}

// sketchAll learns a basis, where it is time to, and makes the sketches of all nodes. Searches go on meanwhile.
func (x *Index) sketchAll() {
	if x.cfg.Dim < sketchLeast || x.count() < x.learnAt {
		return
	}
	b := x.learn()
	sketches := make([][]simd.Nibbles, len(x.blocks))
	if b != nil {
		for i := range sketches {
			sketches[i] = x.sketchesOf(b, uint32(i))
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if b != nil {
		x.changed[basisNo] = true
	}
	x.basis, x.learnAt = b, x.count()*learnAgain
	for i, block := range x.blocks {
		block.sketches = sketches[i]
	}
	for slot := 0; slot < x.slots; slot += codeSlots {
		x.touchCodes(uint32(slot))
	}
}

// sketchesOf makes the sketches of a block.
func (x *Index) sketchesOf(b *basis, block uint32) []simd.Nibbles {
	sketches := offheap.Make[simd.Nibbles](b, blockSlots)
	for at := range sketches {
		if slot := block*blockSlots + uint32(at); x.exists(slot) {
			sketches[at] = b.sketch(x.code(slot), x.scale(slot))
		}
	}
	return sketches
}

// sketchHolds reports whether a node's sketch is of its codes. Only the last bit of
// the slope may be another, where another CPU made the sketch.
func (x *Index) sketchHolds(slot uint32) bool {
	if x.basis == nil {
		return true
	}
	const at = sketchMeta + 2 // where the slope stands
	want, line := x.basis.sketch(x.code(slot), x.scale(slot)), x.sketchOf(slot)
	slope := int(binary.LittleEndian.Uint16(want[at:])) - int(binary.LittleEndian.Uint16(line[at:]))
	return bytes.Equal(want[:at], line[:at]) && slope >= -1 && slope <= 1
}
