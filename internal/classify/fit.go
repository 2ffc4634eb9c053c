package classify

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// fitting is softmax regression on some of a set's vectors. It minimises, over W (classes, dim) and b (classes),
//
//	mean over the vectors v of -sum_c target[c] log softmax(W v + b)[c]  +  lambda/2 |W|^2
//
// where target is 1 at a vector's label, or 1/m at each of m.
type fitting struct {
	set    *Set
	rows   []int // of the set
	lambda float64

	vectors *mat.Dense // (block, dim), as float64
	at      []float64  // parameters that value and gradient are of
	value   float64
	grad    []float64
}

// Limits of a fit: beyond them nothing changes that a validation could see.
const (
	fitBlock     = 512 // vectors at once
	fitSteps     = 300
	fitGradient  = 1e-5 // largest slope of any parameter
	fitEnough    = 1e-7 // relative decrease of the loss that counts as one
	fitPatience  = 5    // steps without
	fitRemembers = 10   // steps whose curvature L-BFGS keeps
)

func newFitting(set *Set, rows []int, lambda float64) *fitting {
	return &fitting{set: set, rows: rows, lambda: lambda, vectors: mat.NewDense(fitBlock, set.Dim, nil),
		grad: make([]float64, set.Classes*(set.Dim+1))}
}

// fit minimises from a start, nil for zeros, and gives W and b. Where the line search finds nothing better any more, it is
// at the minimum as far as float64 can tell.
func fit(ctx context.Context, set *Set, rows []int, lambda float64, start []float64) ([]float64, error) {
	if start == nil {
		start = make([]float64, set.Classes*(set.Dim+1))
	}
	f := newFitting(set, rows, lambda)
	result, err := optimize.Minimize(optimize.Problem{
		Func: func(x []float64) float64 { f.move(x); return f.value },
		Grad: func(grad, x []float64) { f.move(x); copy(grad, f.grad) },
	}, start, &optimize.Settings{
		GradientThreshold: fitGradient, MajorIterations: fitSteps, Recorder: untilDone{ctx},
		Converger: &optimize.FunctionConverge{Relative: fitEnough, Iterations: fitPatience},
	}, &optimize.LBFGS{Store: fitRemembers})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if result == nil || math.IsNaN(result.F) {
		return nil, fmt.Errorf("fit with lambda %g: %w", lambda, err)
	}
	return result.X, nil
}

// untilDone ends a fit with its context.
type untilDone struct{ ctx context.Context }

func (u untilDone) Init() error { return nil }

func (u untilDone) Record(*optimize.Location, optimize.Operation, *optimize.Stats) error {
	return u.ctx.Err()
}

// move computes value and gradient at x, unless it is there already: L-BFGS asks for both, one after the other.
func (f *fitting) move(x []float64) {
	if slices.Equal(f.at, x) {
		return
	}
	f.at = append(f.at[:0], x...)
	weights := mat.NewDense(f.set.Classes, f.set.Dim, f.at[:f.set.Classes*f.set.Dim])
	clear(f.grad)
	f.value = 0
	for block := range slices.Chunk(f.rows, fitBlock) {
		f.addBlock(block, weights)
	}
	n := float64(len(f.rows))
	f.value /= n
	for i := range f.grad {
		f.grad[i] /= n
		if i < f.set.Classes*f.set.Dim { // b is free
			f.grad[i] += f.lambda * x[i]
			f.value += f.lambda / 2 * x[i] * x[i]
		}
	}
}

// addBlock adds the losses of some vectors to value, and their slopes to grad.
func (f *fitting) addBlock(block []int, weights *mat.Dense) {
	set := f.set
	vectors := f.vectors.Slice(0, len(block), 0, set.Dim).(*mat.Dense)
	for r, i := range block {
		row := vectors.RawRowView(r)
		for j, x := range set.Vector(i) {
			row[j] = float64(x)
		}
	}
	var logits mat.Dense // (block, classes), then shares less targets
	logits.Mul(vectors, weights.T())
	b, gradB := f.at[set.Classes*set.Dim:], f.grad[set.Classes*set.Dim:]
	for r, i := range block {
		row := logits.RawRowView(r)
		for c := range row {
			row[c] += b[c]
		}
		f.value += f.residual(row, set.Labels[i])
		for c, x := range row {
			gradB[c] += x
		}
	}
	var slope mat.Dense
	slope.Mul(logits.T(), vectors)
	gradW := mat.NewDense(set.Classes, set.Dim, f.grad[:set.Classes*set.Dim])
	gradW.Add(gradW, &slope)
}

// residual turns logits into shares less targets, and gives the loss.
func (f *fitting) residual(logits []float64, labels []int32) (loss float64) {
	target := 1 / float64(len(labels))
	for _, l := range labels {
		loss -= target * logits[l]
	}
	loss += softmax(logits)
	for _, l := range labels {
		logits[l] -= target
	}
	return loss
}
