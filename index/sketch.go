package index

import (
	"encoding/binary"
	"math"
	"slices"
	"unsafe"

	"lookalike/internal/simd"
)

// Most nodes that a walk comes by are too far away to be kept, and a glance shows it.
// With q' and x' for what lies along the basis of split codes,
//
//	<q, x>  =  <q', x'> + <q - q', x - x'>  <=  <q', x'> + likeness |q - q'| |x - x'|
//
// where likeness is the most that the cosine of what lies across is among
// the graph's own links, or the cosine along the directions where that is higher:
// what is alike across and not along, more than any link shows, is not seen. With likeness 1 it is the Cauchy-Schwarz
// inequality. A node whose bound is no better than what a walk has found is not
// compared any further: after the first line of its codes, which has high halves, or after the second.

const (
	// spread is how much a bound leaves for low halves that are not known: two and a half standard
	// deviations, of which one is 16 steps over the root of 12; six where nothing may be missed.
	spread, sureSpread = 2.5 * lowDeviation, 6 * lowDeviation
	lowDeviation       = 0.2887 * 16
	// rounding is what is left for that of codes and directions in 8 bits, about two standard deviations, and six.
	rounding, sureRounding = 2e-3, 6e-3
	// steepest bounds the length across over that along.
	steepest = 1e4
)

// sketch is what a target has for split codes.
type sketch struct {
	along     [simd.NibbleLine]int8 // codes, as they stand against a line's
	step      float32               // of these
	sum       int32                 // of these
	acrossSum int32                 // of the codes across
	length    float32               // along the basis
	across    float32               // length across over length along
	least     float32               // what likeness is at least, times the length along
	spread    float32               // what bounds leave for low halves, in steps
	rounding  float32               // and for rounding
}

// sure has bounds miss nothing: with Cauchy and Schwarz for likeness, and six standard deviations.
func (s *sketch) sure() { s.least, s.spread, s.rounding = s.length, s.length*sureSpread, sureRounding }

// put sets the codes along, which are in steps.
func (s *sketch) put(steps *[alongFilled]int8, step, length, slope, likeness float32) {
	s.along, s.step, s.sum = [simd.NibbleLine]int8{}, step, 0
	copy(s.along[:], steps[:lineMeta])
	copy(s.along[simd.NibbleLine/2:], steps[lineMeta:alongDims])
	for _, c := range steps {
		s.sum += int32(c)
	}
	s.length, s.across, s.least = length, slope, length*likeness
	s.spread, s.rounding = length*spread, rounding
}

func (p *split) aim(t *target, v []float32) {
	n := (p.lines - 2) * simd.NibbleLine
	t.codes = slices.Grow(t.codes[:0], n)[:n]
	t.scale = simd.Encode(t.codes, v)
	t.acrossSum = p.sumOfCodes(t.codes)
	var values [alongDims]float32
	length := p.basis.components(&values, t.codes[:p.basis.stride], t.scale)
	var steps [alongFilled]int8
	step := simd.Encode(steps[:], values[:])
	t.put(&steps, step, length, slope(length), p.basis.likeness)
	t.left = 0.53*(t.scale*float32(math.Sqrt(float64(p.dim)))*2+step*float32(math.Sqrt(alongDims))) + 1e-4
}

// aimAt takes the node's codes as they are: its scores with other nodes are those of links.
func (p *split) aimAt(t *target, slot uint32) {
	first, rest := p.first(slot), p.rest(slot)
	n := (p.lines - 2) * simd.NibbleLine
	t.codes = slices.Grow(t.codes[:0], n)[:n]
	for i, line := range rest[1:] {
		low, high := t.codes[i*simd.NibbleLine:][:64], t.codes[i*simd.NibbleLine+64:][:64]
		for j, b := range line {
			low[j], high[j] = int8(b&15)-8, int8(b>>4)-8
		}
	}
	t.acrossSum = p.sumOfCodes(t.codes)
	steps, step := stepsOf(first, &rest[0])
	squares := 0.0
	for _, c := range steps {
		squares += float64(c) * float64(c)
	}
	_, slope := meta(first)
	t.put(&steps, step, step*float32(math.Sqrt(squares)), slope, p.basis.likeness)
	t.scale, _ = meta(&rest[0])
}

// bound is what a score is at most, where along is the cosine along the basis and slope that of a node. As
// |q - q'| |x - x'| is the product of slopes times |q'| |x'|, the cosine along times that is <q', x'> times slopes.
func (s *sketch) bound(along, slope float32) float32 {
	return along + slope*s.across*max(along, s.least) + s.rounding
}

// firstBound is the bound by a node's first line. dot is what DotNibblesOf makes of it. Low halves are taken to be 7.5.
func (s *sketch) firstBound(line *simd.Nibbles, dot int32) float32 {
	step, slope := meta(line)
	return s.bound(step*s.step*float32(16*dot-s.sum*120-s.sum/2), slope) + step*s.spread
}

// glance looks at the first lines of the nodes in near: it sets s.lines to where they are, and s.dots.
func (p *split) glance(s *searcher, t *target) {
	s.lines = s.lines[:0]
	for _, slot := range s.near {
		s.lines = append(s.lines, p.first(slot))
	}
	s.dots = slices.Grow(s.dots[:0], len(s.near))[:len(s.near)]
	simd.DotNibblesOf(s.dots, t.along[:], s.lines)
}

// secondGlance looks at the second lines as well: it sets s.rest to where they are, and s.scores to the cosines along the basis.
func (p *split) secondGlance(s *searcher, t *target) {
	s.rest = s.rest[:0]
	for _, slot := range s.near {
		s.rest = append(s.rest, &p.rest(slot)[0])
	}
	s.more = slices.Grow(s.more[:0], len(s.near))[:len(s.near)]
	simd.DotNibblesOf(s.more, t.along[:], s.rest)
	s.scores = s.scores[:0]
	for i, line := range s.lines {
		step, _ := meta(line)
		s.scores = append(s.scores, float32(t.step*step*float32(16*s.dots[i]+s.more[i]-128*t.sum)))
	}
}

func (p *split) bounds(s *searcher, t *target) {
	p.glance(s, t)
	p.secondGlance(s, t)
	for i, line := range s.lines {
		_, slope := meta(line)
		s.scores[i] = t.bound(s.scores[i], slope)
	}
}

// compare looks at the second line, and at the others, of those nodes only that the lines before do not rule out.
func (p *split) compare(s *searcher, t *target, least float32) {
	p.glance(s, t)
	p.ruleOutFirst(s, t, least)
	p.secondGlance(s, t)
	p.ruleOutSecond(s, t, least)
	for i, line := range s.rest {
		s.rest[i] = lineAfter(line, 1)
	}
	s.more = slices.Grow(s.more[:0], len(s.near))[:len(s.near)]
	simd.DotNibblesOf(s.more, t.codes, s.rest)
	for i, line := range s.rest {
		step, _ := meta(lineAfter(line, -1))
		s.scores[i] += float32(t.scale * step * float32(s.more[i]-8*t.acrossSum))
	}
}

// ruleOutFirst leaves those nodes in near that may score more than least, and has the other lines of
// these fetched.
func (p *split) ruleOutFirst(s *searcher, t *target, least float32) {
	kept := 0
	for i, line := range s.lines {
		if slot := s.near[i]; t.firstBound(line, s.dots[i]) > least {
			s.near[kept], s.dots[kept], s.lines[kept] = slot, s.dots[i], line
			kept++
			simd.Fetch(&p.rest(slot)[0][0], len(line)*(p.lines-1))
		}
	}
	s.near, s.dots, s.lines = s.near[:kept], s.dots[:kept], s.lines[:kept]
}

// ruleOutSecond is that after the second glance.
func (p *split) ruleOutSecond(s *searcher, t *target, least float32) {
	kept := 0
	for i, line := range s.lines {
		_, slope := meta(line)
		if along := s.scores[i]; t.bound(along, slope) > least {
			s.near[kept], s.scores[kept], s.rest[kept] = s.near[i], along, s.rest[i]
			kept++
		}
	}
	s.near, s.scores, s.rest = s.near[:kept], s.scores[:kept], s.rest[:kept]
}

// atMost looks at two lines of each.
func (p *split) atMost(a, b uint32) float32 {
	first, other := p.first(a), p.first(b)
	dot, _ := simd.DotSplit(first, other, p.rest(a)[:1], p.rest(b)[:1])
	stepA, slopeA := meta(first)
	stepB, slopeB := meta(other)
	along := stepA * stepB * float32(dot)
	return along + slopeA*slopeB*max(along, p.basis.likeness) + rounding
}

// lineAfter returns a line of the same node, behind the first.
func lineAfter(line *simd.Nibbles, n int) *simd.Nibbles {
	return (*simd.Nibbles)(unsafe.Add(unsafe.Pointer(line), n*len(line)))
}

// meta returns the two numbers behind the codes of a line.
func meta(line *simd.Nibbles) (a, b float32) {
	both := binary.LittleEndian.Uint32(line[lineMeta:])
	return math.Float32frombits(both << 16), math.Float32frombits(both &^ math.MaxUint16)
}

func putMeta(line *simd.Nibbles, a, b uint16) {
	binary.LittleEndian.PutUint32(line[lineMeta:], uint32(a)|uint32(b)<<16)
}

// upperHalf is that of a float32 that is not negative, rounded up.
func upperHalf(v float32) uint16 { return uint16((math.Float32bits(v) + math.MaxUint16) >> 16) }

// fromHalf is what an upper half stands for.
func fromHalf(half uint16) float32 { return math.Float32frombits(uint32(half) << 16) }

// slope is the length that a unit vector has across a basis over that along it.
func slope(length float32) float32 { return min(across(length)/max(length, 1/steepest), steepest) }

// across is the length that a unit vector has across a basis.
func across(length float32) float32 { return float32(math.Sqrt(float64(max(0, 1-length*length)))) }

func (p *split) sumOfCodes(codes []int8) int32 { return simd.DotCodes(codes, p.ones) }
