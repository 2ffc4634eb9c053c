package pictures

import (
	"math"
	"math/rand/v2"
)

// tiles is a floor of square tiles, each with one of a few simple figures, in
// a pattern that repeats.
func tiles(c *canvas, r *rand.Rand, p palette) {
	c.background(flat(c.cloth, p.light, .15))
	side, period := between(r, .12, .28), 1+r.IntN(4)
	figures := make([]func(x, y float64), period*period)
	for i := range figures {
		figures[i] = tile(c, r, p, side/2)
	}
	for iy := 0; float64(iy)*side < c.height; iy++ {
		for ix := 0; float64(ix)*side < c.width; ix++ {
			figures[iy%period*period+ix%period]((float64(ix)+.5)*side, (float64(iy)+.5)*side)
		}
	}
}

// tile returns how to draw one kind of tile, of half size h, around (x, y).
func tile(c *canvas, r *rand.Rand, p palette, h float64) func(x, y float64) {
	ground, ink, spot := p.pick(r), p.pick(r), p.pick(r)
	kind, cx, cy := r.IntN(5), h*float64(2*r.IntN(2)-1), h*float64(2*r.IntN(2)-1)
	return func(x, y float64) {
		base := box(x, y, h*.97, h*.97, h*.06, 0)
		figure := []shape{
			disc(x, y, h*.8),
			polygon(x, y, h*.98, 4, 0),
			within(base, disc(x+cx, y+cy, 1.9*h)),
			within(base, ring(x+cx, y+cy, 1.3*h, h*.35)),
			wavy(x, y, h*.7, .3, 4, 0),
		}[kind]
		c.shadow(base, h*.05, .4)
		c.fill(base, slope(flat(c.cloth, ground, .25), base, .9), 1)
		c.fill(figure, flat(c.cloth, ink, .2), 1)
		c.fill(disc(x, y, h*.22), flat(c.cloth, spot, .2), 1)
	}
}

// waves are layers of cut paper, each with its shadow on the one behind.
func waves(c *canvas, r *rand.Rand, p palette) {
	from, to := p.pick(r).shade(.75), mix(p.light, p.pick(r), .3)
	c.background(flat(c.cloth, to, .1))
	turn := r.IntN(2) == 1 // every other picture has its layers upright
	layers := 5 + r.IntN(5)
	for i := range layers {
		depth := float64(i+1) / float64(layers+1)
		a, b, phase := between(r, .03, .11), between(r, 2, 8), between(r, 0, 6)
		s := below(c, func(x float64) float64 {
			return c.height*depth + a*math.Sin(b*x+phase) + a*.5*math.Sin(2.7*b*x+2*phase)
		})
		if turn {
			inner := s.dist
			s.dist = func(dx, dy float64) float64 { return inner(dy*c.width/c.height, dx*c.height/c.width) }
		}
		c.shadow(s, .03, .45)
		c.fill(s, flat(c.cloth, mix(to, from, depth), .22), 1)
	}
	moon := disc(between(r, .2, .8)*c.width, between(r, .15, .6)*c.height, between(r, .05, .13))
	c.shadow(moon, .03, .4)
	c.fill(moon, flat(c.cloth, p.pick(r), .2), 1)
}

// marbles are glass balls on a cloth, near ones last.
func marbles(c *canvas, r *rand.Rand, p palette) {
	ground := p.pick(r)
	if r.IntN(2) == 0 {
		ground = p.light
	}
	wide := between(r, .03, .12)
	c.background(stripes(ground, ground.shade(.86), wide, between(r, 0, 3)))
	n := 10 + r.IntN(24)
	for i := range n {
		y := c.height * (float64(i) + r.Float64()) / float64(n)
		s := disc(between(r, 0, c.width), y, between(r, .03, .1)*(.6+y/c.height))
		c.shadow(disc(s.x+s.radius*.3, s.y+s.radius*.4, s.radius), s.radius*.5, .7)
		ball := round(s, p.pick(r))
		// Grey veins multiplied over the ball: the glass keeps its own colour.
		vein := marble(c.cloth, rgb{1, 1, 1}, rgb{.45, .45, .45}, 2/s.radius*.03)
		c.fill(s, func(x, y, d float64) rgb {
			color, v := ball(x, y, d), vein(x, y, d)
			return rgb{color[0] * v[0], color[1] * v[1], color[2] * v[2]}
		}, 1)
	}
}

// window is stained glass: each pane is what lies nearest to its own point.
func window(c *canvas, r *rand.Rand, p palette) {
	n := 18 + r.IntN(50)
	points, glass := make([][2]float64, n), make([]rgb, n)
	for i := range points {
		points[i] = [2]float64{between(r, 0, c.width), between(r, 0, c.height)}
		glass[i] = p.pick(r)
	}
	// The sun stands behind one place of the window; around it all panes are brighter.
	light := [2]float64{between(r, 0, c.width), between(r, 0, c.height)}
	c.background(func(x, y, _ float64) rgb {
		nearest, first, second := nearestTwo(points, x, y)
		lead := smooth((second - first) / .02) // dark where two panes are equally near
		glow := 1.25 - .5*length(x-light[0], y-light[1]) + .7*(c.cloth.at(x*1.4, y*1.4)-.5)
		return mix(p.dark.shade(.6), glass[nearest].shade(glow), lead)
	})
}

// nearestTwo returns the point nearest to (x, y), and the distances to it and
// to the next.
func nearestTwo(points [][2]float64, x, y float64) (nearest int, first, second float64) {
	first, second = math.Inf(1), math.Inf(1)
	for i, p := range points {
		switch d := (p[0]-x)*(p[0]-x) + (p[1]-y)*(p[1]-y); {
		case d < first:
			nearest, first, second = i, d, first
		case d < second:
			second = d
		}
	}
	return nearest, math.Sqrt(first), math.Sqrt(second)
}

// lights are lamps far out of focus: large translucent discs in the dark.
func lights(c *canvas, r *rand.Rand, p palette) {
	c.background(sky(p.dark.shade(.5), mix(p.dark, p.pick(r), .5), c.height*1.2))
	size := between(r, .03, .09)
	for range 30 + r.IntN(50) {
		x, y := between(r, 0, c.width), c.height*(.1+.8*math.Sqrt(r.Float64()))
		color := mix(p.pick(r), rgb{1, .9, .7}, .35*r.Float64()).shade(1.2)
		lens := size * between(r, .5, 1.6)
		opacity := between(r, .15, .6)
		c.fill(disc(x, y, lens), flat(c.cloth, color, .3), opacity)
		c.fill(ring(x, y, lens*.95, lens*.05), flat(c.cloth, color.shade(1.25), 0), opacity)
	}
}
