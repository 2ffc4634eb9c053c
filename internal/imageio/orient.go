package imageio

// swapsSides tells whether an orientation exchanges width and height.
func swapsSides(orientation int) bool { return orientation >= 5 && orientation <= 8 }

// orient makes a stored picture upright. The eight EXIF orientations say where
// the stored first row and first column belong in the upright picture:
//
//	1 top left    2 top right    3 bottom right  4 bottom left
//	5 left top    6 right top    7 right bottom  8 left bottom
//
// Anything else means 1, as in Pillow.
func orient(p *RGB, orientation int) *RGB {
	// Moving one pixel right and down in the upright picture moves by (right,
	// down) pixels of the stored one, starting from its corner.
	w, last := p.Width, p.Width*p.Height-1
	var corner, right, down int
	switch orientation {
	case 2:
		corner, right, down = w-1, -1, w
	case 3:
		corner, right, down = last, -1, -w
	case 4:
		corner, right, down = last-w+1, 1, -w
	case 5:
		corner, right, down = 0, w, 1
	case 6:
		corner, right, down = last-w+1, -w, 1
	case 7:
		corner, right, down = last, -w, -1
	case 8:
		corner, right, down = w-1, w, -1
	default:
		return p
	}
	upright := NewRGB(p.Width, p.Height)
	if swapsSides(orientation) {
		upright.Width, upright.Height = p.Height, p.Width
	}
	upright.gather(p, corner, right, down)
	return upright
}

// gather fills dst with pixels of src: (x, y) from corner + x*right + y*down.
// It works in squares, so that reading columns stays in the cache.
func (p *RGB) gather(src *RGB, corner, right, down int) {
	const side = 64
	for y0 := 0; y0 < p.Height; y0 += side {
		for x0 := 0; x0 < p.Width; x0 += side {
			for y := y0; y < min(y0+side, p.Height); y++ {
				row := p.row(y)[3*x0 : 3*min(x0+side, p.Width)]
				at := 3 * (corner + x0*right + y*down)
				for ; len(row) >= 3; row = row[3:] {
					from := src.Pix[at : at+3 : at+3]
					row[0], row[1], row[2] = from[0], from[1], from[2]
					at += 3 * right
				}
			}
		}
	}
}
