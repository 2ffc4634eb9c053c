package pictures

import (
	"image"
	"math/rand/v2"
)

// scene is one way of composing a picture.
type scene struct {
	name string // two words for a file's name
	draw func(c *canvas, r *rand.Rand, p palette)
}

var scenes = []scene{
	{"autumn leaves", leaves},
	{"blue hills", hills},
	{"city evening", skyline},
	{"kitchen tiles", tiles},
	{"flower bed", flowers},
	{"paper waves", waves},
	{"glass marbles", marbles},
	{"church window", window},
	{"night lights", lights},
}

// Make paints the picture of a seed. Equal seeds give the same composition,
// different ones pictures that nobody would mistake for each other.
func Make(seed uint64, width, height int) *image.NRGBA {
	r := source(seed)
	p := newPalette(r)
	c := newCanvas(width, height, newTexture(r))
	sceneOf(seed).draw(c, r, p)
	c.finish(0.10+0.08*r.Float64(), 0.25+0.3*r.Float64())
	return c.img
}

// source is the random source of a seed: PCG, whose sequence Go promises to keep.
func source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x6c6f6f6b616c696b)) }

// sceneOf lets neighbouring seeds differ in kind.
func sceneOf(seed uint64) scene { return scenes[seed%uint64(len(scenes))] }
