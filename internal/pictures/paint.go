package pictures

import (
	"math"
	"math/rand/v2"
)

// flat is one colour with a little cloth in it.
func flat(t *texture, color rgb, rough float64) paint {
	return func(x, y, _ float64) rgb { return color.shade(1 + rough*(t.at(x, y)-0.5)) }
}

// sky goes from top to bottom over height units.
func sky(top, bottom rgb, height float64) paint {
	return func(_, y, _ float64) rgb { return mix(top, bottom, smooth(y/height)) }
}

// round shades a shape like a ball lit from the upper left, with a highlight.
func round(s shape, color rgb) paint {
	return func(x, y, _ float64) rgb {
		nx, ny := (x-s.x)/s.radius, (y-s.y)/s.radius
		nz := math.Sqrt(max(0, 1-nx*nx-ny*ny))
		light := clamp01(-0.45*nx - 0.6*ny + 0.66*nz)
		return mix(color.shade(0.35+0.8*light), rgb{1, 1, 1}, 0.8*math.Pow(light, 30))
	}
}

// stripes alternates two colours along a direction, with soft steps.
func stripes(a, b rgb, wide, angle float64) paint {
	sin, cos := math.Sincos(angle)
	return func(x, y, _ float64) rgb {
		return mix(a, b, smooth(0.5+4*math.Sin((x*cos+y*sin)*math.Pi/wide)))
	}
}

// dots is a regular pattern of discs of colour b.
func dots(a, b rgb, wide float64) paint {
	return func(x, y, _ float64) rgb {
		dx, dy := math.Mod(x+64*wide, wide)/wide-0.5, math.Mod(y+64*wide, wide)/wide-0.5
		return mix(b, a, smooth((length(dx, dy)-0.25)*12))
	}
}

// rings follows the shape's own outline, like the rings of a tree.
func rings(a, b rgb, wide float64) paint {
	return func(_, _, d float64) rgb { return mix(a, b, 0.5+0.5*math.Sin(d*2*math.Pi/wide)) }
}

// marble lets veins of colour b wander through a.
func marble(t *texture, a, b rgb, scale float64) paint {
	return func(x, y, _ float64) rgb {
		return mix(a, b, 0.5+0.5*math.Sin(24*t.at(x*scale, y*scale)+6*x))
	}
}

// slope lights one side of a shape more than the other.
func slope(p paint, s shape, angle float64) paint {
	sin, cos := math.Sincos(angle)
	return func(x, y, d float64) rgb {
		along := ((x-s.x)*cos + (y-s.y)*sin) / s.radius
		return p(x, y, d).shade(1 + 0.22*along)
	}
}

// randomPaint is one of the above for the shape s, in the palette's colours.
func randomPaint(r *rand.Rand, t *texture, p palette, s shape) paint {
	a := p.pick(r)
	b := mix(a, p.pick(r), 0.35+0.5*r.Float64())
	wide := max(s.radius*(0.12+0.25*r.Float64()), 0.012)
	var base paint
	switch r.IntN(9) {
	case 0:
		base = stripes(a, b, wide, r.Float64()*math.Pi)
	case 1:
		base = dots(a, b, wide*1.5)
	case 2:
		base = rings(a, b, wide*1.6)
	case 3:
		base = marble(t, a, b, 0.3+r.Float64())
	case 4:
		return round(s, a)
	default:
		base = flat(t, a, 0.3)
	}
	return slope(base, s, r.Float64()*2*math.Pi)
}
