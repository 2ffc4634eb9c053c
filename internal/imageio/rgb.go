package imageio

import (
	"crypto/sha256"
	"encoding/binary"
	"image"
	"image/color"
)

// RGB is an upright opaque picture: 3 bytes a pixel (red, green, blue), rows
// tightly packed, top row first. It implements image.Image.
type RGB struct {
	Pix           []byte // (Height, Width, 3)
	Width, Height int
}

// NewRGB returns a black picture of the given size.
func NewRGB(width, height int) *RGB {
	return &RGB{Pix: make([]byte, 3*width*height), Width: width, Height: height}
}

// ColorModel is part of image.Image.
func (p *RGB) ColorModel() color.Model { return color.RGBAModel }

// Bounds is part of image.Image; its corner is always (0, 0).
func (p *RGB) Bounds() image.Rectangle { return image.Rect(0, 0, p.Width, p.Height) }

// Opaque tells encoders that there is no transparency to keep.
func (p *RGB) Opaque() bool { return true }

// At is part of image.Image: black outside the picture.
func (p *RGB) At(x, y int) color.Color {
	if !(image.Point{X: x, Y: y}).In(p.Bounds()) {
		return color.RGBA{A: 255}
	}
	c := p.row(y)[3*x : 3*x+3]
	return color.RGBA{R: c[0], G: c[1], B: c[2], A: 255}
}

// Crop copies a part of the picture, which must lie inside of it.
func (p *RGB) Crop(at image.Rectangle) *RGB {
	out := NewRGB(at.Dx(), at.Dy())
	for y := range out.Height {
		copy(out.row(y), p.row(at.Min.Y + y)[3*at.Min.X:])
	}
	return out
}

// Hash is SHA-256 over width, height and pixels: two files with equal pictures
// have equal hashes, whatever their format and metadata.
func (p *RGB) Hash() [32]byte {
	h := sha256.New()
	var size [16]byte
	binary.LittleEndian.PutUint64(size[:8], uint64(p.Width))
	binary.LittleEndian.PutUint64(size[8:], uint64(p.Height))
	h.Write(size[:])
	h.Write(p.Pix)
	return [32]byte(h.Sum(nil))
}

// row returns row y, 3*Width bytes.
func (p *RGB) row(y int) []byte {
	stride := 3 * p.Width
	return p.Pix[y*stride : (y+1)*stride : (y+1)*stride]
}
