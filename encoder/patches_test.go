package encoder

import (
	"image"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/disintegration/imaging"

	"lookalike/internal/attention"
	"lookalike/internal/imageio"
	"lookalike/internal/patches"
	"lookalike/internal/testutil"
)

// TestPatches: the descriptors are the last tokens without CLS, of length 1.
func TestPatches(t *testing.T) {
	e := tinyEncoder(t, WithSize(40, 24))
	img := noise("patches", 64, 48)
	out, err := e.LastHiddenState(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	g, err := e.Patches(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	if g.Rows != 3 || g.Columns != 5 || g.Dim != 16 || len(g.Values) != 15*16 || g.Window != (attention.Window{Right: 1, Bottom: 1}) {
		t.Fatalf("%+v of %d, %d values", g.Shape, g.Dim, len(g.Values))
	}
	for i := range 15 {
		token := make([]float64, 16)
		for j := range token {
			token[j] = float64(out.Tokens[(i+1)*16+j])
		}
		v := g.Values[i*16 : (i+1)*16]
		if d := cosineError(v, token); !(d <= 1e-12) {
			t.Errorf("patch %d: 1 - cosine %g to its token", i, d)
		}
		var squares float64
		for _, x := range v {
			squares += float64(x) * float64(x)
		}
		if !(math.Abs(squares-1) <= 1e-6) {
			t.Errorf("patch %d has the squared length %g", i, squares)
		}
	}
	_, err = e.Patches(t.Context(), image.NewGray(image.Rect(0, 0, 0, 5)))
	checkError(t, err, ErrInput, "no pixels")
	e.Close()
	_, err = e.Patches(t.Context(), img)
	checkError(t, err, ErrClosed)
}

// BenchmarkPatchesMatch pairs real pictures with brightened crops of them, 60 to 80%
// of the sides, and counts the pairs that are right to within a patch. Much of
// these pictures is white, and white patches all look alike.
func BenchmarkPatchesMatch(b *testing.B) {
	photos, err := filepath.Glob(filepath.Join(testutil.Shared(b, "photos"), "*.jpg"))
	if err != nil || len(photos) == 0 {
		b.Fatalf("%d photos, %v", len(photos), err)
	}
	atSizes(b, func(b *testing.B, e *Encoder) { patchesMatch(b, e, photos) })
}

// atSizes runs a benchmark with the starter at its own input size and at 224x224.
func atSizes(b *testing.B, run func(b *testing.B, e *Encoder)) {
	for _, side := range []int{144, 224} {
		b.Run(strconv.Itoa(side), func(b *testing.B) {
			e, err := Starter(WithSize(side, side))
			if err != nil {
				b.Fatal(err)
			}
			defer e.Close()
			for b.Loop() {
				run(b, e)
			}
		})
	}
}

func patchesMatch(b *testing.B, e *Encoder, photos []string) {
	random := rand.New(rand.NewPCG(1, 2))
	var all, best tally
	for _, photo := range photos {
		img := decodeFile(b, photo)
		share := 0.6 + 0.2*random.Float64()
		w, h := int(float64(img.Width)*share), int(float64(img.Height)*share)
		at := image.Rect(0, 0, w, h).Add(image.Pt(random.IntN(img.Width-w+1), random.IntN(img.Height-h+1)))
		left, err := e.Patches(b.Context(), img)
		if err != nil {
			b.Fatal(err)
		}
		right, err := e.Patches(b.Context(), imageio.FromImage(imaging.AdjustGamma(img.Crop(at), 1.2)))
		if err != nil {
			b.Fatal(err)
		}
		m, err := patches.Mutual(b.Context(), left, right)
		if err != nil {
			b.Fatal(err)
		}
		for i, p := range m.Pairs {
			found := isRight(m, p, img, at)
			all.count(found)
			if i < 5 {
				best.count(found)
			}
		}
	}
	b.ReportMetric(all.share(), "right")
	b.ReportMetric(best.share(), "right-of-best-five")
	b.ReportMetric(float64(all.n), "pairs")
}

// isRight is whether both patches show the same place, to within a patch of B.
func isRight(m patches.Match, p patches.Pair, img *imageio.RGB, at image.Rectangle) bool {
	ax, ay := m.A.Centre(p.A)
	bx, by := m.B.Centre(p.B)
	ax = (ax*float64(img.Width) - float64(at.Min.X)) / float64(at.Dx())
	ay = (ay*float64(img.Height) - float64(at.Min.Y)) / float64(at.Dy())
	return math.Abs(ax-bx) <= 1/float64(m.B.Columns) && math.Abs(ay-by) <= 1/float64(m.B.Rows)
}

// tally counts what is right of how many.
type tally struct{ right, n int }

func (t *tally) count(right bool) {
	t.n++
	if right {
		t.right++
	}
}

func (t tally) share() float64 { return float64(t.right) / float64(t.n) }
