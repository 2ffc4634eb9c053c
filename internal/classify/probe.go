package classify

import "math"

// Probe is a linear layer on a vector, and a softmax: the share of label c is proportional to exp(W[c]·v + B[c]).
type Probe struct {
	Classes, Dim int
	W            []float32 // (Classes, Dim)
	B            []float32 // (Classes)
}

// Predict gives all labels with their shares, which sum up to 1, best first.
func (p *Probe) Predict(v []float32) []Prediction {
	logits := make([]float64, p.Classes)
	for c := range logits {
		sum := float64(p.B[c])
		for i, w := range p.W[c*p.Dim : (c+1)*p.Dim] {
			sum += float64(w) * float64(v[i])
		}
		logits[c] = sum
	}
	softmax(logits)
	predictions := make([]Prediction, p.Classes)
	for c, share := range logits {
		predictions[c] = Prediction{int32(c), share}
	}
	return bestFirst(predictions)
}

// softmax turns logits into shares, in place, and gives the logarithm of the sum of their exponentials.
func softmax(logits []float64) float64 {
	top := math.Inf(-1)
	for _, x := range logits {
		top = max(top, x)
	}
	sum := 0.0
	for i, x := range logits {
		logits[i] = math.Exp(x - top)
		sum += logits[i]
	}
	for i := range logits {
		logits[i] /= sum
	}
	return top + math.Log(sum)
}

// newProbe rounds parameters as fit has them, W and then b.
func newProbe(classes, dim int, params []float64) *Probe {
	rounded := make([]float32, len(params))
	for i, x := range params {
		rounded[i] = float32(x)
	}
	return &Probe{Classes: classes, Dim: dim, W: rounded[:classes*dim], B: rounded[classes*dim:]}
}
