package encoder

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func tinyPositions(t testing.TB) (*positions, []float32) {
	t.Helper()
	c := tinyConfig()
	w, err := loadWeights(c, seededSource{c, 1}, arithmetic{})
	if err != nil {
		t.Fatal(err)
	}
	return newPositions(c, w), w.positions
}

// TestPositions: the trained grid as it is, CLS's row in every grid, and the
// table of resized ones bounded.
func TestPositions(t *testing.T) {
	p, trained := tinyPositions(t)
	if diff := cmp.Diff(trained, p.of(4, 4)); diff != "" {
		t.Error(diff)
	}
	for gh := 1; gh < 10; gh++ {
		for gw := 1; gw < 10; gw++ {
			got := p.of(gh, gw)
			if len(got) != (1+gh*gw)*p.d || cmp.Diff(trained[:p.d], got[:p.d]) != "" {
				t.Fatalf("%dx%d: %d values", gh, gw, len(got))
			}
			if len(p.resized) > maxResized {
				t.Fatalf("%d resized embeddings are kept", len(p.resized))
			}
		}
	}
	if diff := cmp.Diff(p.of(9, 9), p.of(9, 9)); diff != "" {
		t.Error(diff)
	}
}

// TestResizeGrid against the definition: out is the sum over all inputs of
// both kernels' products.
func TestResizeGrid(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		side := rapid.IntRange(1, 7)
		h, w, outH, outW := side.Draw(rt, "h"), side.Draw(rt, "w"), side.Draw(rt, "outH"), side.Draw(rt, "outW")
		grid := seededValues("grid", h*w, 1, 1, 0)
		got := resizeGrid(grid, h, w, outH, outW, 1)
		for y := range outH {
			for x := range outW {
				want := 0.0
				for v := -3; v < h+3; v++ {
					for u := -3; u < w+3; u++ {
						edge := grid[min(max(v, 0), h-1)*w+min(max(u, 0), w-1)]
						want += float64(edge) * keys(centre(y, h, outH)-float64(v)) * keys(centre(x, w, outW)-float64(u))
					}
				}
				if !(math.Abs(float64(got[y*outW+x])-want) <= 1e-6) {
					rt.Fatalf("(%d,%d) is %g, want %g", y, x, got[y*outW+x], want)
				}
			}
		}
	})
}

func centre(i, in, out int) float64 { return (float64(i)+0.5)*float64(in)/float64(out) - 0.5 }

// keys is Keys' cubic kernel with a = -0.75, as it stands in his paper.
func keys(x float64) float64 {
	const a = -0.75
	switch x = math.Abs(x); {
	case x < 1:
		return (a+2)*x*x*x - (a+3)*x*x + 1
	case x < 2:
		return a*x*x*x - 5*a*x*x + 8*a*x - 4*a
	}
	return 0
}
