package classify

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// clouds makes unit vectors around a direction for each label; the wider, the more they overlap.
func clouds(classes, each, dim int, width float64, seed uint64) *Set {
	random := rand.New(rand.NewPCG(seed, 0))
	s := &Set{Classes: classes, Dim: dim}
	for label := range classes {
		for range each {
			v, norm := make([]float32, dim), 0.0
			for i := range v {
				x := width * random.NormFloat64() / math.Sqrt(float64(dim))
				if i == label {
					x++
				}
				v[i] = float32(x)
				norm += x * x
			}
			for i := range v {
				v[i] /= float32(math.Sqrt(norm))
			}
			s.Add(v, int32(label))
		}
	}
	return s
}

// TestGradient compares the slopes with differences of values, for vectors with one label and with two.
func TestGradient(t *testing.T) {
	s := clouds(3, 5, 4, 1, 1)
	s.Labels[2] = []int32{0, 2}
	f := newFitting(s, s.without([]int{7}), 0.01)
	random := rand.New(rand.NewPCG(2, 0))
	x := make([]float64, len(f.grad))
	for i := range x {
		x[i] = random.NormFloat64()
	}
	f.move(x)
	grad := append([]float64(nil), f.grad...)
	const h = 1e-5
	for i := range x {
		at := x[i]
		x[i] = at + h
		f.move(x)
		up := f.value
		x[i] = at - h
		f.move(x)
		x[i] = at
		if slope := (up - f.value) / (2 * h); math.Abs(slope-grad[i]) > 1e-8 {
			t.Errorf("parameter %d: slope %v, gradient %v", i, slope, grad[i])
		}
	}
}

// TestFitBlocks: more vectors than a block, compared with the same vectors one by one.
func TestFitBlocks(t *testing.T) {
	s := clouds(2, fitBlock, 3, 1, 3)
	f := newFitting(s, s.without(nil), 0)
	x := []float64{1, -2, 3, -1, 0.5, 2, 0.1, -0.1}
	f.move(x)
	want := 0.0
	p := &Probe{Classes: 2, Dim: 3, W: []float32{1, -2, 3, -1, 0.5, 2}, B: []float32{0.1, -0.1}}
	for i := range s.Len() {
		want -= math.Log(shareOf(p.Predict(s.Vector(i)), s.Labels[i][0])) / float64(s.Len())
	}
	if math.Abs(f.value-want) > 1e-7 {
		t.Errorf("loss %v, one by one %v", f.value, want)
	}
}

// TestTrain: what can be separated is, what cannot is not, and the report says so.
func TestTrain(t *testing.T) {
	for name, tt := range map[string]struct {
		width     float64
		low, high float64 // accuracy on vectors that were not trained on
	}{"apart": {0.5, 0.99, 1}, "overlapping": {3, 0.55, 0.99}, "noise": {1000, 0, 0.45}} {
		s, fresh := clouds(4, 40, 16, tt.width, 4), clouds(4, 100, 16, tt.width, 5)
		steps := 0
		got, err := Train(t.Context(), s, Options{Progress: func(done, of int) { steps = done*100 + of }})
		if err != nil {
			t.Fatal(err)
		}
		_, report := judge(fresh, got.Probe, fresh.without(nil))
		if report.Accuracy < tt.low || report.Accuracy > tt.high {
			t.Errorf("%s: accuracy on fresh vectors is %.3f, want %v to %v", name, report.Accuracy, tt.low, tt.high)
		}
		if math.Abs(got.Report.Accuracy-report.Accuracy) > 0.2 || got.Report.Examples != 32 || got.Trained != 128 {
			t.Errorf("%s: validation says %.3f of %d, fresh vectors %.3f", name, got.Report.Accuracy, got.Report.Examples, report.Accuracy)
		}
		best := got.Tries[0]
		for _, try := range got.Tries {
			if try.Accuracy > best.Accuracy || try.Accuracy == best.Accuracy && try.Loss < best.Loss {
				best = try
			}
		}
		if got.Lambda != best.Lambda || len(got.Tries) != len(lambdas) || steps != got.AllSteps*101 {
			t.Errorf("%s: lambda %g of %+v, progress %d", name, got.Lambda, got.Tries, steps)
		}
	}
}

// TestTrainIsDeterministic to the bit.
func TestTrainIsDeterministic(t *testing.T) {
	a, err := Train(t.Context(), clouds(5, 150, 96, 2, 6), Options{})
	b, err2 := Train(t.Context(), clouds(5, 150, 96, 2, 6), Options{})
	if diff := cmp.Diff(a, b); diff != "" || errors.Join(err, err2) != nil {
		t.Errorf("two trainings differ: %s, %v", diff, errors.Join(err, err2))
	}
}

// TestCrossValidate: leave-one-out by warm starts is leave-one-out from nothing.
func TestCrossValidate(t *testing.T) {
	s := clouds(3, 12, 8, 2, 7)
	got, err := CrossValidate(t.Context(), s, 1e-3, s.Len(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	tally := NewTally(s.Classes)
	for i := range s.Len() {
		params, err := fit(t.Context(), s, s.without([]int{i}), 1e-3, nil)
		if err != nil {
			t.Fatal(err)
		}
		tally.Add(s.Labels[i], newProbe(s.Classes, s.Dim, params).Predict(s.Vector(i)))
	}
	if diff := cmp.Diff(tally.Report(), got); diff != "" {
		t.Errorf("(-from nothing +warm): %s", diff)
	}
	if got.Accuracy < 0.6 {
		t.Errorf("accuracy is %v", got.Accuracy)
	}
}

func TestTrainEnds(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	s := clouds(3, 12, 8, 2, 7)
	if _, err := Train(ended, s, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("training: %v", err)
	}
	if _, err := CrossValidate(ended, s, 1e-3, 5, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cross-validation: %v", err)
	}
	if _, err := Train(t.Context(), setOf(5), Options{}); !errors.Is(err, ErrTooFew) {
		t.Errorf("one label: %v", err)
	}
}
