package classify

import (
	"context"
	"math"
	"slices"
)

// Options of Train and CrossValidate. The zero value is what both are measured with.
type Options struct {
	Seed     uint64
	Progress func(done, of int) // fits; may be nil
}

func (o Options) tell(done, of int) {
	if o.Progress != nil {
		o.Progress(done, of)
	}
}

// HoldoutShare is how much of each label is kept aside to choose lambda by.
const HoldoutShare = 0.2

// lambdas are the strengths of regularisation that Train tries, strongest first: each fit starts where the one before
// ended.
var lambdas = []float64{1e-1, 1e-2, 1e-3, 1e-4, 1e-5}

// Try is one lambda, and how the fit with it did on the validation part.
type Try struct {
	Lambda   float64 `json:"lambda"`
	Accuracy float64 `json:"accuracy"`
	Loss     float64 `json:"loss"` // mean cross-entropy, natural logarithm
}

// Training is a probe and how it came to be.
type Training struct {
	Probe    *Probe
	Lambda   float64 // the one that did best
	Tries    []Try
	Trained  int    // vectors in the training part
	Report   Report // of the fit with Lambda, on the validation part
	AllSteps int    // fits that were made
}

// Train fits a probe for every lambda to four fifths of each label, takes the lambda that does best on the others (by
// accuracy, then by loss, then the stronger), and fits again with it to all of the set. The report is about the fit that
// had not seen the validation part.
func Train(ctx context.Context, set *Set, o Options) (*Training, error) {
	train, validate, err := set.Holdout(HoldoutShare, o.Seed)
	if err != nil {
		return nil, err
	}
	t := &Training{Trained: len(train), AllSteps: len(lambdas) + 1}
	var params, best []float64
	for i, lambda := range lambdas {
		o.tell(i, t.AllSteps)
		if params, err = fit(ctx, set, train, lambda, params); err != nil {
			return nil, err
		}
		try, report := judge(set, newProbe(set.Classes, set.Dim, params), validate)
		try.Lambda = lambda
		if i == 0 || try.better(t.Tries) {
			t.Lambda, t.Report, best = lambda, report, slices.Clone(params)
		}
		t.Tries = append(t.Tries, try)
	}
	o.tell(len(lambdas), t.AllSteps)
	if params, err = fit(ctx, set, set.without(nil), t.Lambda, best); err != nil {
		return nil, err
	}
	o.tell(t.AllSteps, t.AllSteps)
	t.Probe = newProbe(set.Classes, set.Dim, params)
	return t, nil
}

// better is whether a try did better than all before it.
func (t Try) better(before []Try) bool {
	return !slices.ContainsFunc(before, func(b Try) bool {
		return b.Accuracy > t.Accuracy || b.Accuracy == t.Accuracy && b.Loss <= t.Loss //nolint:staticcheck // shares of one count
	})
}

// judge has a probe predict vectors that it was not trained on.
func judge(set *Set, p *Probe, rows []int) (Try, Report) {
	tally := NewTally(set.Classes)
	loss := 0.0
	for _, i := range rows {
		predictions := p.Predict(set.Vector(i))
		tally.Add(set.Labels[i], predictions)
		for _, q := range predictions {
			if slices.Contains(set.Labels[i], q.Label) {
				loss -= math.Log(max(q.Share, math.SmallestNonzeroFloat64)) / float64(len(set.Labels[i]))
			}
		}
	}
	report := tally.Report()
	return Try{Accuracy: report.Accuracy, Loss: loss / float64(len(rows))}, report
}

// CrossValidate predicts every vector by a probe that was trained with lambda on the other folds. With as many folds as
// vectors it is leave-one-out.
func CrossValidate(ctx context.Context, set *Set, lambda float64, folds int, o Options) (Report, error) {
	parts := set.Folds(folds, o.Seed)
	tally := NewTally(set.Classes)
	o.tell(0, len(parts)+1)
	// Without a few vectors the minimum is near the one with them, so each fit starts there. The loss is convex: where it
	// starts does not decide where it ends.
	start, err := fit(ctx, set, set.without(nil), lambda, nil)
	if err != nil {
		return Report{}, err
	}
	for i, part := range parts {
		o.tell(i+1, len(parts)+1)
		params, err := fit(ctx, set, set.without(part), lambda, start)
		if err != nil {
			return Report{}, err
		}
		probe := newProbe(set.Classes, set.Dim, params)
		for _, row := range part {
			tally.Add(set.Labels[row], probe.Predict(set.Vector(row)))
		}
	}
	return tally.Report(), nil
}
