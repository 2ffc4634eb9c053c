package index

import (
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"lookalike/internal/simd"
	"lookalike/internal/vectors"
)

// TestSoakAcross adds noise to vectors, and so length across any basis: split codes find what plain ones do.
func TestSoakAcross(t *testing.T) {
	if os.Getenv("LOOKALIKE_SOAK") == "" {
		t.Skip("LOOKALIKE_SOAK is not set")
	}
	const n, dim = 20_000, 768
	for _, noise := range []float32{0, 0.3, 0.6, 0.8, 1} {
		base, queries := vectors.Hard.Make(77, n, 300, dim)
		r := rand.New(rand.NewPCG(9, 9))
		for _, v := range append(base, queries...) {
			add := normals(r, dim)
			for i := range v {
				v[i] += noise * add[i] / float32(math.Sqrt(dim))
			}
			simd.Scale(v, 1/float32(math.Sqrt(sumOfSquares(v))))
		}
		recalls := map[string]float64{}
		for _, codes := range []string{"plain", "split"} {
			x, err := New(Config{Dim: dim, Seed: 1, Source: rows(base)})
			if err != nil {
				t.Fatal(err)
			}
			if codes == "plain" {
				x.learnAt = math.MaxInt
			}
			start := time.Now()
			for i, v := range base {
				if err := x.Add(uint64(i), v); err != nil {
					t.Fatal(err)
				}
			}
			add := time.Since(start) / n
			if b := x.basis(); b != nil {
				t.Logf("noise %v: %.2f across, likeness %.3f", noise, x.meanAcross(b), b.likeness)
			}
			for _, ef := range []int{16, 32, 64} {
				recalls[codes] = recall(t, x, queries, 10, ef) // of the last
				t.Logf("noise %v, %s: an add %v; ef %d: recall@10 %.4f, %v", noise, codes, add, ef, recalls[codes], queryTime(t, x, queries, ef))
			}
		}
		if !(recalls["split"] >= recalls["plain"]-0.005) {
			t.Errorf("noise %v: recall@10 %.4f, and %.4f of plain codes", noise, recalls["split"], recalls["plain"])
		}
	}
}

// queryTime is the mean time of a search, in the best of five rounds.
func queryTime(t *testing.T, x *Index, queries [][]float32, ef int) time.Duration {
	t.Helper()
	best := time.Hour
	for range 5 {
		start := time.Now()
		for _, q := range queries {
			if _, err := x.Search(q, 10, ef, nil); err != nil {
				t.Fatal(err)
			}
		}
		best = min(best, time.Since(start)/time.Duration(len(queries)))
	}
	return best
}
