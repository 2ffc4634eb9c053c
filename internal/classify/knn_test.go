package classify

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var near = cmpopts.EquateApprox(0, 1e-12)

// TestVote compares with the formula written out: exp(s/T) each.
func TestVote(t *testing.T) {
	e := func(s, temperature float64) float64 { return math.Exp(s / temperature) }
	for name, tt := range map[string]struct {
		near        []Neighbour
		temperature float64
		want        []Prediction
	}{
		"nobody": {nil, 0.07, []Prediction{}},
		"one":    {[]Neighbour{{0.5, []int32{3}}}, 0.07, []Prediction{{3, 1}}},
		"two against a nearer one": {[]Neighbour{{0.5, []int32{1}}, {0.25, []int32{2}}, {0.25, []int32{2}}}, 1,
			[]Prediction{{2, 2 * e(0.25, 1) / (e(0.5, 1) + 2*e(0.25, 1))}, {1, e(0.5, 1) / (e(0.5, 1) + 2*e(0.25, 1))}}},
		"a low temperature": {[]Neighbour{{0.5, []int32{1}}, {0.25, []int32{2}}, {0.25, []int32{2}}}, 0.07,
			[]Prediction{{1, e(0.5, 0.07) / (e(0.5, 0.07) + 2*e(0.25, 0.07))}, {2, 2 * e(0.25, 0.07) / (e(0.5, 0.07) + 2*e(0.25, 0.07))}}},
		"too low for exp":    {[]Neighbour{{0.5, []int32{1}}, {-1, []int32{2}}}, 1e-4, []Prediction{{1, 1}, {2, 0}}},
		"equal go by label":  {[]Neighbour{{0.5, []int32{9}}, {0.5, []int32{2}}}, 0.07, []Prediction{{2, 0.5}, {9, 0.5}}},
		"two labels at once": {[]Neighbour{{0.5, []int32{1, 2}}, {0.5, []int32{2}}}, 0.07, []Prediction{{2, 1}, {1, 0.5}}},
	} {
		if diff := cmp.Diff(tt.want, Vote(tt.near, tt.temperature), near); diff != "" {
			t.Errorf("%s (-want +got): %s", name, diff)
		}
	}
}

// TestVoteProperties: with one label each the shares sum up to 1, and whose neighbours are nearer never loses by it.
func TestVoteProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "neighbours")
		neighbours := make([]Neighbour, n)
		for i := range neighbours {
			neighbours[i] = Neighbour{rapid.Float32Range(-1, 1).Draw(t, "score"), []int32{rapid.Int32Range(0, 5).Draw(t, "label")}}
		}
		temperature := rapid.Float64Range(0.01, 10).Draw(t, "temperature")
		before, sum := Vote(neighbours, temperature), 0.0
		for _, p := range before {
			sum += p.Share
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Fatalf("shares sum up to %v: %v", sum, before)
		}
		neighbours[0].Score = 1
		after := Vote(neighbours, temperature)
		label := neighbours[0].Labels[0]
		if shareOf(after, label) < shareOf(before, label)-1e-9 {
			t.Fatalf("label %d lost by a nearer neighbour: %v, then %v", label, before, after)
		}
	})
}

func shareOf(predictions []Prediction, label int32) float64 {
	for _, p := range predictions {
		if p.Label == label {
			return p.Share
		}
	}
	return 0
}
