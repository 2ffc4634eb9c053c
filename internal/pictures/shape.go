package pictures

import (
	"math"
	"math/rand/v2"
)

// shape is an outline around a centre, known by its signed distance.
type shape struct {
	x, y, radius float64                      // centre, and how far the outline reaches
	dist         func(dx, dy float64) float64 // from a place relative to the centre to the edge, negative inside
}

// length is math.Hypot without its care for numbers near the end of the range.
func length(x, y float64) float64 { return math.Sqrt(x*x + y*y) }

// disc is a circle and what is in it.
func disc(x, y, r float64) shape {
	return shape{x, y, r, func(dx, dy float64) float64 { return length(dx, dy) - r }}
}

// ring is a circle drawn with a pen 2*thick wide.
func ring(x, y, r, thick float64) shape {
	return shape{x, y, r + thick, func(dx, dy float64) float64 { return math.Abs(length(dx, dy)-r) - thick }}
}

// box is a rectangle of half sizes w and h with rounded corners, turned by angle.
// The distance to a corner counts only where both coordinates are past the sides.
func box(x, y, w, h, round, angle float64) shape {
	sin, cos := math.Sincos(angle)
	return shape{x, y, length(w, h), func(dx, dy float64) float64 {
		qx := math.Abs(dx*cos+dy*sin) - w + round
		qy := math.Abs(dy*cos-dx*sin) - h + round
		return length(max(qx, 0), max(qy, 0)) + min(max(qx, qy), 0) - round
	}}
}

// wavy is a disc whose radius swings by depth, lobes times around: a petal
// flower, a splash or, with few lobes, a pebble. The radial distance is a little
// more than the true one on the flanks of a petal; the factor makes up for it.
func wavy(x, y, r, depth float64, lobes int, angle float64) shape {
	return shape{x, y, r * (1 + depth), func(dx, dy float64) float64 {
		edge := r * (1 + depth*math.Cos(float64(lobes)*(math.Atan2(dy, dx)-angle)))
		return (length(dx, dy) - edge) * 0.8
	}}
}

// leaf is where two discs overlap: two tips, 2*long apart, wide at the middle.
func leaf(x, y, long, wide, angle float64) shape {
	sin, cos := math.Sincos(angle)
	r := (long*long + wide*wide) / (2 * wide)
	return shape{x, y, long, func(dx, dy float64) float64 {
		along, across := dx*cos+dy*sin, math.Abs(dy*cos-dx*sin)
		return length(along, across+r-wide) - r
	}}
}

// polygon has n equal sides. Turning a point into the sector of its nearest side
// leaves one straight line to measure to.
func polygon(x, y, r float64, n int, angle float64) shape {
	step := 2 * math.Pi / float64(n)
	inner := r * math.Cos(step/2)
	return shape{x, y, r, func(dx, dy float64) float64 {
		turn := math.Atan2(dy, dx) - angle
		return length(dx, dy)*math.Cos(turn-step*math.Round(turn/step)) - inner
	}}
}

// within is the part of a that b covers too.
func within(a, b shape) shape {
	return shape{a.x, a.y, a.radius, func(dx, dy float64) float64 {
		return max(a.dist(dx, dy), b.dist(dx+a.x-b.x, dy+a.y-b.y))
	}}
}

// below is everything under the line y = edge(x). The line is looked up once a
// column of pixels.
func below(c *canvas, edge func(x float64) float64) shape {
	line := make([]float64, c.img.Rect.Dx())
	for i := range line {
		line[i] = edge((float64(i) + 0.5) / c.unit)
	}
	return shape{0, 0, c.width + c.height, func(dx, dy float64) float64 {
		return line[min(max(int(dx*c.unit), 0), len(line)-1)] - dy
	}}
}

// randomShape is one of the above at (x, y), about r large.
func randomShape(r *rand.Rand, x, y, size float64) shape {
	angle := r.Float64() * 2 * math.Pi
	switch r.IntN(7) {
	case 0:
		return disc(x, y, size)
	case 1:
		return box(x, y, size, size*(0.3+0.7*r.Float64()), size*0.12, angle)
	case 2:
		return wavy(x, y, size*.85, 0.12+0.2*r.Float64(), 3+r.IntN(6), angle)
	case 3:
		return leaf(x, y, size*1.2, size*(0.35+0.3*r.Float64()), angle)
	case 4:
		return polygon(x, y, size, 3+r.IntN(4), angle)
	case 5:
		return ring(x, y, size*.8, size*(0.12+0.12*r.Float64()))
	default:
		return wavy(x, y, size*.9, 0.08, 2, angle)
	}
}
