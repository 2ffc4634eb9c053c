package attention

import "image/color"

// viridis is matplotlib's colour map, which visualize_attention.py draws in, at
// equal steps: its lightness grows evenly, also for the colour-blind and on paper.
var viridis = [...][3]float64{
	{68, 1, 84}, {72, 40, 120}, {62, 73, 137}, {49, 104, 142}, {38, 130, 142},
	{31, 158, 137}, {53, 183, 121}, {110, 206, 88}, {181, 222, 43}, {253, 231, 37},
}

// heat is how strong the colour is: what the picture shows is still to be seen.
const heat = 0.65

// heated lays the colour of t, from 0 to 1, over c in grey, whose own colours
// would be taken for values.
func heated(c color.NRGBA, t float64) color.NRGBA {
	at := t * float64(len(viridis)-1)
	i := min(int(at), len(viridis)-2)
	part, under := at-float64(i), float64(grey(c))
	var out [3]uint8
	for channel := range out {
		over := viridis[i][channel] + part*(viridis[i+1][channel]-viridis[i][channel])
		out[channel] = uint8(under + heat*(over-under) + 0.5)
	}
	return color.NRGBA{R: out[0], G: out[1], B: out[2], A: 255}
}

// dimmed is c in dark grey: not looked at.
func dimmed(c color.NRGBA) color.NRGBA {
	y := grey(c) / 3
	return color.NRGBA{R: y, G: y, B: y, A: 255}
}

// grey is the brightness of an opaque colour (JFIF's luma).
func grey(c color.NRGBA) uint8 {
	return uint8((19595*uint32(c.R) + 38470*uint32(c.G) + 7471*uint32(c.B) + 1<<15) >> 16)
}
