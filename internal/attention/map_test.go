package attention

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestHeads(t *testing.T) {
	m := Map{Values: []float32{0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 12, 13}, Heads: 2, Rows: 2, Columns: 3}
	if diff := cmp.Diff([]float32{8, 9, 10, 11, 12, 13}, m.Head(1)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]float32{4, 5, 6, 7, 8, 10}, m.Mean()); diff != "" {
		t.Error(diff)
	}
	if head := m.Head(0); cap(head) != 6 {
		t.Errorf("an append to head 0 would change head 1: capacity %d", cap(head))
	}
}

func TestMask(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []float32
		share  float64
		want   []bool
	}{
		{"the greatest alone", []float32{1, 8, 1}, 0.6, []bool{false, true, false}},
		{"as many as it takes", []float32{2, 3, 4, 1}, 0.6, []bool{false, true, true, false}},
		{"exactly the share", []float32{4, 2, 2}, 0.5, []bool{true, false, false}},
		{"the first of equal ones", []float32{1, 1, 1, 1}, 0.5, []bool{true, true, false, false}},
		{"all", []float32{1, 2, 1}, 1, []bool{true, true, true}},
		{"nothing for nothing", []float32{1, 2, 1}, 0, []bool{false, false, false}},
		{"no attention", []float32{0, 0}, 0.6, []bool{false, false}},
		{"one patch", []float32{0.3}, 0.6, []bool{true}},
		{"none", nil, 0.6, []bool{}},
	} {
		if diff := cmp.Diff(c.want, Mask(c.values, c.share)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// TestMaskHoldsItsShare: the marked patches hold the share, without any one of
// them they do not, and none that is left out is greater than one of them.
func TestMaskHoldsItsShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.SliceOfN(rapid.IntRange(0, 1000), 1, 60).Draw(t, "values") // sums of whole numbers are exact
		values, total := make([]float32, len(whole)), 0
		for i, n := range whole {
			values[i], total = float32(n), total+n
		}
		percent := rapid.IntRange(1, 100).Draw(t, "percent")
		held, least, out := 0, 1001, -1
		for i, in := range Mask(values, float64(percent)/100) {
			if in {
				held, least = held+whole[i], min(least, whole[i])
			} else {
				out = max(out, whole[i])
			}
		}
		// A percent is no exact float64, so a tie may go either way by one rounding.
		const eps = 1e-9
		need := float64(percent) / 100 * float64(total)
		if !(float64(held) >= need-eps) || total > 0 && !(float64(held-least) < need+eps) {
			t.Fatalf("%d of %d held, %d without the least; asked for %d%%", held, total, held-least, percent)
		}
		if out > least {
			t.Fatalf("%d is left out, %d is in", out, least)
		}
	})
}
