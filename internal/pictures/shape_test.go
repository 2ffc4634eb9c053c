package pictures

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// drawShape is any outline of any size.
func drawShape(t *rapid.T) shape {
	r := source(rapid.Uint64().Draw(t, "seed"))
	return randomShape(r, rapid.Float64Range(-1, 2).Draw(t, "x"), rapid.Float64Range(-1, 2).Draw(t, "y"), rapid.Float64Range(.01, 1).Draw(t, "size"))
}

// TestShapeStaysInItsRadius: nothing outside the circle that is visited is inside the shape.
func TestShapeStaysInItsRadius(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawShape(t)
		angle := rapid.Float64Range(0, 2*math.Pi).Draw(t, "angle")
		sin, cos := math.Sincos(angle)
		if d := s.dist(1.01*s.radius*cos, 1.01*s.radius*sin); d < 0 {
			t.Fatalf("%.4f inside at 1.01 of the radius %.3f", -d, s.radius)
		}
	})
}

// TestShapeDistanceIsBounded: a step changes the distance by no more than
// about its length, which smooth edges and shadows rely on.
func TestShapeDistanceIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawShape(t)
		at := rapid.Float64Range(-1, 1)
		x, y := at.Draw(t, "dx")*s.radius, at.Draw(t, "dy")*s.radius
		if length(x, y) < s.radius/3 {
			return // petals meet at the middle
		}
		const step = 1e-5
		if d := math.Abs(s.dist(x+step*s.radius, y) - s.dist(x, y)); d > 3*step*s.radius {
			t.Fatalf("a step of %g changes it by %g", step*s.radius, d)
		}
	})
}

// TestShapes has points whose distance is plain.
func TestShapes(t *testing.T) {
	for _, c := range []struct {
		name         string
		s            shape
		x, y, expect float64
	}{
		{"disc middle", disc(0, 0, 2), 0, 0, -2},
		{"disc edge", disc(5, 5, 2), 0, 2, 0},
		{"ring middle", ring(0, 0, 2, .5), 0, 0, 1.5},
		{"ring line", ring(0, 0, 2, .5), -2, 0, -.5},
		{"box middle", box(0, 0, 3, 1, 0, 0), 0, 0, -1},
		{"box beside", box(0, 0, 3, 1, 0, 0), 5, 0, 2},
		{"box off the corner", box(0, 0, 3, 1, 0, 0), 6, 5, 5},
		{"box turned", box(0, 0, 3, 1, 0, math.Pi/2), 0, 5, 2},
		{"leaf tip", leaf(0, 0, 2, 1, 0), 2, 0, 0},
		{"leaf side", leaf(0, 0, 2, 1, 0), 0, 1, 0},
		{"square edge", polygon(0, 0, math.Sqrt2, 4, 0), 1, 0, 0},
		{"both", within(disc(0, 0, 2), disc(3, 0, 2)), 1.5, 0, -.5},
		{"only one", within(disc(0, 0, 2), disc(3, 0, 2)), 0, 0, 1},
	} {
		if got := c.s.dist(c.x, c.y); math.Abs(got-c.expect) > 1e-9 {
			t.Errorf("%s: %g, want %g", c.name, got, c.expect)
		}
	}
}

// TestBelow follows its line and holds on to it beyond the picture.
func TestBelow(t *testing.T) {
	c := newCanvas(100, 50, nil)
	s := below(c, func(x float64) float64 { return x / 2 })
	for _, x := range []float64{0, .5, 1.99} {
		if d := s.dist(x, x/2+.1); math.Abs(d+.1) > .01 {
			t.Errorf("0.1 under the line at %g: %g", x, d)
		}
	}
	if s.dist(-9, 0) != s.dist(0, 0) || s.dist(99, 0) != s.dist(1.999, 0) {
		t.Error("it does not hold on at the sides")
	}
}
