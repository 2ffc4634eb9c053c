package encoder

import (
	"image"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"lookalike/internal/imageio"
	"lookalike/internal/pictures"
	"lookalike/internal/simd"
	"lookalike/internal/testutil"
)

// copyOf is eval_copy_detection.py's descriptor of the last layer's tokens
// (n, d), before whitening: CLS beside the generalised mean of the others.
func copyOf(tokens []float64, d int) []float64 {
	out := append(slices.Clone(tokens[:d]), make([]float64, d)...)
	for i := d; i < len(tokens); i++ {
		out[d+i%d] += math.Pow(math.Max(tokens[i], 1e-6), 4) / float64(len(tokens)/d-1)
	}
	for j := range d {
		out[d+j] = math.Pow(out[d+j], 0.25)
	}
	return out
}

// TestGoldenCopy makes the descriptor of the golden tokens.
func TestGoldenCopy(t *testing.T) {
	e, err := Open("testdata/tiny", WithDescriptor(Copy))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	golden, worst := readGolden[tinyGolden](t, "tiny/golden.json"), 0.0
	d := e.Config().HiddenSize
	for _, c := range golden.Cases {
		size := len(c.LastHiddenState) / 2
		for k := range 2 {
			v := embedPixels(t, e, SeededPixels(k, c.Height, c.Width, golden.Seed))
			if len(v) != 2*d || e.Model().Dim != 2*d {
				t.Fatalf("%d values, the model says %d", len(v), e.Model().Dim)
			}
			worst = max(worst, cosineError(v, copyOf(c.LastHiddenState[k*size:(k+1)*size], d)))
		}
	}
	t.Logf("kernels %s: 1 - cosine at most %.2g", simd.Level(), worst)
	if !(worst <= 1e-9) {
		t.Error("beyond 1e-9")
	}
}

// TestDescriptorIsInFingerprint: each is another model, and the default said
// aloud is not.
func TestDescriptorIsInFingerprint(t *testing.T) {
	print := func(opts ...Option) string { return tinyEncoder(t, opts...).Model().Fingerprint }
	plain := print()
	if print(WithDescriptor(CLS)) != plain {
		t.Error("the default has another fingerprint when it is given")
	}
	copied := print(WithDescriptor(Copy))
	if copied == plain || len(copied) != len(plain) || copied == print(WithDescriptor(Copy), WithSize(64, 64)) {
		t.Errorf("%s and %s", plain, copied)
	}
	_, err := Seeded(tinyConfig(), 1, WithDescriptor("gem"))
	if err == nil {
		t.Error("an unknown descriptor was taken")
	}
	starter, err := Starter(WithDescriptor(Copy), WithWorkers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer starter.Close()
	if m := starter.Model(); m.Dim != 384 || !m.Starter {
		t.Errorf("%+v", m)
	}
}

// TestCopyTeams: the same to the bit on any number of cores.
func TestCopyTeams(t *testing.T) {
	img := noise("copy", 90, 70)
	var want []float32
	for _, workers := range []int{1, 2, 5} {
		e := tinyEncoder(t, WithDescriptor(Copy), WithWorkers(workers), WithSize(96, 64))
		v, err := e.Embed(t.Context(), img)
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = v[0]
		}
		if !slices.Equal(want, v[0]) {
			t.Errorf("%d workers: another result", workers)
		}
	}
}

// BenchmarkCopyRecall measures both descriptors on edited copies of real
// pictures: recall@1, and how alike different pictures are. It takes minutes:
//
//	go test -run xxx -bench CopyRecall -benchtime 1x -v ./encoder
func BenchmarkCopyRecall(b *testing.B) {
	photos, err := filepath.Glob(filepath.Join(testutil.Shared(b, "photos"), "*.jpg"))
	if err != nil || len(photos) == 0 {
		b.Fatalf("%d photos, %v", len(photos), err)
	}
	for _, descriptor := range Descriptors() {
		b.Run(string(descriptor), func(b *testing.B) {
			e, err := Starter(WithDescriptor(descriptor))
			if err != nil {
				b.Fatal(err)
			}
			defer e.Close()
			for b.Loop() {
				copyRecall(b, e, photos)
			}
		})
	}
}

func copyRecall(b *testing.B, e *Encoder, photos []string) {
	var whole []*imageio.RGB
	var library [][]float32
	embed := func(img image.Image) []float32 {
		v, err := e.Embed(b.Context(), img)
		if err != nil {
			b.Fatal(err)
		}
		return v[0]
	}
	for i, photo := range photos {
		whole = append(whole, decodeFile(b, photo))
		library = append(library, embed(whole[i]))
	}
	mean := 0.0
	for _, edit := range pictures.Edits() {
		var found tally
		for i, img := range whole {
			found.count(most(library, embed(edit.Apply(img))) == i)
		}
		b.ReportMetric(found.share(), "recall-"+edit.Name)
		mean += found.share() / float64(len(pictures.Edits()))
	}
	b.ReportMetric(mean, "recall@1")
	b.ReportMetric(thousandth(library), "score-of-1-in-1000-strangers")
}

// most is the vector of the library that v is most alike.
func most(library [][]float32, v []float32) (best int) {
	for i := range library {
		if simd.Dot(v, library[i]) > simd.Dot(v, library[best]) {
			best = i
		}
	}
	return best
}

// thousandth is the score that one pair of different pictures in a thousand exceeds.
func thousandth(library [][]float32) float64 {
	var scores []float64
	for i := range library {
		for j := range i {
			scores = append(scores, float64(simd.Dot(library[i], library[j])))
		}
	}
	slices.Sort(scores)
	return scores[len(scores)*999/1000]
}
