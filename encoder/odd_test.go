package encoder

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"lookalike/internal/simd"
)

// TestOddModels: shapes that no kernel is made for, in every precision, stay
// near float32, and any number of cores gives the same bits.
func TestOddModels(t *testing.T) {
	worst := map[Precision]float64{}
	rapid.Check(t, func(rt *rapid.T) {
		draw := func(name string, least, most int) int { return rapid.IntRange(least, most).Draw(rt, name) }
		c := tinyConfig()
		c.NumAttentionHeads = draw("heads", 1, 4)
		c.HiddenSize = c.NumAttentionHeads * draw("head width", 8, 37)
		c.NumHiddenLayers, c.IntermediateSize, c.PatchSize = draw("layers", 1, 2), draw("mlp", 1, 130), draw("patch", 1, 15)
		c.ImageSize, c.QKVBias = c.PatchSize*draw("grid", 1, 5), draw("bias", 0, 1) == 1
		side := func(name string) int { return c.PatchSize*draw(name, 1, 8) + draw("rest of "+name, 0, c.PatchSize-1) }
		px := SeededPixels(0, side("height"), side("width"), 1)
		want := oddOutput(t, c, Float32, 1, px)
		for _, p := range []Precision{Float16, BFloat16, Int8} {
			one, many := oddOutput(t, c, p, 1, px), oddOutput(t, c, p, draw("cores", 2, 5), px)
			if !slices.Equal(one.Tokens, many.Tokens) || !slices.Equal(one.CLSAttention, many.CLSAttention) {
				rt.Fatalf("%s: another number of cores, another result", p)
			}
			d := relative(one.Tokens, want.Tokens)
			worst[p] = max(worst[p], d)
			// LayerNorm over a few values makes rounding large: what is wrong is off by about 1.
			if !(d <= map[Precision]float64{Float16: 1e-2, BFloat16: 1e-2, Int8: 5e-2}[p]) {
				rt.Errorf("%s: off by %g", p, d)
			}
		}
	})
	t.Logf("kernels %s, squared error at most: %v", simd.Level(), worst)
}

// relative is |got-want|^2 / |want|^2.
func relative(got, want []float32) float64 {
	var difference, size float64
	for i, v := range want {
		d := float64(got[i]) - float64(v)
		difference, size = difference+d*d, size+float64(v)*float64(v)
	}
	return difference / size
}

func oddOutput(t *testing.T, c Config, p Precision, workers int, px Pixels) Output {
	t.Helper()
	e, err := Seeded(c, 5, WithPrecision(p), WithWorkers(workers))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	out, err := e.Forward(t.Context(), px)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
