package attention

import (
	"cmp"
	"slices"
)

// Share is how much of the attention a mask keeps, as in the paper's figure 4.
const Share = 0.6

// Map is the attention of CLS to the patches. A head's values sum to less than
// 1: the rest is what CLS pays to itself.
type Map struct {
	Values               []float32 // (Heads, Rows, Columns), patches in reading order
	Heads, Rows, Columns int
	Window               Window
}

// Window is where the grid of patches lies in the upright picture, in parts of
// its width and height: 0, 0, 1, 1 is the whole of it. It may reach beyond.
type Window struct {
	Left   float64 `json:"left"`
	Top    float64 `json:"top"`
	Right  float64 `json:"right"`
	Bottom float64 `json:"bottom"`
}

// Head returns one head's values (Rows*Columns), counted from 0.
func (m Map) Head(i int) []float32 {
	n := m.Rows * m.Columns
	return m.Values[i*n : (i+1)*n : (i+1)*n]
}

// Mean averages the heads: (Rows*Columns).
func (m Map) Mean() []float32 {
	sums := make([]float64, m.Rows*m.Columns)
	for i := range m.Heads {
		for j, v := range m.Head(i) {
			sums[j] += float64(v)
		}
	}
	mean := make([]float32, len(sums))
	for j, sum := range sums {
		mean[j] = float32(sum / float64(m.Heads))
	}
	return mean
}

// Mask marks the fewest patches that together hold the given share of what all
// of them hold; of equal ones, the first. It is visualize_attention.py's
// threshold, which sorts the other way and drops what holds 1-share.
func Mask(values []float32, share float64) []bool {
	total, order := 0.0, make([]int, len(values))
	for i, v := range values {
		total += float64(v)
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[b], values[a]) })
	mask, held := make([]bool, len(values)), 0.0
	for _, i := range order {
		if held >= share*total {
			break
		}
		mask[i], held = true, held+float64(values[i])
	}
	return mask
}
