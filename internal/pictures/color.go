package pictures

import (
	"math"
	"math/rand/v2"
)

// rgb is a colour in sRGB, each channel from 0 to 1.
type rgb [3]float64

// mix goes from a (t=0) to b (t=1).
func mix(a, b rgb, t float64) rgb {
	for i := range a {
		a[i] += (b[i] - a[i]) * t
	}
	return a
}

// shade makes a colour darker (f < 1) or lighter (f > 1).
func (c rgb) shade(f float64) rgb {
	for i := range c {
		c[i] = clamp01(c[i] * f)
	}
	return c
}

// oklch is a colour by lightness (0..1), chroma (0..0.3) and hue (turns) in
// Oklab (Björn Ottosson, 2020), where equal steps look equal: palettes made in
// it stay pleasant whatever the hue.
func oklch(lightness, chroma, hue float64) rgb {
	sin, cos := math.Sincos(2 * math.Pi * hue)
	a, b := chroma*cos, chroma*sin
	l := cube(lightness + 0.3963377774*a + 0.2158037573*b)
	m := cube(lightness - 0.1055613458*a - 0.0638541728*b)
	s := cube(lightness - 0.0894841775*a - 1.2914855480*b)
	return rgb{
		gamma(4.0767416621*l - 3.3077115913*m + 0.2309699292*s),
		gamma(-1.2684380046*l + 2.6097574011*m - 0.3413193965*s),
		gamma(-0.0041960863*l - 0.7034186147*m + 1.7076147010*s),
	}
}

func cube(x float64) float64 { return x * x * x }

// gamma is sRGB's transfer function, from linear light.
func gamma(x float64) float64 {
	if x <= 0.0031308 {
		return clamp01(12.92 * x)
	}
	return clamp01(1.055*math.Pow(x, 1/2.4) - 0.055)
}

// clamp01 is written with branches because min and max also order NaN and
// zeros, which costs twice the time in the innermost loop.
func clamp01(x float64) float64 {
	if x < 0 {
		return 0
	}
	if x > 1 {
		return 1
	}
	return x
}

// smooth eases from 0 (x <= 0) to 1 (x >= 1).
func smooth(x float64) float64 {
	x = clamp01(x)
	return x * x * (3 - 2*x)
}

// palette is what one picture is painted with.
type palette struct {
	colors      []rgb // strong colours, in no order
	dark, light rgb   // for outlines, night and paper
	hue         float64
}

// hueSteps are the classic harmonies, in turns from the first hue: neighbours,
// opposites, a triad, and opposites with their neighbours.
var hueSteps = [][]float64{{0, .06, -.06, .12}, {0, .5, .04, .54}, {0, 1. / 3, 2. / 3}, {0, .42, .58, .08}}

func newPalette(r *rand.Rand) palette {
	p := palette{hue: r.Float64()}
	steps := hueSteps[r.IntN(len(hueSteps))]
	chroma := 0.06 + 0.11*r.Float64()
	for i := range 7 {
		lightness := 0.42 + 0.09*float64(i%6) + 0.05*r.Float64()
		p.colors = append(p.colors, oklch(lightness, chroma*(0.8+0.4*r.Float64()), p.hue+steps[i%len(steps)]))
	}
	p.dark = oklch(0.20+0.10*r.Float64(), 0.04, p.hue+steps[1])
	p.light = oklch(0.93+0.04*r.Float64(), 0.025, p.hue)
	return p
}

// pick is one of the strong colours, a little lighter or darker each time.
func (p palette) pick(r *rand.Rand) rgb {
	return p.colors[r.IntN(len(p.colors))].shade(0.88 + 0.24*r.Float64())
}
