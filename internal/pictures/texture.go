package pictures

import (
	"math"
	"math/rand/v2"
)

// texture is smooth noise from 0 to 1 that repeats every unit: several octaves
// of value noise, made once a picture and then only looked up.
type texture struct {
	v [textureSide * textureSide]float32
}

const textureSide = 256 // a power of two, so that wrapping is a mask

func newTexture(r *rand.Rand) *texture {
	t := new(texture)
	weight, total := 1.0, 0.0
	for cells := 4; cells <= 128; cells *= 2 {
		t.addOctave(r, cells, weight)
		total += weight
		weight *= 0.6
	}
	for i := range t.v {
		t.v[i] /= float32(total)
	}
	return t
}

// addOctave adds a grid of cells x cells random values, smoothly joined.
func (t *texture) addOctave(r *rand.Rand, cells int, weight float64) {
	grid := make([]float32, cells*cells)
	for i := range grid {
		grid[i] = float32(r.Float64() * weight)
	}
	var at [textureSide]struct { // the same along both sides
		from, to int
		part     float32
	}
	for x := range at {
		f := float64(x*cells) / textureSide
		at[x].from, at[x].to = int(f), (int(f)+1)%cells
		at[x].part = float32(smooth(f - math.Floor(f)))
	}
	for y, v := range at {
		upper, lower := grid[v.from*cells:], grid[v.to*cells:]
		for x, u := range at {
			top := upper[u.from] + (upper[u.to]-upper[u.from])*u.part
			low := lower[u.from] + (lower[u.to]-lower[u.from])*u.part
			t.v[y*textureSide+x] += top + (low-top)*v.part
		}
	}
}

// at looks the noise up between its four nearest values.
func (t *texture) at(x, y float64) float64 {
	fx, fy := math.Floor(x*textureSide), math.Floor(y*textureSide)
	u, v := float32(x*textureSide-fx), float32(y*textureSide-fy)
	const mask = textureSide - 1
	x0, y0 := int(fx)&mask, int(fy)&mask
	x1, y1 := (x0+1)&mask, (y0+1)&mask
	top := t.v[y0*textureSide+x0]*(1-u) + t.v[y0*textureSide+x1]*u
	low := t.v[y1*textureSide+x0]*(1-u) + t.v[y1*textureSide+x1]*u
	return float64(top*(1-v) + low*v)
}
