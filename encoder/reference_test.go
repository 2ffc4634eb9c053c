package encoder

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"lookalike/internal/simd"
)

// reference is a ViT in float64 and plain loops, written from the paper and not
// from vit.go: what each stage of the fast one must leave in s.x.
type reference struct {
	c Config
	w map[string][]float64
	x [][]float64 // (N, D), the residual stream
}

func newReference(t testing.TB, c Config, seed uint64) *reference {
	r := &reference{c: c, w: map[string][]float64{}}
	for name, x := range seededTensors(t, c, seed) {
		values, err := x.floats()
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			r.w[name] = append(r.w[name], float64(v))
		}
	}
	return r
}

// linear is x W^T + b for one row.
func (r *reference) linear(name string, x []float64) []float64 {
	bias, weight := r.w[name+".bias"], r.w[name+".weight"]
	out := make([]float64, len(bias))
	for i := range out {
		out[i] = bias[i]
		for j, v := range x {
			out[i] += v * weight[i*len(x)+j]
		}
	}
	return out
}

func (r *reference) norm(name string, x []float64) []float64 {
	var mean, variance float64
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / float64(len(x))
	}
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = (v-mean)/math.Sqrt(variance+r.c.LayerNormEps)*r.w[name+".weight"][i] + r.w[name+".bias"][i]
	}
	return out
}

// embed is equation 1 of the paper, for the trained grid.
func (r *reference) embed(px Pixels) {
	p, d, pos := r.c.PatchSize, r.c.HiddenSize, r.w["embeddings.position_embeddings"]
	r.x = [][]float64{r.w["embeddings.cls_token"]}
	for top := 0; top < px.Height; top += p {
		for left := 0; left < px.Width; left += p {
			var patch []float64
			for c := range 3 {
				for y := range p {
					for x := range p {
						patch = append(patch, float64(px.Data[(c*px.Height+top+y)*px.Width+left+x]))
					}
				}
			}
			r.x = append(r.x, r.linear("embeddings.patch_embeddings.projection", patch))
		}
	}
	for i, row := range r.x {
		r.x[i] = plus(row, pos[i*d:(i+1)*d])
	}
}

func plus(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] + b[i]
	}
	return out
}

// attend is equation 2. It returns the CLS attention (H, N).
func (r *reference) attend(layer string) (cls []float64) {
	n, d, width := len(r.x), r.c.HiddenSize, r.c.HiddenSize/r.c.NumAttentionHeads
	q, k, v := make([][]float64, n), make([][]float64, n), make([][]float64, n)
	for i, row := range r.x {
		y := r.norm(layer+"layernorm_before", row)
		q[i] = r.linear(layer+"attention.attention.query", y)
		k[i] = r.linear(layer+"attention.attention.key", y)
		v[i] = r.linear(layer+"attention.attention.value", y)
	}
	heads := make([][]float64, n)
	for i := range heads {
		heads[i] = make([]float64, d)
	}
	for h := 0; h < d; h += width {
		for i := range n {
			scores, sum := make([]float64, n), 0.0
			for j := range n {
				for c := h; c < h+width; c++ {
					scores[j] += q[i][c] * k[j][c]
				}
				scores[j] = math.Exp(scores[j] / math.Sqrt(float64(width)))
				sum += scores[j]
			}
			for j := range n {
				scores[j] /= sum
				for c := h; c < h+width; c++ {
					heads[i][c] += scores[j] * v[j][c]
				}
			}
			if i == 0 {
				cls = append(cls, scores...)
			}
		}
	}
	for i := range r.x {
		r.x[i] = plus(r.x[i], r.linear(layer+"attention.output.dense", heads[i]))
	}
	return cls
}

// mlp is equation 3.
func (r *reference) mlp(layer string) {
	for i, row := range r.x {
		hidden := r.linear(layer+"intermediate.dense", r.norm(layer+"layernorm_after", row))
		for j, v := range hidden {
			hidden[j] = v * (1 + math.Erf(v/math.Sqrt2)) / 2
		}
		r.x[i] = plus(row, r.linear(layer+"output.dense", hidden))
	}
}

// flat is the residual stream as one slice.
func (r *reference) flat() (out []float64) {
	for _, row := range r.x {
		out = append(out, row...)
	}
	return out
}

// TestStages compares the residual stream after each stage, for shapes that no
// kernel is made for: odd widths, heads of a few values, patches of one pixel.
func TestStages(t *testing.T) {
	worst := map[string]float64{}
	rapid.Check(t, func(rt *rapid.T) {
		draw := func(name string, most int) int { return rapid.IntRange(1, most).Draw(rt, name) }
		c := tinyConfig()
		c.NumAttentionHeads = draw("heads", 4)
		c.HiddenSize = c.NumAttentionHeads * draw("head width", 17)
		c.NumHiddenLayers, c.IntermediateSize, c.PatchSize = draw("layers", 3), draw("mlp", 40), draw("patch", 9)
		c.ImageSize = c.PatchSize * draw("grid", 5)
		c.LayerNormEps = 1e-6 // a head of width 1 has no variance at all
		compareStages(t, rt, c, draw("cores", 3), uint64(draw("seed", 1000)), worst)
	})
	t.Logf("kernels %s, max error: %v", simd.Level(), worst)
}

func compareStages(t *testing.T, rt *rapid.T, c Config, cores int, seed uint64, worst map[string]float64) {
	e, err := Seeded(c, seed, WithWorkers(1))
	if err != nil {
		rt.Fatal(err)
	}
	defer e.Close()
	m, s, r := &e.vit, &state{}, newReference(t, c, seed)
	a, x := &activations{}, make([]float32, 0, c.HiddenSize)
	check := func(stage string, want []float64) {
		x = x[:0]
		for i := range a.x.M {
			x = append(x, a.x.Row(i)...)
		}
		compareStage(t, rt, worst, stage, x, want)
	}
	px := SeededPixels(0, c.ImageSize, c.ImageSize, seed)
	n := m.reset(a, px)
	// each calls f with the share of each core in turn.
	each := func(things int, f func(part)) {
		for i := range cores {
			w := worker{i, &meeting{size: cores}}
			f(w.share(things))
		}
	}
	r.embed(px)
	each(n, func(rows part) { m.embedPatches(&s.core, a, px, rows) })
	check("patches", r.flat())
	for i := range m.weights.blocks {
		b, cls := &m.weights.blocks[i], make([]float32, c.NumAttentionHeads*n)
		layer := fmt.Sprintf("encoder.layer.%d.", i)
		want := r.attend(layer)
		each(n, func(rows part) { m.project(&s.core, a, b, rows) })
		each(c.NumAttentionHeads, func(heads part) { m.attend(&s.core, a, n, heads, cls) })
		each(n, func(rows part) { m.gather(&s.core, a, b, rows) })
		compareStage(t, rt, worst, "CLS attention", cls, want)
		check("attention", r.flat())
		r.mlp(layer)
		each(n, func(rows part) { m.mlp(&s.core, a, b, rows) })
		check("MLP", r.flat())
	}
}

func compareStage(t *testing.T, rt *rapid.T, worst map[string]float64, stage string, got []float32, want []float64) {
	d := maxError(t, got, want)
	worst[stage] = max(worst[stage], d)
	if !(d <= 1e-4) {
		rt.Fatalf("%s is off by %g", stage, d)
	}
}
