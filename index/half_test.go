package index

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// A half is within 1/4096 of the distance, and keeps its order and itself.
func TestHalf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		exponent := rapid.Float64Range(-26, 1).Draw(t, "exponent")
		score := float32(1 - math.Exp2(exponent))
		d := 1 - score
		got := 1 - rounded(score)
		if diff := math.Abs(float64(got - d)); !(diff <= float64(d)/4096+1.0/(1<<24)) {
			t.Fatalf("distance %g became %g", d, got)
		}
		if again := rounded(rounded(score)); again != rounded(score) {
			t.Fatalf("rounded twice: %g, then %g", rounded(score), again)
		}
		nearer := score + rapid.Float32Range(0, 0.1).Draw(t, "nearer")
		if halfOf(nearer) > halfOf(score) {
			t.Fatalf("%g is farther than %g", nearer, score)
		}
	})
}

func TestHalfEnds(t *testing.T) {
	for _, c := range []struct{ score, want float32 }{{1, 1}, {1.0000002, 1}, {-1, -1}, {-1.0000002, -1}, {0, 0}, {0.5, 0.5}, {1 - 1.0/(1<<24), 1 - 1.0/(1<<24)}} {
		if got := rounded(c.score); got != c.want {
			t.Errorf("%g became %g, want %g", c.score, got, c.want)
		}
	}
	for h := half(0); h < far; h++ { // every one there is
		if h.score() < (h + 1).score() {
			t.Fatalf("%d and %d are out of order", h, h+1)
		}
	}
}
