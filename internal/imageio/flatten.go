package imageio

import (
	"image"
	"image/color"
	"image/draw"
)

// FromImage turns any image into RGB: transparency flattened onto white, 16-bit
// channels cut to their high byte, CMYK converted as Pillow does. An *RGB is
// returned as it is.
func FromImage(img image.Image) *RGB {
	if p, ok := img.(*RGB); ok {
		return p
	}
	b := img.Bounds()
	p := NewRGB(b.Dx(), b.Dy())
	readRow := rowReader(img)
	for y := range p.Height {
		readRow(p.row(y), y)
	}
	return p
}

// rowReader returns how to read row y, counted from 0, into 3 bytes a pixel.
func rowReader(img image.Image) func(dst []byte, y int) {
	switch m := img.(type) {
	case *image.Gray:
		return func(dst []byte, y int) { greyRow(dst, m.Pix[y*m.Stride:], 1) }
	case *image.Gray16:
		return func(dst []byte, y int) { greyRow(dst, m.Pix[y*m.Stride:], 2) }
	case *image.Paletted:
		colors := flatPalette(m.Palette)
		return func(dst []byte, y int) { palettedRow(dst, m.Pix[y*m.Stride:], &colors) }
	case *image.NRGBA:
		return func(dst []byte, y int) { flattenRow(dst, m.Pix[y*m.Stride:], 1) }
	case *image.NRGBA64:
		return func(dst []byte, y int) { flattenRow(dst, m.Pix[y*m.Stride:], 2) }
	case *image.CMYK:
		return func(dst []byte, y int) { cmykRow(dst, m.Pix[y*m.Stride:]) }
	case *image.RGBA:
		if m.Opaque() { // then it equals what NRGBA would hold
			return func(dst []byte, y int) { flattenRow(dst, m.Pix[y*m.Stride:], 1) }
		}
	case *image.RGBA64:
		if m.Opaque() {
			return func(dst []byte, y int) { flattenRow(dst, m.Pix[y*m.Stride:], 2) }
		}
	}
	if o, ok := img.(interface{ Opaque() bool }); ok && o.Opaque() {
		return drawnRow(img)
	}
	return modelRow(img)
}

// greyRow spreads grey samples, each wide bytes with the high byte first.
func greyRow(dst, src []byte, wide int) {
	for i, j := 0, 0; i+3 <= len(dst); i, j = i+3, j+wide {
		v := src[j]
		dst[i], dst[i+1], dst[i+2] = v, v, v
	}
}

func palettedRow(dst, src []byte, colors *[256][3]byte) {
	for i, j := 0, 0; i+3 <= len(dst); i, j = i+3, j+1 {
		copy3(dst[i:], colors[src[j]][:])
	}
}

// flatPalette flattens each colour; indexes past the palette's end are black.
func flatPalette(p color.Palette) (colors [256][3]byte) {
	for i := range min(len(p), len(colors)) {
		colors[i] = flatColor(p[i])
	}
	return colors
}

func flatColor(c color.Color) [3]byte {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	return [3]byte{over(n.R, n.A), over(n.G, n.A), over(n.B, n.A)}
}

// flattenRow lays red, green, blue and alpha, not premultiplied and each wide
// bytes with the high byte first, over white.
func flattenRow(dst, src []byte, wide int) {
	for i, j := 0, 0; i+3 <= len(dst); i, j = i+3, j+4*wide {
		r, g, b, a := src[j], src[j+wide], src[j+2*wide], src[j+3*wide]
		if a != 255 {
			r, g, b = over(r, a), over(g, a), over(b, a)
		}
		dst[i], dst[i+1], dst[i+2] = r, g, b
	}
}

// over is c with alpha a over white, rounded to nearest: the definition of the
// reference preprocessing.
func over(c, a byte) byte {
	return byte((uint32(c)*uint32(a) + 255*(255-uint32(a)) + 127) / 255)
}

// cmykRow converts ink amounts (255 is full ink) as Pillow does.
func cmykRow(dst, src []byte) {
	for i, j := 0, 0; i+3 <= len(dst); i, j = i+3, j+4 {
		paper := 255 - uint32(src[j+3]) // what black ink leaves
		dst[i] = byte(paper - mulDiv255(uint32(src[j]), paper))
		dst[i+1] = byte(paper - mulDiv255(uint32(src[j+1]), paper))
		dst[i+2] = byte(paper - mulDiv255(uint32(src[j+2]), paper))
	}
}

// mulDiv255 is a*b/255 rounded to nearest, for a and b up to 255.
func mulDiv255(a, b uint32) uint32 {
	t := a*b + 128
	return (t>>8 + t) >> 8
}

// drawnRow reads opaque images through image/draw, which has fast ways for the
// standard library's own kinds, such as YCbCr.
func drawnRow(img image.Image) func(dst []byte, y int) {
	b := img.Bounds()
	line := image.NewRGBA(image.Rect(0, 0, b.Dx(), 1))
	return func(dst []byte, y int) {
		draw.Draw(line, line.Rect, img, b.Min.Add(image.Pt(0, y)), draw.Src)
		flattenRow(dst, line.Pix, 1)
	}
}

// modelRow reads whatever is left pixel by pixel.
func modelRow(img image.Image) func(dst []byte, y int) {
	b := img.Bounds()
	return func(dst []byte, y int) {
		for x := range b.Dx() {
			c := flatColor(img.At(b.Min.X+x, b.Min.Y+y))
			copy3(dst[3*x:], c[:])
		}
	}
}

// copy3 copies one pixel; a call of copy for three bytes costs more.
func copy3(dst, src []byte) {
	_, _ = dst[2], src[2]
	dst[0], dst[1], dst[2] = src[0], src[1], src[2]
}
