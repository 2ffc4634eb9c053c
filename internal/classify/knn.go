package classify

import (
	"cmp"
	"math"
	"slices"
)

// Defaults of eval_knn.py.
const (
	DefaultK           = 20
	DefaultTemperature = 0.07
)

// Neighbour is a labelled vector near to the one in question.
type Neighbour struct {
	Score  float32 // cosine
	Labels []int32
}

// Prediction is a label and how much speaks for it.
type Prediction struct {
	Label int32
	Share float64 // 0 to 1
}

// Vote lets every neighbour vote for its labels with the weight exp(score/temperature), and gives each label's share of all
// the weight there is, best first. A neighbour with two labels votes for both, so with such the shares may sum up to more
// than 1.
func Vote(near []Neighbour, temperature float64) []Prediction {
	best := math.Inf(-1)
	for _, n := range near {
		best = max(best, float64(n.Score))
	}
	total, votes := 0.0, map[int32]float64{}
	for _, n := range near {
		w := math.Exp((float64(n.Score) - best) / temperature) // relative to the best, or a low temperature overflows
		total += w
		for _, l := range n.Labels {
			votes[l] += w
		}
	}
	predictions := make([]Prediction, 0, len(votes))
	for l, w := range votes {
		predictions = append(predictions, Prediction{l, min(w/total, 1)})
	}
	return bestFirst(predictions)
}

// bestFirst sorts predictions.
func bestFirst(p []Prediction) []Prediction {
	slices.SortFunc(p, func(a, b Prediction) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.Label, b.Label))
	})
	return p
}
