package whiten

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// least is the least variance that a direction counts with, as a share of the greatest: DINO's own guard against a
// division by nothing, beneath the shrinkage.
const least = 1e-5

// Learn makes the whitening of different vectors of one length, of which there should be as many as Needs says. ErrTooFew when
// they do not vary.
func Learn(vectors [][]float32) (*Whitening, error) {
	n := len(vectors)
	if n < 2 || len(vectors[0]) == 0 {
		return nil, fmt.Errorf("%w: %d", ErrTooFew, n)
	}
	dim := len(vectors[0])
	for i, v := range vectors {
		if len(v) != dim {
			return nil, fmt.Errorf("%w: vector %d has %d numbers, the first has %d", ErrVector, i, len(v), dim)
		}
	}
	mean := meanOf(vectors, dim)
	covariance, fourth := covarianceOf(vectors, mean)
	variances, directions, err := decompose(covariance)
	if err != nil {
		return nil, err
	}
	if err := shrink(variances, n, fourth); err != nil {
		return nil, err
	}
	w := &Whitening{dim: dim, learned: n, mean: make([]float32, dim), rows: make([]float32, dim*dim)}
	for i, x := range mean {
		w.mean[i] = float32(x)
	}
	for i := range dim { // eigenvalues ascend; the largest comes first here
		from := dim - 1 - i
		scale := 1 / math.Sqrt(variances[from])
		for j := range dim {
			w.rows[i*dim+j] = float32(scale * directions.At(j, from))
		}
	}
	return w, nil
}

func meanOf(vectors [][]float32, dim int) []float64 {
	mean := make([]float64, dim)
	for _, v := range vectors {
		for j, x := range v {
			mean[j] += float64(x)
		}
	}
	for j := range mean {
		mean[j] /= float64(len(vectors))
	}
	return mean
}

// covarianceOf gives the mean of x x^T over the centred vectors x, and the mean of |x|^4.
func covarianceOf(vectors [][]float32, mean []float64) (covariance *mat.SymDense, fourth float64) {
	const together = 256 // vectors in one product, so that memory does not grow with their number
	n, dim := float64(len(vectors)), len(mean)
	covariance = mat.NewSymDense(dim, nil)
	columns := mat.NewDense(dim, together, nil)
	for from := 0; from < len(vectors); from += together {
		columns.Zero()
		for i, v := range vectors[from:min(from+together, len(vectors))] {
			squares := 0.0
			for j, x := range v {
				centred := float64(x) - mean[j]
				columns.Set(j, i, centred)
				squares += centred * centred
			}
			fourth += squares * squares / n
		}
		covariance.SymRankK(covariance, 1/n, columns)
	}
	return covariance, fourth
}

// decompose gives eigenvalues, ascending, and eigenvectors as columns.
func decompose(m *mat.SymDense) ([]float64, *mat.Dense, error) {
	var eigen mat.EigenSym
	if !eigen.Factorize(m, true) {
		return nil, nil, fmt.Errorf("%w: what they vary by cannot be decomposed", ErrVector)
	}
	var directions mat.Dense
	eigen.VectorsTo(&directions)
	return eigen.Values(nil), &directions, nil
}

// shrink draws the variances (ascending) towards their mean. By how much is the share of their spread that is expected of n
// vectors by chance alone: Ledoit and Wolf's b^2 / d^2, of which all terms follow from the variances and the mean of |x|^4.
func shrink(variances []float64, n int, fourth float64) error {
	dim, sum, squares := float64(len(variances)), 0.0, 0.0
	for _, v := range variances {
		sum += v
		squares += v * v
	}
	mean := sum / dim
	chance := (fourth - squares) / float64(n)
	spread := squares - dim*mean*mean
	share := 1.0
	if spread > 0 {
		share = min(1, max(0, chance)/spread)
	}
	if !(mean > 1e-12) {
		return fmt.Errorf("%w: they do not differ", ErrTooFew)
	}
	for i, v := range variances {
		variances[i] = share*mean + (1-share)*max(v, 0)
	}
	greatest := variances[len(variances)-1]
	for i, v := range variances {
		variances[i] = max(v, least*greatest)
	}
	return nil
}
