package pictures

import (
	"image"
	"math"
)

// canvas is a picture in the making. Positions and lengths are in units of its
// shorter side, so that a scene looks the same at every size.
type canvas struct {
	img           *image.NRGBA
	unit          float64 // pixels in one unit
	width, height float64 // in units; the shorter is 1
	cloth         *texture
}

// paint gives the colour at (x, y), where d is the distance to the shape's
// edge, negative inside.
type paint func(x, y, d float64) rgb

func newCanvas(width, height int, cloth *texture) *canvas {
	unit := float64(min(width, height))
	return &canvas{
		img:  image.NewNRGBA(image.Rect(0, 0, width, height)),
		unit: unit, width: float64(width) / unit, height: float64(height) / unit,
		cloth: cloth,
	}
}

// cover calls draw for each pixel within radius of (x, y), with the pixel's
// offset in Pix and its place relative to (x, y).
func (c *canvas) cover(x, y, radius float64, draw func(at int, dx, dy float64)) {
	x0, x1 := span(x, radius, c.unit, c.img.Rect.Max.X)
	y0, y1 := span(y, radius, c.unit, c.img.Rect.Max.Y)
	for py := y0; py < y1; py++ {
		dy := (float64(py)+0.5)/c.unit - y
		for px := x0; px < x1; px++ {
			dx := (float64(px)+0.5)/c.unit - x
			if dx*dx+dy*dy <= radius*radius {
				draw(py*c.img.Stride+4*px, dx, dy)
			}
		}
	}
}

// span is the range of pixels of [0, limit) that mid±radius touches.
func span(mid, radius, unit float64, limit int) (int, int) {
	from := max(0, int(math.Floor((mid-radius)*unit)))
	to := min(limit, int(math.Ceil((mid+radius)*unit))+1)
	return from, max(from, to)
}

// background paints every pixel.
func (c *canvas) background(p paint) {
	c.cover(0, 0, c.width+c.height, func(at int, x, y float64) { c.blend(at, p(x, y, -1), 1) })
}

// fill draws a shape with smooth edges, one pixel wide.
func (c *canvas) fill(s shape, p paint, opacity float64) {
	c.cover(s.x, s.y, s.radius+1/c.unit, func(at int, dx, dy float64) {
		d := s.dist(dx, dy)
		if covered := clamp01(0.5 - d*c.unit); covered > 0 {
			c.blend(at, p(s.x+dx, s.y+dy, d), covered*opacity)
		}
	})
}

// shadow darkens what lies under a shape, away from a light at the upper left.
func (c *canvas) shadow(s shape, soft, strength float64) {
	c.cover(s.x+soft*.6, s.y+soft*.8, s.radius+soft, func(at int, dx, dy float64) {
		if k := smooth(0.5 - s.dist(dx, dy)/(2*soft)); k > 0 {
			c.blend(at, rgb{}, k*strength)
		}
	})
}

// blend lays a colour over the pixel at offset at.
func (c *canvas) blend(at int, color rgb, opacity float64) {
	p := c.img.Pix[at : at+4 : at+4]
	p[3] = 255
	if opacity >= 1 {
		p[0], p[1], p[2] = uint8(color[0]*255+0.5), uint8(color[1]*255+0.5), uint8(color[2]*255+0.5)
		return
	}
	for i, v := range color {
		old := float64(p[i])
		p[i] = uint8(old + (v*255-old)*opacity + 0.5)
	}
}

// finish gives the picture grain and darker corners, as a photograph has.
func (c *canvas) finish(grain, vignette float64) {
	c.cover(0, 0, c.width+c.height, func(at int, x, y float64) {
		dx, dy := x/c.width-0.5, y/c.height-0.5
		f := 1 - vignette*2*(dx*dx+dy*dy) + grain*(c.cloth.at(x*3.1, y*3.1)-0.5)
		p := c.img.Pix[at : at+3 : at+3]
		for i := range p {
			p[i] = uint8(min(int(float64(p[i])*f), 255))
		}
	})
}
