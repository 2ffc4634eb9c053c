package patches

import (
	"image"
	"image/color"
	"testing"

	"pgregory.net/rapid"

	"lookalike/internal/attention"
	"lookalike/internal/imageio"
)

// TestDraw: the pictures side by side, a line from centre to centre, and only
// as many as asked for.
func TestDraw(t *testing.T) {
	a, b := imageio.NewRGB(100, 60), imageio.NewRGB(40, 80)
	for i := range b.Pix {
		b.Pix[i] = 255
	}
	m := Match{A: Shape{1, 2, whole}, B: Shape{2, 1, whole}, Pairs: []Pair{{0, 0, 0.9}, {1, 1, 0.5}}}
	one := Draw(a, b, m, 1)
	if one.Rect != image.Rect(0, 0, 100+gap+40, 80) {
		t.Fatalf("drawn in %v", one.Rect)
	}
	for at, want := range map[image.Point]color.NRGBA{
		{25, 30}: hue(0), {132, 20}: hue(0), {78, 25}: hue(0), // both ends and their middle
		{75, 30}: {A: 255}, {132, 60}: {255, 255, 255, 255}, // the pair that was not asked for
		{50, 70}: {}, {106, 79}: {}, // beside the pictures
	} {
		if got := one.NRGBAAt(at.X, at.Y); !near(got, want) {
			t.Errorf("%v is %v, want %v", at, got, want)
		}
	}
	if two := Draw(a, b, m, 9); !near(two.NRGBAAt(75, 30), hue(1)) || !near(two.NRGBAAt(25, 30), hue(0)) {
		t.Error("the second pair is missing, or another colour")
	}
	if a.Pix[0] != 0 || b.Pix[0] != 255 {
		t.Error("the pictures were painted on")
	}
}

// near allows for the rounding of blending.
func near(a, b color.NRGBA) bool {
	for _, d := range []int{int(a.R) - int(b.R), int(a.G) - int(b.G), int(a.B) - int(b.B), int(a.A) - int(b.A)} {
		if d < -2 || d > 2 {
			return false
		}
	}
	return true
}

// TestDrawAnything: whatever the sizes and windows, it fits and nothing panics.
func TestDrawAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := rapid.IntRange(1, 300)
		size := func(name string) *imageio.RGB { return imageio.NewRGB(side.Draw(t, name), side.Draw(t, name)) }
		window := attention.Window{Left: rapid.Float64Range(-1, 0.4).Draw(t, "left"), Top: 0, Right: rapid.Float64Range(0.5, 2).Draw(t, "right"), Bottom: 1}
		m := Match{A: Shape{3, 3, window}, B: Shape{2, 5, window}, Pairs: []Pair{{0, 0, 1}, {8, 9, 1}, {4, 5, 0}}}
		out := Draw(size("a"), size("b"), m, rapid.IntRange(1, 5).Draw(t, "most"))
		if s := out.Rect.Size(); s.X > 2*attention.Side+gap || s.Y > attention.Side {
			t.Fatalf("%v", s)
		}
	})
}

func TestHues(t *testing.T) {
	seen := map[color.NRGBA]bool{}
	for i := range 100 {
		c := hue(i)
		if max(c.R, c.G, c.B) < 200 || c.A != 255 {
			t.Errorf("line %d is dark: %v", i, c)
		}
		seen[c] = true
	}
	if len(seen) < 95 {
		t.Errorf("%d colours for 100 lines", len(seen))
	}
}
