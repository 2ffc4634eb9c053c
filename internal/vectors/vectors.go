// Package vectors makes sets of unit vectors from a seed, for the tests and
// benchmarks of the index: they are distributed as the project's reference sets
// are, but can be made anywhere.
//
//	cluster centre (latent) + within * noise ──lift──► 768 values + noise ──► unit length
package vectors

import (
	"math"
	"math/rand/v2"
)

// Set is a distribution of vectors.
type Set struct {
	clusters, latent int
	within, noise    float64
	copies           float64 // share of base vectors that are exact copies of others
}

// The sets that indexes are compared on.
var (
	Clustered = Set{clusters: 500, latent: 60, within: 0.6, noise: 0.1}              // what tidy embeddings look like
	Hard      = Set{clusters: 2000, latent: 96, within: 0.9, noise: 0.25}            // overlapping: high local intrinsic dimension
	Copies    = Set{clusters: 500, latent: 60, within: 0.6, noise: 0.1, copies: 0.3} // groups of 2 to 500 identical vectors
)

// Make returns n base vectors and some queries of a dimension, as rows.
func (s Set) Make(seed uint64, n, queries, dim int) (base, query [][]float32) {
	g := &generator{Set: s, r: rand.New(rand.NewPCG(seed, 0)), dim: dim}
	g.centres = g.normals(s.clusters, s.latent, 1)
	g.lift = g.normals(s.latent, dim, 1/math.Sqrt(float64(s.latent)))
	base = g.draw(n)
	g.copySome(base)
	return base, g.draw(queries)
}

// Bursts returns groups of size near-identical vectors, one group after the
// other, and some queries from each: random unit vectors, of which every
// coordinate is moved by normal noise of a spread.
func Bursts(seed uint64, groups, size, queries, dim int, spread float64) (base, query [][]float32) {
	g := &generator{r: rand.New(rand.NewPCG(seed, 0))}
	for _, centre := range g.normals(groups, dim, 1) {
		unit(centre)
		group := g.normals(size+queries, dim, spread)
		for _, v := range group {
			for i := range v {
				v[i] += centre[i]
			}
			unit(v)
		}
		base, query = append(base, group[:size]...), append(query, group[size:]...)
	}
	return base, query
}

type generator struct {
	Set
	r             *rand.Rand
	dim           int
	centres, lift [][]float32
}

func (g *generator) normals(rows, columns int, scale float64) [][]float32 {
	out := make([][]float32, rows)
	for i := range out {
		out[i] = make([]float32, columns)
		for j := range out[i] {
			out[i][j] = float32(g.r.NormFloat64() * scale)
		}
	}
	return out
}

func (g *generator) draw(n int) [][]float32 {
	out := g.normals(n, g.dim, g.noise)
	for _, v := range out {
		centre := g.centres[g.r.IntN(g.clusters)]
		for l, c := range centre {
			z := c + float32(g.within*g.r.NormFloat64())
			for j, w := range g.lift[l] {
				v[j] += z * w
			}
		}
		unit(v)
	}
	return out
}

// copySome overwrites a share of the vectors with copies, in groups whose sizes
// have a long tail, and shuffles.
func (g *generator) copySome(base [][]float32) {
	for i, end := 0, int(g.copies*float64(len(base))); i < end; {
		pareto := math.Pow(1-g.r.Float64(), -1/1.2) - 1
		group := min(int(pareto*2)+2, 500, end-i+1)
		for j := range group {
			base[i+j] = base[i]
		}
		i += group
	}
	g.r.Shuffle(len(base), func(i, j int) { base[i], base[j] = base[j], base[i] })
}

func unit(v []float32) {
	var squares float64
	for _, x := range v {
		squares += float64(x) * float64(x)
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / math.Sqrt(squares))
	}
}
