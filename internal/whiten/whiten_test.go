package whiten

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"lookalike/internal/simd"
)

// unit makes n unit vectors around one point that vary much in few directions and little in the others.
func unit(n, dim int, seed uint64) [][]float32 {
	random := rand.New(rand.NewPCG(seed, 7))
	out := make([][]float32, n)
	for i := range out {
		v, squares := make([]float32, dim), 0.0
		for j := range v {
			v[j] = float32(1 + random.NormFloat64()/float64(1+j))
			squares += float64(v[j]) * float64(v[j])
		}
		for j := range v {
			v[j] /= float32(math.Sqrt(squares))
		}
		out[i] = v
	}
	return out
}

func learn(t testing.TB, vectors [][]float32) *Whitening {
	t.Helper()
	w, err := Learn(vectors)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestWhitenedAreWhite: what was learned from has no mean left, the same variance in every direction, and different vectors
// are at right angles on average.
func TestWhitenedAreWhite(t *testing.T) {
	const n, dim = 4000, 16
	vectors := unit(n, dim, 1)
	w := learn(t, vectors)
	if w.Dim() != dim || w.Learned() != n {
		t.Errorf("of %d numbers, from %d", w.Dim(), w.Learned())
	}
	mean, squares := make([]float64, dim), make([]float64, dim)
	for _, v := range vectors {
		x := slices.Clone(v)
		for j := range x {
			x[j] -= w.mean[j]
		}
		for i := range dim {
			y := float64(simd.Dot(w.rows[i*dim:(i+1)*dim], x))
			mean[i] += y / n
			squares[i] += y * y / n
		}
	}
	for i := range dim {
		if !(math.Abs(mean[i]) < 1e-3) || !(math.Abs(squares[i]-1) < 0.25 || i == dim-1) {
			t.Errorf("direction %d has mean %g and variance %g", i, mean[i], squares[i])
		}
	}
	before, after := 0.0, 0.0
	for i := range 500 {
		a, b := apply(t, w, vectors[2*i]), apply(t, w, vectors[2*i+1])
		before += float64(simd.Dot(vectors[2*i], vectors[2*i+1])) / 500
		after += float64(simd.Dot(a, b)) / 500
	}
	if !(before > 0.5) || !(math.Abs(after) < 0.05) {
		t.Errorf("the mean score of different ones was %.3f and is %.3f", before, after)
	}
}

func apply(t testing.TB, w *Whitening, v []float32) []float32 {
	t.Helper()
	x, err := w.Apply(v)
	if err != nil {
		t.Fatal(err)
	}
	if length := simd.Dot(x, x); !(math.Abs(float64(length)-1) < 1e-5) {
		t.Fatalf("length %v", length)
	}
	return x
}

// TestLearnIsDeterministic: the same vectors make the same bytes, and others do not.
func TestLearnIsDeterministic(t *testing.T) {
	a, b := learn(t, unit(100, 12, 1)), learn(t, unit(100, 12, 1))
	if !slices.Equal(a.Encode(), b.Encode()) {
		t.Error("the same vectors made another whitening")
	}
	if slices.Equal(a.Encode(), learn(t, unit(100, 12, 2)).Encode()) {
		t.Error("other vectors made the same whitening")
	}
}

// TestShrink: of many vectors the variances stay as they are, of few they are drawn together, and none is divided by that is
// nearly nothing.
func TestShrink(t *testing.T) {
	spread := func(n int) float64 {
		w := learn(t, unit(n, 24, 3))
		lengths := func(i int) float64 {
			row := w.rows[i*24 : (i+1)*24]
			return math.Sqrt(float64(simd.Dot(row, row)))
		}
		return lengths(23) / lengths(0)
	}
	few, many := spread(48), spread(20000)
	if !(few < many/1.5) || !(many <= math.Sqrt(1/least)+1) {
		t.Errorf("the least variance counts %.1f times as much as the greatest with 48 vectors, %.1f times with 20,000", few, many)
	}
}

func TestLearnRefuses(t *testing.T) {
	same := slices.Repeat(unit(1, 8, 1), 50)
	uneven := unit(50, 8, 1)
	uneven[3] = uneven[3][:7]
	for name, tc := range map[string]struct {
		vectors [][]float32
		want    error
	}{
		"none":      {nil, ErrTooFew},
		"one":       {unit(1, 8, 1), ErrTooFew},
		"empty":     {make([][]float32, 9), ErrTooFew},
		"all equal": {same, ErrTooFew},
		"uneven":    {uneven, ErrVector},
	} {
		if _, err := Learn(tc.vectors); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := learn(t, unit(16, 8, 1))
	for name, v := range map[string][]float32{"short": make([]float32, 7), "the mean": w.mean, "not a number": {0: float32(math.NaN()), 7: 0}} {
		if x, err := w.Apply(v); !errors.Is(err, ErrVector) {
			t.Errorf("%s: %v, %v", name, x, err)
		}
	}
}

func TestFormat(t *testing.T) {
	w := learn(t, unit(20, 6, 1))
	again, err := Decode(w.Encode())
	if err != nil || again.Learned() != 20 || !slices.Equal(apply(t, again, unit(1, 6, 9)[0]), apply(t, w, unit(1, 6, 9)[0])) {
		t.Errorf("read back: %+v, %v", again, err)
	}
	nan := w.Encode()
	copy(nan[formatHeader:], []byte{0, 0, 0xc0, 0x7f})
	for name, b := range map[string][]byte{
		"nothing": nil, "cut off": w.Encode()[:100], "more": append(w.Encode(), 0), "another version": append([]byte{2}, w.Encode()[1:]...),
		"large": {1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}, "no numbers": {1, 0, 0, 0, 0, 0, 0, 0, 0}, "not a number": nan,
	} {
		if _, err := Decode(b); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	w, err := Learn(unit(8, 3, 1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(w.Encode())
	f.Add([]byte{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if w, err := Decode(b); err == nil && !slices.Equal(w.Encode(), b) {
			t.Errorf("%d bytes are not what is written", len(b))
		}
	})
}

// BenchmarkLearn is what a library waits for once: vectors of ViT-B/16's copy descriptor are 1536 numbers long.
func BenchmarkLearn(b *testing.B) {
	vectors := unit(6144, 1536, 1)
	for b.Loop() {
		if _, err := Learn(vectors); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkApply is what each vector costs.
func BenchmarkApply(b *testing.B) {
	w := learn(b, unit(800, 384, 1))
	v := unit(1, 384, 2)[0]
	for b.Loop() {
		apply(b, w, v)
	}
}
