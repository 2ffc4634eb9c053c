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
	// mostAcross is the mean squared length across a basis above which its sketches
	// would rule out too little.
	mostAcross = 0.3
)

// basis is the directions of sketches: sketchDims vectors of length 1 at right angles.
type basis struct {
	codes    []int8 // (sketchDims, stride)
	scales   [sketchDims]float32
	at       [sketchDims]*int8 // in codes
	likeness float32           // of what lies across it of two near nodes: all but one in a thousand have less
}

// newBasis keeps directions (sketchDims, Dim) in codes.
func (x *Index) newBasis(directions []float32) *basis {
	b := x.emptyBasis()
	for i := range sketchDims {
		b.scales[i] = simd.Encode(b.row(i), directions[i*x.cfg.Dim:(i+1)*x.cfg.Dim])
	}
	return b
}

func (x *Index) emptyBasis() *basis {
	b := &basis{codes: make([]int8, sketchDims*x.stride())}
	for i := range b.at {
		b.at[i] = &b.row(i)[0]
	}
	return b
}

func (b *basis) row(i int) []int8 {
	stride := len(b.codes) / sketchDims
	return b.codes[i*stride : (i+1)*stride]
}

// components returns where a vector, in codes, lies along the basis, and how long it is there.
func (b *basis) components(codes []int8, scale float32) (values [sketchDims]float32, length float32) {
	var dots [sketchDims]int32
	simd.DotCodesOf(dots[:], codes, b.at[:])
	for i, d := range dots {
		values[i] = float32(d) * (scale * b.scales[i])
	}
	return values, float32(math.Sqrt(float64(simd.Dot(values[:], values[:]))))
}

// learn returns the basis along which a sample of the nodes is longest, or nil
// where that is not long enough. It is found by subspace iteration (Golub and Van Loan, Matrix
// Computations, section 8.2.4): multiplied by the sample's second moments and made
// orthonormal, a basis turns to where they are largest. Last it is turned in
// its own space at random, so that no component is much larger than the others.
func (x *Index) learn() *basis {
	const n = sketchDims
	dim, r := x.cfg.Dim, rand.New(rand.NewPCG(1, 0))
	sample := x.sampleCodes(learnFrom)
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
	b := x.newBasis(directions)
	if x.meanAcross(b) > mostAcross {
		return nil
	}
	b.likeness = x.likeness(b)
	return b
}

// likeness returns the cosine that what lies across a basis has between nodes and
// those they link to, but for one in a thousand that has more.
func (x *Index) likeness(b *basis) float32 {
	var all []float32
	x.eachOf(likenessFrom, func(slot uint32) {
		values, length := b.components(x.code(slot), x.scale(slot))
		for _, to := range x.list(slot, 0).slots() {
			others, far := b.components(x.code(to), x.scale(to))
			across := across(length) * across(far)
			all = append(all, (x.score(slot, to)-simd.Dot(values[:], others[:]))/max(across, 1e-6))
		}
	})
	if len(all) == 0 {
		return 1
	}
	slices.Sort(all)
	return min(max(0, all[len(all)-1-len(all)/1000]), 1)
}

// sampleCodes returns what the codes of up to n nodes, or a few more, stand for (n, Dim).
func (x *Index) sampleCodes(n int) (vectors []float32) {
	x.eachOf(n, func(slot uint32) {
		scale := x.scale(slot)
		for _, c := range x.code(slot)[:x.cfg.Dim] {
			vectors = append(vectors, float32(c)*scale)
		}
	})
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
	x.eachOf(256, func(slot uint32) {
		_, length := b.components(x.code(slot), x.scale(slot))
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

// encode is the saved form of a basis: likeness, scales, and codes without what fills them up.
func (b *basis) encode(dim int) []byte {
	out := make([]byte, 0, 4+sketchDims*(4+dim)+4) // with a checksum
	out = binary.LittleEndian.AppendUint32(out, math.Float32bits(b.likeness))
	for i, scale := range b.scales {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(scale))
		for _, c := range b.row(i)[:dim] {
			out = append(out, byte(c))
		}
	}
	return out
}

// decodeBasis sets the basis to a saved one.
func (x *Index) decodeBasis(saved []byte) error {
	size := 4 + x.cfg.Dim
	if len(saved) != 4+sketchDims*size {
		return fmt.Errorf("%w: %d bytes for a basis", ErrCorrupt, len(saved))
	}
	b := x.emptyBasis()
	b.likeness, saved = math.Float32frombits(binary.LittleEndian.Uint32(saved)), saved[4:]
	for i := range sketchDims {
		row := saved[i*size : (i+1)*size]
		b.scales[i] = math.Float32frombits(binary.LittleEndian.Uint32(row))
		for j, c := range row[4:] {
			b.row(i)[j] = int8(c)
		}
	}
	x.basis = b
	return nil
}
