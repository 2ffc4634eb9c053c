package encoder

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"lookalike/internal/imageio"
	"lookalike/internal/simd"
	"lookalike/internal/testutil"
)

// The oracle is a float64 ViT (testdata/README.md); these tests print the
// largest error they see, so that a slow drift is seen before it fails.

// readGolden reads a JSON file of testdata.
func readGolden[T any](t testing.TB, name string) (v T) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// maxError is the largest |got-want|; NaN counts as infinite.
func maxError(t testing.TB, got []float32, want []float64) (worst float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d values, want %d", len(got), len(want))
	}
	for i := range got {
		d := math.Abs(float64(got[i]) - want[i])
		if !(d <= worst) {
			worst = d
		}
		if math.IsNaN(d) {
			return math.Inf(1)
		}
	}
	return worst
}

// cosineError is 1 - cosine, in float64, without cancellation: half the
// squared distance of the unit vectors.
func cosineError(got []float32, want []float64) float64 {
	var gg, ww float64
	for i := range got {
		gg += float64(got[i]) * float64(got[i])
		ww += want[i] * want[i]
	}
	var sum float64
	for i := range got {
		d := float64(got[i])/math.Sqrt(gg) - want[i]/math.Sqrt(ww)
		sum += d * d
	}
	return sum / 2
}

type tinyGolden struct {
	Seed  uint64
	Cases []struct {
		Height, Width   int
		LastHiddenState []float64 `json:"last_hidden_state"`
		CLSAttention    []float64 `json:"cls_attention"`
		Embedding       []float64
	}
}

func TestGoldenTiny(t *testing.T) {
	e, err := Open("testdata/tiny")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	golden := readGolden[tinyGolden](t, "tiny/golden.json")
	var tokens, attention, embedding float64
	for _, c := range golden.Cases {
		size := len(c.LastHiddenState) / 2
		heads := len(c.CLSAttention) / 2
		for k := range 2 {
			px := SeededPixels(k, c.Height, c.Width, golden.Seed)
			out, err := e.Forward(t.Context(), px)
			if err != nil {
				t.Fatal(err)
			}
			tokens = max(tokens, maxError(t, out.Tokens, c.LastHiddenState[k*size:(k+1)*size]))
			attention = max(attention, maxError(t, out.CLSAttention, c.CLSAttention[k*heads:(k+1)*heads]))
			v := embedPixels(t, e, px)
			embedding = max(embedding, cosineError(v, c.Embedding[k*out.D:(k+1)*out.D]))
		}
	}
	t.Logf("kernels %s, max error: tokens %.2g, attention %.2g, 1 - cosine %.2g", simd.Level(), tokens, attention, embedding)
	if !(tokens <= 2e-5) || !(attention <= 2e-5) || !(embedding <= 1e-9) {
		t.Error("beyond 2e-5 (tokens, attention) or 1e-9 (embedding)")
	}
}

type fullGolden struct {
	Seed        uint64
	FirstValues map[string][]float64 `json:"first_values"`
	FirstPixels []float64            `json:"first_pixels"`
	Cases       []struct {
		Height, Width  int
		CLS, Embedding [][]float64
		LastPatchToken []float64 `json:"last_patch_token_of_image_0"`
		CLSAttention   []float64 `json:"cls_attention_head_0_of_image_0"`
	}
}

func TestGoldenViTB16(t *testing.T) {
	golden := readGolden[fullGolden](t, "vitb16.json")
	checkGenerator(t, golden)
	generic := simd.Level() == "generic" // seconds per image
	if testing.Short() || generic && testutil.Race {
		t.Skip("skipped: full-size ViT-B/16 (-short, or no assembly under the race detector)")
	}
	e, err := Seeded(ViTB16(), golden.Seed)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var cls, embedding, patch, attention float64
	for _, c := range golden.Cases {
		for k := range c.CLS {
			px := SeededPixels(k, c.Height, c.Width, golden.Seed)
			out, err := e.Forward(t.Context(), px)
			if err != nil {
				t.Fatal(err)
			}
			cls = max(cls, maxError(t, out.Tokens[:out.D], c.CLS[k]))
			if k == 0 {
				patch = max(patch, maxError(t, out.Tokens[(out.N-1)*out.D:], c.LastPatchToken))
				attention = max(attention, maxError(t, out.CLSAttention[:out.N], c.CLSAttention))
			}
			v := embedPixels(t, e, px)
			embedding = max(embedding, cosineError(v, c.Embedding[k]))
			if generic {
				break // one image of each size
			}
		}
	}
	t.Logf("kernels %s, max error: CLS %.2g, last patch %.2g, attention %.2g, 1 - cosine %.2g", simd.Level(), cls, patch, attention, embedding)
	if !(cls <= 5e-5) || !(patch <= 5e-5) || !(attention <= 2e-5) || !(embedding <= 1e-9) {
		t.Error("beyond 5e-5 (CLS, patch), 2e-5 (attention) or 1e-9 (embedding)")
	}
}

// checkGenerator compares the seeded generator with the first values on record.
func checkGenerator(t *testing.T, golden fullGolden) {
	t.Helper()
	src := seededSource{ViTB16(), golden.Seed}
	shapes := map[string][]int{
		"embeddings.cls_token": {768}, "layernorm.weight": {768}, "encoder.layer.11.output.dense.weight": {768, 3072},
	}
	for name, want := range golden.FirstValues {
		got, err := src.read(name, shapes[name]...)
		if err != nil || !(maxError(t, got[:len(want)], want) <= 1e-8) {
			t.Errorf("%s begins with %v, want %v (%v)", name, got[:len(want)], want, err)
		}
	}
	last := golden.Cases[len(golden.Cases)-1]
	px := SeededPixels(0, last.Height, last.Width, golden.Seed)
	if got := px.Data[:len(golden.FirstPixels)]; !(maxError(t, got, golden.FirstPixels) <= 1e-7) {
		t.Errorf("pixels begin with %v, want %v", got, golden.FirstPixels)
	}
}

func TestGoldenPreprocess(t *testing.T) {
	type preprocessCase struct {
		Input, HF, Eval string
		Exact           bool
		UprightSize     [2]int `json:"upright_size"`
	}
	for _, c := range readGolden[[]preprocessCase](t, "preprocess/cases.json") {
		t.Run(c.Input, func(t *testing.T) {
			img := decodeFile(t, filepath.Join("testdata", "preprocess", c.Input))
			if img.Width != c.UprightSize[0] || img.Height != c.UprightSize[1] {
				t.Errorf("upright size %dx%d, want %v", img.Width, img.Height, c.UprightSize)
			}
			comparePicture(t, "hf", HFPreprocess(), img, c.HF, c.Exact)
			comparePicture(t, "eval", EvalPreprocess(), img, c.Eval, c.Exact)
		})
	}
}

// comparePicture holds PNG inputs to equality and JPEG inputs, which decoders
// read differently, to 3 levels at any pixel and 0.5 on average.
func comparePicture(t *testing.T, mode string, p Preprocess, img *imageio.RGB, want string, exact bool) {
	t.Helper()
	got := seen(t, p, img)
	ref := decodeFile(t, filepath.Join("testdata", "preprocess", want))
	if len(got.Pix) != len(ref.Pix) {
		t.Fatalf("%s: %dx%d, want %dx%d", mode, got.Width, got.Height, ref.Width, ref.Height)
	}
	worst, sum := 0, 0
	for i := range got.Pix {
		d := int(got.Pix[i]) - int(ref.Pix[i])
		worst, sum = max(worst, d, -d), sum+max(d, -d)
	}
	mean := float64(sum) / float64(len(got.Pix))
	t.Logf("%s: max %d levels, mean %.4f", mode, worst, mean)
	if exact && worst != 0 || worst > 3 || !(mean <= 0.5) {
		t.Errorf("%s: too far from Pillow's", mode)
	}
}

// seen is the 8-bit picture that reaches the model.
func seen(t testing.TB, p Preprocess, img *imageio.RGB) *imageio.RGB {
	t.Helper()
	pre := newPreprocessor(p)
	if err := pre.frame(img); err != nil {
		t.Fatal(err)
	}
	return &pre.picture
}

func decodeFile(t testing.TB, path string) *imageio.RGB {
	t.Helper()
	data, err := imageio.ReadFile(path, imageio.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	img, _, err := imageio.Decode(path, data, imageio.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// TestGoldenStarter embeds real JPEG pictures; the reference decoded them with
// libjpeg, so this is also the error of our whole path.
func TestGoldenStarter(t *testing.T) {
	photos := testutil.Shared(t, "photos")
	e, err := Starter()
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	data, err := os.ReadFile("starter/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Pictures []struct {
			File      string
			Embedding []float64
		}
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	for _, g := range golden.Pictures {
		v, err := e.Embed(t.Context(), decodeFile(t, filepath.Join(photos, filepath.Base(g.File))))
		if err != nil {
			t.Fatal(err)
		}
		worst = max(worst, cosineError(v[0], g.Embedding))
	}
	t.Logf("%d pictures: 1 - cosine at most %.2g", len(golden.Pictures), worst)
	if !(worst <= 1e-4) {
		t.Error("beyond 1e-4")
	}
}
