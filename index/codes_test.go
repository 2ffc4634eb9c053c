package index

import (
	"math"
	"testing"

	"lookalike/internal/simd"
	"lookalike/internal/testutil"
	"lookalike/internal/vectors"
)

// Scores by codes are near the cosine, equal from both sides, and exact where
// nodes are nearly equal; the largest error is printed.
func TestScore(t *testing.T) {
	testutil.NotUnderRace(t)
	for _, dim := range []int{3, 32, 64, 192, 768} {
		base, _ := vectors.Clustered.Make(5, 200, 1, dim)
		burst, _ := vectors.Bursts(6, 2, 50, 0, dim, 0.001)
		base = append(base, burst...)
		x := build(t, base)
		worst := 0.0
		for a := range uint32(x.Nodes()) {
			for b := range uint32(x.Nodes()) {
				got, exact := x.score(a, b), simd.Dot(base[a], base[b])
				worst = max(worst, math.Abs(float64(got-exact)))
				if got != x.score(b, a) || exact > nearlyOne+0.01 && got != rounded(exact) {
					t.Fatalf("dim %d: score(%d, %d) = %v, back %v, exact %v", dim, a, b, got, x.score(b, a), exact)
				}
			}
		}
		t.Logf("dim %d: scores are off by at most %.2g", dim, worst)
		if !(worst <= 0.01) {
			t.Errorf("dim %d: off by %g", dim, worst)
		}
	}
}

// Scores of results are exact cosines, whatever a walk compared.
func TestResultsAreExact(t *testing.T) {
	testutil.NotUnderRace(t)
	base, queries := vectors.Hard.Make(7, exactBelow+500, 50, 64)
	x := build(t, base)
	for _, q := range queries {
		found, err := x.Search(q, 10, 64, nil)
		if err != nil || len(found) != 10 {
			t.Fatalf("%d results, %v", len(found), err)
		}
		for _, r := range found {
			if want := simd.Dot(q, base[r.ID]); r.Score != want {
				t.Fatalf("id %d scores %v, want %v", r.ID, r.Score, want)
			}
		}
	}
}
