package index

import "lookalike/internal/simd"

// A walk compares codes instead of vectors: a quarter of the memory to fetch or
// less, and several times as much arithmetic in an instruction. What a search returns is
// ranked by the exact cosine (Search), and where codes cannot tell nodes apart,
// among near-identical ones, the exact cosine is taken at once.
//
// There are two forms of codes. Plain ones (plain.go) hold each dimension in 8 bits. As
// soon as enough nodes show in which directions vectors are longest, they are exchanged for
// split ones (split.go), which take fewer bits and show the most important ones first.

// nearlyOne is the cosine above which codes are not trusted.
const nearlyOne = 0.99

// codes are those of all slots, in one of the forms.
type codes interface {
	grow()                               // makes room for a block more
	cutOff(blocks int)                   // keeps only as many
	set(slot uint32, v []float32)        // v has Dim numbers; of different slots side by side
	holds(slot uint32, v []float32) bool // reports whether set would change nothing
	read(v []float32, slot uint32)       // sets v (Dim) to what codes stand for
	move(from, to uint32)                // copies those of a slot

	// aim makes a vector a target, aimAt a node: its scores are what score returns.
	aim(t *target, v []float32)
	aimAt(t *target, slot uint32)
	// score is the cosine of two nodes, the same whichever comes first.
	score(a, b uint32) float32
	// atMost is what it is at most, found out faster where it is far less.
	atMost(a, b uint32) float32
	// compare leaves those nodes in s.near that may score more than least, and sets
	// s.scores to their scores. bounds sets it to what scores are at most, and leaves all.
	compare(s *searcher, t *target, least float32)
	bounds(s *searcher, t *target)
	// deviation is what scores with a target are off by as a rule, if not less: 1.5
	// standard deviations. leftOut is what they are off by at most, with a vector as the target.
	deviation(t *target, slot uint32) float32
	leftOut(t *target, slot uint32) float32

	// The saved form of a slot's codes.
	size() int
	append(b []byte, slot uint32) []byte
	load(slot uint32, saved []byte) error
}

// anyScore is less than any score: all nodes are compared.
const anyScore = -4

// target is a vector that nodes are compared with.
type target struct {
	vector []float32 // (Dim)
	codes  []int8    // of the vector, filled up with zeros; of split codes that are of a node, what lies across
	scale  float32   // of the codes
	left   float32   // what the codes of a vector leave out of scores, at most; of a node it is not known
	sketch           // of split codes
}

// aim returns a query as a target, in the searcher's memory.
func (s *searcher) aim(x *Index, q []float32) *target {
	s.target.vector = q
	x.codes.aim(&s.target, q)
	return &s.target
}

// aimAt returns a new node as a target: the scores that it finds are those that its links have.
func (s *searcher) aimAt(x *Index, slot uint32, v []float32) *target {
	s.target.vector = v
	x.codes.aimAt(&s.target, slot)
	return &s.target
}

// aimFrom returns a node that is in the graph as a target. Its exact vector lies in the searcher's memory or where it is.
func (s *searcher) aimFrom(x *Index, slot uint32) (*target, error) {
	if len(s.own) != x.cfg.Dim {
		s.own = make([]float32, x.cfg.Dim)
	}
	v, err := x.vector(slot, s.own)
	if err != nil {
		return nil, err
	}
	return s.aimAt(x, slot, v), nil
}

// score is the cosine of two nodes, to the codes' precision or better, and rounded as links have it.
func (x *Index) score(a, b uint32) float32 {
	score := x.codes.score(a, b)
	if score > nearlyOne {
		if va, vb := x.near(a), x.near(b); va != nil && vb != nil {
			score = simd.Dot(va, vb)
		}
	}
	return rounded(score)
}

// compare leaves those nodes in s.near that may score more than least, and sets s.scores to their scores.
func (x *Index) compare(s *searcher, t *target, least float32) {
	x.codes.compare(s, t, least)
	for i, score := range s.scores {
		if score > nearlyOne {
			if v := x.near(s.near[i]); v != nil {
				s.scores[i] = simd.Dot(t.vector, v)
			}
		}
	}
}

// scoreTo is the score of one node. It uses s.near.
func (x *Index) scoreTo(s *searcher, t *target, slot uint32) float32 {
	s.near = append(s.near[:0], slot)
	x.compare(s, t, anyScore)
	return s.scores[0]
}

// values returns a node's exact vector, in buf or where it lies, or what its codes
// stand for, in buf, where it cannot be read.
func (x *Index) values(slot uint32, buf []float32) []float32 {
	v, err := x.vector(slot, buf)
	if err != nil {
		x.codes.read(buf, slot)
		return buf
	}
	return v
}

// recode exchanges the form of codes. Searches go on meanwhile.
func (x *Index) recode(next codes) {
	for range x.blocks {
		next.grow()
	}
	x.inParts(func(_ int, from, to uint32) {
		buf := make([]float32, x.cfg.Dim)
		for slot := from; slot < to; slot++ {
			if x.exists(slot) {
				next.set(slot, x.values(slot, buf))
			}
		}
	})
	x.change(func() {
		x.codes = next
		for slot := 0; slot < x.slots; slot += codeSlots {
			x.touchCodes(uint32(slot))
		}
		if x.basis() != nil {
			x.changed[basisNo] = true
		}
	})
	x.scoreAgain()
}

// scoreAgain gives links the scores that they have by new codes. Who occludes them is forgotten.
func (x *Index) scoreAgain() {
	var links []scored
	for from := 0; from < x.slots; from += blockSlots {
		x.change(func() {
			for slot := uint32(from); slot < uint32(min(from+blockSlots, x.slots)); slot++ {
				for layer := range x.level(slot) + 1 {
					l := x.list(slot, layer)
					links = links[:0]
					for _, to := range l.slots() {
						links = append(links, scored{score: x.score(slot, to), slot: to})
					}
					l.set(links)
					x.touch(slot)
				}
			}
		})
	}
}
