package imageio

// filled is a picture of one colour.
func filled(width, height int, color [3]byte) *RGB {
	p := NewRGB(width, height)
	for i := 0; i < len(p.Pix); i += 3 {
		copy(p.Pix[i:], color[:])
	}
	return p
}

// paste lays a frame on the picture with its corner at (x, y), where it fits.
func (p *RGB) paste(frame *RGB, x, y int) {
	for row := range frame.Height {
		copy(p.row(y + row)[3*x:], frame.row(row))
	}
}
