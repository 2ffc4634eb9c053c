package patches

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/vector"

	"lookalike/internal/attention"
	"lookalike/internal/imageio"
)

const (
	gap  = 12 // pixels between the two pictures, transparent
	half = 1  // half a line's width
	dot  = 4  // radius of its ends
)

// Draw lays two pictures side by side, each at most attention.Side large, and
// joins the first most pairs by lines, a colour each.
func Draw(a, b *imageio.RGB, m Match, most int) *image.NRGBA {
	left, right := imageio.Fit(a, attention.Side), imageio.Fit(b, attention.Side)
	corner := image.Pt(left.Rect.Dx()+gap, 0)
	out := image.NewNRGBA(image.Rect(0, 0, corner.X+right.Rect.Dx(), max(left.Rect.Dy(), right.Rect.Dy())))
	draw.Draw(out, left.Rect, left, image.Point{}, draw.Src)
	draw.Draw(out, right.Rect.Add(corner), right, image.Point{}, draw.Src)
	pen := pen{out, vector.NewRasterizer(0, 0)}
	pairs := m.Pairs[:min(most, len(m.Pairs))]
	for i := range pairs {
		p := pairs[len(pairs)-1-i] // the best on top
		from, to := place(m.A, p.A, left.Rect), place(m.B, p.B, right.Rect.Add(corner))
		pen.join(from, to, hue(len(pairs)-1-i))
	}
	return out
}

type point struct{ x, y float64 }

// place is a patch's centre in a picture drawn at rect.
func place(s Shape, patch int, rect image.Rectangle) point {
	x, y := s.Centre(patch)
	return point{float64(rect.Min.X) + x*float64(rect.Dx()), float64(rect.Min.Y) + y*float64(rect.Dy())}
}

// pen draws smooth shapes.
type pen struct {
	on *image.NRGBA
	z  *vector.Rasterizer
}

// join draws a line with dots at its ends, on a wider dark one that sets it off
// from any picture.
func (p pen) join(from, to point, c color.NRGBA) {
	for _, stroke := range []struct {
		more float64
		c    color.NRGBA
	}{{1, color.NRGBA{A: 150}}, {0, c}} {
		p.line(from, to, half+stroke.more, stroke.c)
		p.disc(from, dot+stroke.more, stroke.c)
		p.disc(to, dot+stroke.more, stroke.c)
	}
}

// line fills the rectangle of the given half width around a line.
func (p pen) line(from, to point, width float64, c color.NRGBA) {
	dx, dy := to.x-from.x, to.y-from.y
	length := math.Hypot(dx, dy)
	if length == 0 {
		return
	}
	nx, ny := -dy/length*width, dx/length*width
	p.fill(c, point{from.x + nx, from.y + ny}, point{to.x + nx, to.y + ny}, point{to.x - nx, to.y - ny}, point{from.x - nx, from.y - ny})
}

// disc fills a circle, drawn as a polygon.
func (p pen) disc(at point, radius float64, c color.NRGBA) {
	const corners = 24
	var around []point
	for i := range corners {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		around = append(around, point{at.x + radius*cos, at.y + radius*sin})
	}
	p.fill(c, around...)
}

// fill fills a convex shape; only the pixels around it are looked at.
func (p pen) fill(c color.NRGBA, corners ...point) {
	box := image.Rectangle{}
	for _, at := range corners {
		box = box.Union(image.Rect(int(at.x)-1, int(at.y)-1, int(at.x)+2, int(at.y)+2))
	}
	p.z.Reset(box.Dx(), box.Dy())
	for i, at := range corners {
		x, y := float32(at.x-float64(box.Min.X)), float32(at.y-float64(box.Min.Y))
		if i == 0 {
			p.z.MoveTo(x, y)
		} else {
			p.z.LineTo(x, y)
		}
	}
	p.z.ClosePath()
	p.z.Draw(p.on, box, image.NewUniform(c), image.Point{})
}

// hue is the colour of line i: bright, and far from those before it.
func hue(i int) color.NRGBA {
	const golden = 0.61803398875
	turn := math.Mod(float64(i)*golden, 1) * 6
	channel := func(shift float64) uint8 {
		at := math.Abs(math.Mod(turn+shift, 6) - 3)
		return uint8(60 + 195*min(max(at-1, 0), 1))
	}
	return color.NRGBA{R: channel(0), G: channel(4), B: channel(2), A: 255}
}
