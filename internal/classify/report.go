package classify

import (
	"cmp"
	"slices"
)

// Report is how predictions compare with the labels that are known.
type Report struct {
	Examples int     `json:"examples"`
	Right    int     `json:"right"`
	Accuracy float64 `json:"accuracy"` // Right of Examples
	Balanced float64 `json:"balanced"` // mean over the labels of each one's share of right ones
	Majority float64 `json:"majority"` // accuracy of always predicting the most frequent label
	Classes  []Class `json:"classes"`  // by label, those with examples or predictions
	Cells    []Cell  `json:"cells"`    // the confusion matrix without its zeros, by label and then by prediction
}

// Class is a row's sum of the confusion matrix, its diagonal, and the column's sum.
type Class struct {
	Label     int32 `json:"label"`
	Examples  int   `json:"examples"`
	Right     int   `json:"right"`
	Predicted int   `json:"predicted"`
}

// Cell counts the examples of one label that were predicted to be another, or the same.
type Cell struct {
	Label     int32 `json:"label"`
	Predicted int32 `json:"predicted"` // Nothing where there was no prediction
	Count     int   `json:"count"`
}

// Nothing stands for the label where nothing was predicted.
const Nothing int32 = -1

// Tally counts predictions.
type Tally struct {
	cells map[[2]int32]int
	n     int
}

// NewTally begins to count.
func NewTally(classes int) *Tally { return &Tally{cells: make(map[[2]int32]int, classes)} }

// Add counts an example with its labels and what was predicted, of which only the best counts. One with several labels
// counts as the one that was predicted, or else as its first.
func (t *Tally) Add(labels []int32, predictions []Prediction) {
	predicted, label := Nothing, labels[0]
	if len(predictions) > 0 {
		predicted = predictions[0].Label
	}
	if slices.Contains(labels, predicted) {
		label = predicted
	}
	t.cells[[2]int32{label, predicted}]++
	t.n++
}

// Report sums up.
func (t *Tally) Report() Report {
	r := Report{Examples: t.n, Cells: []Cell{}, Classes: []Class{}}
	classes := map[int32]Class{}
	for key, n := range t.cells {
		label, predicted := key[0], key[1]
		r.Cells = append(r.Cells, Cell{label, predicted, n})
		row := classes[label]
		row.Examples += n
		if label == predicted {
			row.Right += n
			r.Right += n
		}
		classes[label] = row
		if predicted != Nothing {
			column := classes[predicted]
			column.Predicted += n
			classes[predicted] = column
		}
	}
	slices.SortFunc(r.Cells, func(a, b Cell) int {
		return cmp.Or(cmp.Compare(a.Label, b.Label), cmp.Compare(a.Predicted, b.Predicted))
	})
	r.summarise(classes)
	return r
}

// summarise fills in what follows from the classes.
func (r *Report) summarise(classes map[int32]Class) {
	most, judged, sum := 0, 0, 0.0
	for label, c := range classes {
		c.Label = label
		r.Classes = append(r.Classes, c)
	}
	slices.SortFunc(r.Classes, func(a, b Class) int { return cmp.Compare(a.Label, b.Label) })
	for _, c := range r.Classes {
		most = max(most, c.Examples)
		if c.Examples > 0 {
			judged++
			sum += float64(c.Right) / float64(c.Examples)
		}
	}
	if r.Examples > 0 {
		r.Accuracy, r.Majority = float64(r.Right)/float64(r.Examples), float64(most)/float64(r.Examples)
		r.Balanced = sum / float64(judged)
	}
}
