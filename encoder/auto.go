package encoder

import (
	"context"
	"image"
	"math"

	"lookalike/internal/pictures"
)

// fidelity is how far a precision may move an embedding from float32's:
// 1 - cosine. PyTorch's own bfloat16 moves ViT-B/16's by 1.8e-4 to 2.6e-4.
var fidelity = map[Precision]float64{Float16: 3e-4, BFloat16: 3e-4, Int8: 5e-3}

// load reads the weights for a precision. Auto measures, since what a precision
// costs in fidelity is the model's: one with a few huge channels may lose in
// int8 what another keeps.
func load(c Config, p Preprocess, d Descriptor, src source, precision Precision) (*weights, error) {
	if precision != Auto {
		return loadWeights(c, src, precision.arithmetic(c))
	}
	return loadFastest(c, p, d, src, fidelity)
}

// loadFastest returns the weights in the fastest precision that moves the
// embedding of no probe beyond its limit. It is dear, so that its outcome is
// kept with the packed weights.
func loadFastest(c Config, p Preprocess, d Descriptor, src source, limits map[Precision]float64) (*weights, error) {
	exact, err := loadWeights(c, src, Float32.arithmetic(c))
	if err != nil {
		return nil, err
	}
	var want [][]float32
	for _, faster := range []Precision{Int8, BFloat16, Float16} {
		a := faster.arithmetic(c)
		if a.note != "" {
			continue
		}
		if want == nil {
			want = probe(c, p, d, exact)
		}
		w, err := loadWeights(c, src, a)
		if err != nil {
			return nil, err
		}
		if drift(probe(c, p, d, w), want) <= limits[faster] {
			return w, nil
		}
	}
	return exact, nil
}

// probes are pictures that a precision is tried on.
const probes = 4

// probe embeds the probes, as large as what the model was trained for. It
// returns nil when that fails, as where something overflows: no precision holds
// then, and what is wrong the first picture will tell.
func probe(c Config, p Preprocess, d Descriptor, w *weights) [][]float32 {
	e := newEncoder(Model{}, c, p, d, w, 1)
	defer func() { _ = e.Close() }() // it never fails
	images := make([]image.Image, probes)
	for i := range images {
		images[i] = pictures.Make(uint64(i), c.ImageSize, c.ImageSize)
	}
	vectors, err := e.Embed(context.Background(), images...)
	if err != nil {
		return nil
	}
	return vectors
}

// drift is the largest 1 - cosine of two lists of unit vectors: half their
// squared distance, which does not cancel. NaN counts as infinite, and so does
// a list that is not there.
func drift(got, want [][]float32) (worst float64) {
	if got == nil || want == nil {
		return math.Inf(1)
	}
	for i := range got {
		sum := 0.0
		for j, v := range got[i] {
			d := float64(v) - float64(want[i][j])
			sum += d * d
		}
		if math.IsNaN(sum) {
			return math.Inf(1)
		}
		worst = max(worst, sum/2)
	}
	return worst
}
