package vectors

import (
	"math"
	"math/rand/v2"
)

// Planted returns n vectors of a dimension, of which a share are edits of others:
// groups of 2 to 20 (and one of 200) lie around vectors of a set, each member
// turned away from its original by an angle with a cosine between least and 1.
// The rest is the set's own. The order is random.
func (s Set) Planted(seed uint64, n, dim int, share float64, least float32) [][]float32 {
	base, _ := s.Make(seed, n, 0, dim)
	r := rand.New(rand.NewPCG(seed, 1))
	for i, end := 0, int(share*float64(n)); i < end; {
		size := 2 + r.IntN(19)
		if i == 0 {
			size = 200
		}
		group := base[i:min(i+size, end)]
		for j := range group[1:] {
			group[1+j] = turned(r, group[0], 1-r.Float64()*float64(1-least))
		}
		i += len(group)
	}
	r.Shuffle(n, func(i, j int) { base[i], base[j] = base[j], base[i] })
	return base
}

// turned returns a unit vector with a cosine to v, in a random direction from it.
func turned(r *rand.Rand, v []float32, cosine float64) []float32 {
	away := make([]float32, len(v))
	var along float64
	for i := range away {
		away[i] = float32(r.NormFloat64())
		along += float64(away[i]) * float64(v[i])
	}
	for i := range away {
		away[i] -= float32(along) * v[i] // orthogonal to v now
	}
	unit(away)
	sine := math.Sqrt(max(0, 1-cosine*cosine))
	for i := range away {
		away[i] = float32(cosine)*v[i] + float32(sine)*away[i]
	}
	unit(away)
	return away
}
