package pictures

import (
	"image/color"
	"math"
	"testing"

	"pgregory.net/rapid"
)

var (
	white = rgb{1, 1, 1}
	black = rgb{}
)

func plain(c rgb) paint { return func(_, _, _ float64) rgb { return c } }

// TestFillArea: smooth edges do not change how much is painted.
func TestFillArea(t *testing.T) {
	for name, s := range map[string]shape{"disc": disc(.5, .5, .3), "box": box(.5, .5, .35, .2, 0, .4), "square": polygon(.5, .5, .4, 4, 0)} {
		c := newCanvas(200, 200, nil)
		c.background(plain(black))
		c.fill(s, plain(white), 1)
		sum := 0.0
		for i := 0; i < len(c.img.Pix); i += 4 {
			sum += float64(c.img.Pix[i]) / 255 / (200 * 200)
		}
		want := map[string]float64{"disc": math.Pi * .09, "box": .7 * .4, "square": .32}[name]
		if math.Abs(sum-want) > .003 {
			t.Errorf("%s: area %.4f, want %.4f", name, sum, want)
		}
	}
}

func TestOpacity(t *testing.T) {
	c := newCanvas(10, 10, nil)
	c.background(plain(black))
	c.fill(disc(.5, .5, 2), plain(white), .5)
	if got := c.img.NRGBAAt(5, 5); got != (color.NRGBA{128, 128, 128, 255}) {
		t.Errorf("half of white over black is %v", got)
	}
	c.fill(disc(.5, .5, 2), plain(rgb{1, .5, 0}), 1)
	if got := c.img.NRGBAAt(0, 9); got != (color.NRGBA{255, 128, 0, 255}) {
		t.Errorf("all of orange is %v", got)
	}
}

// TestShadow darkens beside the shape, more below than above, and nothing far away.
func TestShadow(t *testing.T) {
	c := newCanvas(100, 100, nil)
	c.background(plain(white))
	c.shadow(disc(.5, .5, .2), .05, .5)
	above, below, far := c.img.NRGBAAt(50, 30).R, c.img.NRGBAAt(50, 72).R, c.img.NRGBAAt(5, 5).R
	if below >= above || far != 255 || c.img.NRGBAAt(52, 52).R > 140 {
		t.Errorf("above %d, below %d, far %d", above, below, far)
	}
}

// TestSpan never leaves the picture.
func TestSpan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 500).Draw(t, "limit")
		mid, radius := rapid.Float64Range(-5, 5).Draw(t, "mid"), rapid.Float64Range(0, 5).Draw(t, "radius")
		from, to := span(mid, radius, float64(limit), limit)
		if from < 0 || to < from || from < limit && to > limit {
			t.Fatalf("%d to %d of %d", from, to, limit)
		}
	})
}

// TestTexture is smooth, within 0 and 1, and repeats every unit.
func TestTexture(t *testing.T) {
	tex := newTexture(source(3))
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.Float64Range(-3, 3)
		x, y := at.Draw(t, "x"), at.Draw(t, "y")
		v := tex.at(x, y)
		if v < 0 || v > 1 {
			t.Fatalf("%g at (%g, %g)", v, x, y)
		}
		if d := math.Abs(v - tex.at(x+1, y-2)); d > 1e-3 {
			t.Fatalf("differs by %g a unit further", d)
		}
		if d := math.Abs(v - tex.at(x+1e-4, y)); d > .01 {
			t.Fatalf("jumps by %g at (%g, %g)", d, x, y)
		}
	})
}

// TestPaints stay within 0 and 1 for every palette.
func TestPaints(t *testing.T) {
	tex := newTexture(source(4))
	rapid.Check(t, func(t *rapid.T) {
		r := source(rapid.Uint64().Draw(t, "seed"))
		s := randomShape(r, .5, .5, .3)
		p := randomPaint(r, tex, newPalette(r), s)
		at := rapid.Float64Range(0, 1)
		x, y := at.Draw(t, "x"), at.Draw(t, "y")
		for i, v := range p(x, y, s.dist(x-s.x, y-s.y)) {
			if !(v >= 0 && v <= 1) {
				t.Fatalf("channel %d is %g", i, v)
			}
		}
	})
}

// TestOklch: no chroma is grey, more lightness is lighter, hues go around.
func TestOklch(t *testing.T) {
	if w := oklch(1, 0, 0); math.Abs(w[0]-1) > .001 || math.Abs(w[1]-1) > .001 || math.Abs(w[2]-1) > .001 {
		t.Errorf("white is %v", w)
	}
	last := -1.0
	for l := 0.0; l <= 1; l += .1 {
		c := oklch(l, 0, .3)
		if math.Abs(c[0]-c[1]) > .002 || math.Abs(c[1]-c[2]) > .002 || c[1] < last {
			t.Errorf("lightness %.1f is %v", l, c)
		}
		last = c[1]
	}
	red, green, blue := oklch(.63, .25, 29./360), oklch(.87, .29, 142./360), oklch(.45, .31, 264./360)
	if red[0] < .9 || green[1] < .9 || blue[2] < .9 || red[2] > .2 || blue[0] > .2 {
		t.Errorf("red %v, green %v, blue %v", red, green, blue)
	}
}

func TestNearestTwo(t *testing.T) {
	points := [][2]float64{{0, 0}, {3, 0}, {0, 1}}
	nearest, first, second := nearestTwo(points, 2, 0)
	if nearest != 1 || first != 1 || second != 2 {
		t.Errorf("point %d at %g, the next at %g", nearest, first, second)
	}
}
