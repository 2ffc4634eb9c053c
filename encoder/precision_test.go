package encoder

import (
	"cmp"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lookalike/internal/simd"
	"lookalike/internal/testutil"
)

// Fidelity that is promised: 1 - cosine against float64.
const (
	bfloat16Limit = 3e-4
	int8Limit     = 5e-3
)

// TestGoldenPrecisions holds full-size ViT-B/16 to the float64 oracle.
func TestGoldenPrecisions(t *testing.T) {
	if testing.Short() || testutil.Race {
		t.Skip("skipped: full-size ViT-B/16 (-short or race detector)")
	}
	golden := readGolden[fullGolden](t, "vitb16.json")
	for p, limit := range map[Precision]float64{Float16: bfloat16Limit, BFloat16: bfloat16Limit, Int8: int8Limit} {
		t.Run(string(p), func(t *testing.T) {
			e, err := Seeded(ViTB16(), golden.Seed, WithPrecision(p))
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			worst := 0.0
			for _, c := range golden.Cases {
				for k, want := range c.Embedding {
					d := cosineError(embedPixels(t, e, SeededPixels(k, c.Height, c.Width, golden.Seed)), want)
					t.Logf("%dx%d, image %d: 1 - cosine %.3g", c.Width, c.Height, k, d)
					worst = max(worst, d)
				}
			}
			t.Logf("kernels %s, in use %s %s: 1 - cosine at most %.3g, allowed %g", simd.Level(), e.Precision(), e.PrecisionNote(), worst, limit)
			if !(worst <= limit) {
				t.Errorf("beyond %g", limit)
			}
		})
	}
}

func TestWithPrecision(t *testing.T) {
	if _, err := Starter(WithPrecision("float64")); err == nil || !strings.Contains(err.Error(), "float32, float16, bfloat16, int8, auto") {
		t.Errorf("float64: %v, want an error that lists what there is", err)
	}
	for _, p := range Precisions() {
		e, err := Starter(WithPrecision(p), WithWorkers(1))
		if err != nil {
			t.Fatal(err)
		}
		switch in := e.Precision(); {
		case in == Auto:
			t.Errorf("%s: Precision() = auto", p)
		case p != Auto && in != p && e.PrecisionNote() == "":
			t.Errorf("%s became %s without a note", p, in)
		case in == p && e.PrecisionNote() != "":
			t.Errorf("%s: note %q", p, e.PrecisionNote())
		}
		if err := errors.Join(e.Close()); err != nil {
			t.Error(err)
		}
	}
}

// TestRankingAgreement compares the neighbours that each precision finds among
// real pictures with those of float32: the share of the ten nearest that both
// name, and 1 - cosine of the embeddings.
func TestRankingAgreement(t *testing.T) {
	photos, err := filepath.Glob(filepath.Join(testutil.Shared(t, "photos"), "*.jpg"))
	if err != nil || len(photos) == 0 {
		t.Fatalf("%d photos, %v", len(photos), err)
	}
	embed := func(p Precision) [][]float32 {
		e, err := Starter(WithPrecision(p))
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		var out [][]float32
		for _, photo := range photos {
			v, err := e.Embed(t.Context(), decodeFile(t, photo))
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, v[0])
		}
		return out
	}
	exact := embed(Float32)
	for _, p := range []Precision{Float16, BFloat16, Int8} {
		got, worst, same := embed(p), 0.0, 0
		for i := range got {
			want := make([]float64, len(exact[i]))
			for j, v := range exact[i] {
				want[j] = float64(v)
			}
			worst = max(worst, cosineError(got[i], want))
			a, b := nearest(exact, i), nearest(got, i)
			for _, n := range a {
				if slices.Contains(b, n) {
					same++
				}
			}
		}
		overlap := float64(same) / float64(10*len(got))
		t.Logf("starter, %s on %s: top-10 overlap with float32 %.4f on %d photos, 1 - cosine at most %.2g", p, simd.Level(), overlap, len(got), worst)
		if !(overlap >= 0.9) {
			t.Errorf("%s: overlap %.3f is below 0.9", p, overlap)
		}
	}
}

// nearest lists the ten vectors nearest to number i, but for itself.
func nearest(vectors [][]float32, i int) []int {
	order := make([]int, 0, len(vectors))
	for j := range vectors {
		if j != i {
			order = append(order, j)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Compare(simd.Dot(vectors[i], vectors[b]), simd.Dot(vectors[i], vectors[a]))
	})
	return order[:10]
}
