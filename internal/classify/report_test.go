package classify

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReport(t *testing.T) {
	tally := NewTally(3)
	for _, e := range []struct {
		labels    []int32
		predicted []int32
	}{
		{[]int32{0}, []int32{0}}, {[]int32{0}, []int32{0, 1}}, {[]int32{0}, []int32{1}}, {[]int32{0}, nil},
		{[]int32{1}, []int32{1}}, {[]int32{1, 2}, []int32{2}}, {[]int32{1, 2}, []int32{0}},
	} {
		var predictions []Prediction
		for _, l := range e.predicted {
			predictions = append(predictions, Prediction{Label: l})
		}
		tally.Add(e.labels, predictions)
	}
	want := Report{
		Examples: 7, Right: 4, Accuracy: 4.0 / 7, Balanced: (0.5 + 0.5 + 1) / 3, Majority: 4.0 / 7,
		Classes: []Class{{0, 4, 2, 3}, {1, 2, 1, 2}, {2, 1, 1, 1}},
		Cells:   []Cell{{0, Nothing, 1}, {0, 0, 2}, {0, 1, 1}, {1, 0, 1}, {1, 1, 1}, {2, 2, 1}},
	}
	if diff := cmp.Diff(want, tally.Report(), near); diff != "" {
		t.Errorf("(-want +got): %s", diff)
	}
	if diff := cmp.Diff(Report{Classes: []Class{}, Cells: []Cell{}}, NewTally(0).Report()); diff != "" {
		t.Errorf("of nothing (-want +got): %s", diff)
	}
}
