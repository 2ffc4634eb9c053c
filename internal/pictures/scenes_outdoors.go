package pictures

import (
	"math"
	"math/rand/v2"
)

// between is a random number from lo to hi.
func between(r *rand.Rand, lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }

// leaves is the dead leaves model (Matheron, 1968): shapes fall on each other,
// many small ones for each large one, as the things in photographs do.
func leaves(c *canvas, r *rand.Rand, p palette) {
	c.background(marble(c.cloth, p.dark, p.pick(r), 0.4))
	const n = 90
	for i := range n {
		size := 0.34*math.Pow(1-float64(i)/n, 2) + 0.03
		s := randomShape(r, between(r, 0, c.width), between(r, 0, c.height), size*between(r, .7, 1.1))
		c.shadow(s, 0.012+size*.1, 0.5)
		c.fill(s, randomPaint(r, c.cloth, p, s), 1)
	}
}

// hills are ridges that fade into the sky, behind each other.
func hills(c *canvas, r *rand.Rand, p palette) {
	top, horizon := p.pick(r), mix(p.light, p.pick(r), 0.25)
	c.background(sky(top, horizon, between(r, .5, .9)*c.height))
	sun(c, r, mix(p.light, rgb{1, .9, .7}, .5))
	clouds(c, r, p.light)
	ridges := 3 + r.IntN(4)
	near := mix(p.pick(r), p.dark, 0.75)
	for i := range ridges {
		depth := float64(i+1) / float64(ridges)
		color := mix(horizon, near, smooth(depth*.9+.1))
		ridge(c, r, c.height*(0.42+0.5*depth*depth), 0.16*(1.2-depth*.6), color)
	}
	for range r.IntN(14) {
		fir(c, between(r, 0, c.width), c.height*between(r, .9, 1.04), between(r, .08, .24), near.shade(between(r, .6, .9)))
	}
}

// sun is a disc in a glow that falls off with the square of an eased distance,
// soft enough not to show its own edge.
func sun(c *canvas, r *rand.Rand, color rgb) {
	s := disc(between(r, .15, .85)*c.width, between(r, .12, .42)*c.height, between(r, .04, .12))
	glow := disc(s.x, s.y, s.radius*4)
	c.cover(glow.x, glow.y, glow.radius, func(at int, dx, dy float64) {
		c.blend(at, color, 0.6*math.Pow(smooth(-glow.dist(dx, dy)/glow.radius), 2))
	})
	c.fill(s, flat(c.cloth, color, 0.05), 1)
}

// clouds are where the noise is above a threshold, stretched sideways and gone
// towards the horizon.
func clouds(c *canvas, r *rand.Rand, color rgb) {
	amount, ox, oy := between(r, .45, .62), r.Float64(), r.Float64()
	c.cover(0, 0, c.width+c.height, func(at int, x, y float64) {
		k := c.cloth.at(ox+x*.35, oy+y*.9) - amount
		c.blend(at, color, smooth(k*5)*0.8*clamp01(1-y/c.height*1.4))
	})
}

// ridge is a hill line at height y that swings by amount.
func ridge(c *canvas, r *rand.Rand, y, amount float64, color rgb) {
	ox, oy, wide := r.Float64(), r.Float64(), between(r, .25, .6)
	s := below(c, func(x float64) float64 { return y + amount*2*(c.cloth.at(ox+x*wide, oy)-0.5) })
	c.fill(s, func(x, y, d float64) rgb {
		return color.shade(1.12 + 0.5*(c.cloth.at(x*1.7+ox, y*3.3)-0.5) + 0.35*max(d, -.5))
	}, 1)
}

// fir is a tree of three triangles whose foot stands at (x, y).
func fir(c *canvas, x, y, tall float64, color rgb) {
	for i := range 3 {
		s := polygon(x, y-tall*(.28+.2*float64(i)), tall*(.36-.07*float64(i)), 3, math.Pi/2)
		c.fill(s, slope(flat(c.cloth, color, 0.5), s, math.Pi), 1)
	}
}

// skyline is a street of houses with lit windows, at dusk.
func skyline(c *canvas, r *rand.Rand, p palette) {
	low := mix(p.pick(r), p.light, between(r, 0, .5))
	c.background(sky(p.dark, low, c.height*.8))
	sun(c, r, p.light)
	for row := range 3 {
		depth := float64(row) / 2
		for x := -0.1; x < c.width; {
			wide := between(r, .05, .13) * (1 + depth*.5)
			tall := c.height * between(r, .25, .62) * (1.15 - .4*depth)
			house(c, r, x+wide, tall, wide, mix(mix(low, p.dark, .45), p.dark.shade(.7), depth), p)
			x += 2*wide + between(r, -.02, .05)
		}
	}
}

// house stands on the lower edge. Its windows form a grid over the whole street,
// cut by the house's outline; noise, not chance, lights them, so that a house can
// be painted pixel by pixel.
func house(c *canvas, r *rand.Rand, x, tall, wide float64, wall rgb, p palette) {
	s := box(x, c.height-tall/2, wide, tall/2, 0.004, 0)
	lamp := mix(p.light, rgb{1, .8, .35}, r.Float64())
	step, seed := between(r, .026, .04), r.Float64()
	c.fill(s, func(x, y, d float64) rgb {
		ix, iy := math.Floor(x/step), math.Floor(y/step)
		fx, fy := x/step-ix, y/step-iy
		lit := c.cloth.at(seed+ix*.37, seed+iy*.61) > 0.54
		if lit && d < -.012 && math.Abs(fx-.5) < .26 && math.Abs(fy-.5) < .32 {
			return lamp
		}
		return wall.shade(0.9 + 0.3*c.cloth.at(x*2, y*2) - 0.25*(x-s.x)/wide)
	}, 1)
}

// flowers stand in a bed, the far ones small, each with a stem and leaves.
func flowers(c *canvas, r *rand.Rand, p palette) {
	green := oklch(between(r, .3, .5), .08, between(r, .3, .42))
	c.background(sky(mix(p.light, p.pick(r), .4), green, c.height*between(r, .4, .9)))
	kinds := []rgb{p.pick(r), p.pick(r), p.pick(r)}
	n := 14 + r.IntN(22)
	for i := range n {
		depth := float64(i+1) / float64(n)
		size := between(r, .7, 1.2) * (.03 + .1*depth)
		x, y := between(r, 0, c.width), c.height*between(r, .12, .45)+c.height*.4*depth
		stem(c, r, x, y, size, green.shade(.5+.5*depth))
		flower(c, r, x, y, size, kinds[r.IntN(3)].shade(.6+.45*depth), p)
	}
}

// stem runs from a flower at (x, y) to the lower edge, with a leaf on each side.
func stem(c *canvas, r *rand.Rand, x, y, size float64, green rgb) {
	long := c.height - y + size
	c.fill(box(x, y+long/2, size*.07, long/2, 0, 0), flat(c.cloth, green, .4), 1)
	for _, side := range []float64{-1, 1} {
		s := leaf(x+side*size*.75, y+size*between(r, 1.6, 3), size*.9, size*.22, side*between(r, -.9, -.3))
		c.shadow(s, size*.12, .3)
		c.fill(s, slope(flat(c.cloth, green, .5), s, -1.2), 1)
	}
}

// flower is three layers of petals, each smaller and turned a little, and a heart.
func flower(c *canvas, r *rand.Rand, x, y, size float64, color rgb, p palette) {
	lobes, turn := 5+r.IntN(6), r.Float64()
	for i, scale := range []float64{1, .72, .45} {
		s := wavy(x, y, size*scale, .22, lobes, turn+float64(i)*.3)
		c.shadow(s, size*.1, .35)
		c.fill(s, slope(rings(color.shade(1+.12*float64(i)), color.shade(.8), size*.9), s, -2.2), 1)
	}
	heart := disc(x, y, size*.2)
	c.fill(heart, round(heart, mix(p.light, rgb{1, .75, .2}, .6)), 1)
}
