package index

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"lookalike/internal/simd"
)

const (
	// A basis is learnt from so many nodes on, and again whenever there are learnAgain times as many.
	learnFirst, learnAgain = 2048, 4
	// learnFrom is the most nodes that it is learnt from, learnRounds how often.
	learnFrom, learnRounds = 4096, 4
	// likenessFrom is how many nodes' links likeness is learnt from.
	likenessFrom = 512
	// mostAcross is the mean squared length across a basis above which the first line of
	// codes rules out so little that split codes take longer than plain ones (docs/index.md has figures).
	mostAcross = 0.5
	// better is how much of that a new basis must leave at most to be exchanged for the old one.
	better = 0.97
	// splitLeast is the dimension from which on split codes are smaller than plain ones, and pay.
	splitLeast = 2 * alongDims
)

// alongDims is how many directions a basis has, alongFilled the length of codes along it, filled up.
const (
	alongDims   = simd.SplitCodes
	alongFilled = simd.NibbleLine
)

// basis is the directions of split codes: alongDims vectors of length 1 at right angles, to what codes of 8 bits leave of that.
type basis struct {
	stride   int
	codes    []int8 // (alongDims, stride)
	scale    float32
	rows     [alongDims]*int8 // in codes
	columns  []*int8          // (Dim), of alongFilled codes each
	likeness float32          // of what lies across it of two near nodes: all but one in a thousand have less
}

// newBasis keeps directions (alongDims, dim) in codes.
func newBasis(directions []float32) *basis {
	dim := len(directions) / alongDims
	codes := make([]int8, len(directions))
	scale := simd.Encode(codes, directions)
	return basisOf(codes, dim, scale)
}

// basisOf lays out the codes (alongDims, dim) of directions.
func basisOf(codes []int8, dim int, scale float32) *basis {
	b := &basis{stride: filledUp(dim, simd.CodeLine), scale: scale}
	b.codes = make([]int8, alongDims*b.stride)
	columns := make([]int8, dim*alongFilled)
	for i := range b.rows {
		row := codes[i*dim : (i+1)*dim]
		copy(b.row(i), row)
		b.rows[i] = &b.row(i)[0]
		for j, c := range row {
			columns[j*alongFilled+i] = c
		}
	}
	for j := range dim {
		b.columns = append(b.columns, &columns[j*alongFilled])
	}
	return b
}

func (b *basis) row(i int) []int8 { return b.codes[i*b.stride : (i+1)*b.stride] }

// components sets values to where a vector, in codes (stride), lies along the basis, and returns how long it is there.
func (b *basis) components(values *[alongDims]float32, codes []int8, scale float32) (length float32) {
	var dots [alongDims]int32
	simd.DotCodesOf(dots[:], codes, b.rows[:])
	for i, d := range dots {
		values[i] = float32(d) * (scale * b.scale)
	}
	return float32(math.Sqrt(sumOfSquares(values[:])))
}

// subtract takes from rest (Dim) what lies along the basis, in steps. dots (Dim) are its memory.
func (b *basis) subtract(rest []float32, steps *[alongFilled]int8, step float32, dots []int32) {
	simd.DotCodesOf(dots, steps[:], b.columns)
	for j, d := range dots {
		rest[j] -= float32(step * b.scale * float32(d))
	}
}

// sumOfSquares is the same on every CPU: products of two float32 are exact in float64.
func sumOfSquares(v []float32) (sum float64) {
	for _, f := range v {
		sum += float64(f) * float64(f)
	}
	return sum
}

// largest returns that of the absolute values.
func largest(v []float32) (most float32) {
	for _, f := range v {
		most = max(most, f, -f)
	}
	return most
}

// learnCodes learns a basis, where it is time to, and exchanges codes for such along it where it is
// worth it. Searches go on meanwhile.
func (x *Index) learnCodes() {
	if x.cfg.Dim < splitLeast || x.count() < x.learnAt {
		return
	}
	x.learnAt = x.count() * learnAgain
	b, old := x.learn(), x.basis()
	switch {
	case b == nil && old != nil:
		x.recode(newPlain(x.cfg.Dim))
	case b == nil:
	case old != nil && x.meanAcross(b) > better*x.meanAcross(old):
		likeness := x.likeness(old)
		x.change(func() { old.likeness, x.changed[basisNo] = likeness, true })
	default:
		x.recode(newSplit(x.cfg.Dim, b))
	}
}

// learn returns the basis along which a sample of the nodes is longest, or nil
// where that is not long enough. It is found by subspace iteration (Golub and Van Loan, Matrix
// Computations, section 8.2.4): multiplied by the sample's second moments and made
// orthonormal, a basis turns to where they are largest. Last it is turned in
// its own space at random, so that no component is much larger than the others.
func (x *Index) learn() *basis {
	const n = alongDims
	dim, r := x.cfg.Dim, rand.New(rand.NewPCG(1, 0))
	sample := x.sampleVectors(learnFrom)
	m := len(sample) / dim
	directions, along := normals(r, n*dim), make([]float32, m*n)
	vectors, rows, out := simd.Of(sample, m, dim, dim), simd.Of(directions, n, dim, dim), simd.Of(along, m, n, n)
	var moments, basis simd.Matrix
	var scratch simd.Scratch
	moments.PackColumns(&vectors)
	orthonormal(directions, dim)
	for range learnRounds {
		basis.PackRows(&rows)
		basis.Mul(&out, &vectors, nil, &scratch)
		turned := simd.Of(transposed(along, n), n, m, m)
		moments.Mul(&rows, &turned, nil, &scratch)
		orthonormal(directions, dim)
	}
	turn := normals(r, n*n)
	orthonormal(turn, n)
	rows = simd.Of(slices.Clone(directions), n, dim, dim)
	basis.PackColumns(&rows)
	turns, to := simd.Of(turn, n, n, n), simd.Of(directions, n, dim, dim)
	basis.Mul(&to, &turns, nil, &scratch)
	b := newBasis(directions)
	if x.meanAcross(b) > mostAcross {
		return nil
	}
	b.likeness = x.likeness(b)
	return b
}

// place returns where a vector lies along a basis, and how long it is there.
func (b *basis) place(v []float32) (values [alongDims]float32, length float32) {
	codes := make([]int8, b.stride)
	scale := simd.Encode(codes, v)
	length = b.components(&values, codes, scale)
	return values, length
}

// likeness returns the cosine that what lies across a basis has between nodes and
// those they link to, but for one in a thousand that has more.
func (x *Index) likeness(b *basis) float32 {
	var all []float32
	own, other := make([]float32, x.cfg.Dim), make([]float32, x.cfg.Dim)
	x.eachOf(likenessFrom, func(slot uint32) {
		v := x.values(slot, own)
		values, length := b.place(v)
		for _, to := range x.list(slot, 0).slots() {
			w := x.values(to, other)
			others, far := b.place(w)
			across := across(length) * across(far)
			all = append(all, (simd.Dot(v, w)-simd.Dot(values[:], others[:]))/max(across, 1e-6))
		}
	})
	if len(all) == 0 {
		return 1
	}
	slices.Sort(all)
	return min(max(0, all[len(all)-1-len(all)/1000]), 1)
}

// sampleVectors returns the vectors of up to n nodes, or a few more (n, Dim).
func (x *Index) sampleVectors(n int) (vectors []float32) {
	buf := make([]float32, x.cfg.Dim)
	x.eachOf(n, func(slot uint32) { vectors = append(vectors, x.values(slot, buf)...) })
	return vectors
}

// eachOf calls f for about n nodes, evenly from all of them, and for all if they are fewer.
func (x *Index) eachOf(n int, f func(slot uint32)) {
	step, passed := max(1, x.count()/n), 0
	for slot := range uint32(x.slots) {
		if !x.exists(slot) {
			continue
		}
		if passed%step == 0 {
			f(slot)
		}
		passed++
	}
}

// meanAcross is the mean squared length of nodes across a basis.
func (x *Index) meanAcross(b *basis) float32 {
	n, sum := 0, float32(0)
	buf := make([]float32, x.cfg.Dim)
	x.eachOf(256, func(slot uint32) {
		_, length := b.place(x.values(slot, buf))
		n, sum = n+1, sum+max(0, 1-length*length)
	})
	return sum / float32(n)
}

func normals(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// transposed returns the columns of rows of n.
func transposed(rows []float32, n int) []float32 {
	m, out := len(rows)/n, make([]float32, len(rows))
	for i, v := range rows {
		out[i%n*m+i/n] = v
	}
	return out
}

// orthonormal is the modified Gram-Schmidt process (Golub and Van Loan, section
// 5.2.8) on rows of dim, each done twice, since float32 leaves too much after once.
func orthonormal(rows []float32, dim int) {
	for i := 0; i < len(rows); i += dim {
		v := rows[i : i+dim]
		for range 2 {
			for j := 0; j < i; j += dim {
				u := rows[j : j+dim]
				along := simd.Dot(u, v)
				for k := range v {
					v[k] -= along * u[k]
				}
			}
			simd.Scale(v, 1/max(float32(math.Sqrt(float64(simd.Dot(v, v)))), 1e-20))
		}
	}
}

// encode is the saved form of a basis: likeness, scale, and codes without what fills them up.
func (b *basis) encode() []byte {
	out := make([]byte, 0, 8+alongDims*b.stride+4) // with a checksum
	out = binary.LittleEndian.AppendUint32(out, math.Float32bits(b.likeness))
	out = binary.LittleEndian.AppendUint32(out, math.Float32bits(b.scale))
	for i := range alongDims {
		for _, c := range b.row(i)[:len(b.columns)] {
			out = append(out, byte(c))
		}
	}
	return out
}

// decodeBasis returns a saved basis.
func decodeBasis(saved []byte, dim int) (*basis, error) {
	if len(saved) != 8+alongDims*dim {
		return nil, fmt.Errorf("%w: %d bytes for a basis", ErrCorrupt, len(saved))
	}
	codes := make([]int8, alongDims*dim)
	for i, c := range saved[8:] {
		codes[i] = int8(c)
	}
	likeness, scale := math.Float32frombits(binary.LittleEndian.Uint32(saved)), math.Float32frombits(binary.LittleEndian.Uint32(saved[4:]))
	if !(likeness >= 0 && likeness <= 1 && scale >= 0 && scale <= 1) {
		return nil, fmt.Errorf("%w: a basis with likeness %g, in steps of %g", ErrCorrupt, likeness, scale)
	}
	b := basisOf(codes, dim, scale)
	b.likeness = likeness
	return b, nil
}
