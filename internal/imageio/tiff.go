package imageio

import (
	"bytes"
	"image"

	"golang.org/x/image/tiff"
)

// Photometric interpretations and compressions, TIFF 6.0 page 117.
const (
	photometricBlackIsZero = 1
	photometricRGB         = 2
	photometricCMYK        = 5
	compressionG3          = 3
	compressionG4          = 4
)

// maxTiles bounds the work in one file: each tile, however small, costs a
// decompressor. The limit of pixels in tiles of 64x64 is a third of it.
const maxTiles = 1 << 16

func isTIFF(data []byte) bool {
	return bytes.HasPrefix(data, []byte("II*\x00")) || bytes.HasPrefix(data, []byte("MM\x00*"))
}

// tiffHeader reads the first page's directory.
func tiffHeader(data []byte) (header, error) {
	data, _ = inkAsAlpha(data)
	c, err := tiff.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return header{}, err
	}
	d, _ := readDirectory(data)
	if d.number(tagPlanar) == 2 {
		return header{}, fail(ErrUnsupported, "keeps each colour in a plane of its own, which is not supported")
	}
	if wide, long := d.number(tagTileWidth), d.number(tagTileLength); wide > 0 && long > 0 {
		if n := ((c.Width + wide - 1) / wide) * ((c.Height + long - 1) / long); n > maxTiles {
			return header{}, fail(ErrUnsupported, "is cut into %d tiles, the limit is %d", n, maxTiles)
		}
	}
	return header{width: c.Width, height: c.Height, orientation: d.number(tagOrientation)}, nil
}

func decodeTIFF(data []byte) (*RGB, error) {
	data, isInk := inkAsAlpha(data)
	img, err := tiff.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if isInk {
		img = asInk(img)
	}
	p := FromImage(img)
	if isFaxOnBlack(data) {
		invert(p)
	}
	return p, nil
}

// isFaxOnBlack: a fax codes runs of 0 and 1 bits, and with black as zero those
// of 0 are black. The decoder always makes them white.
func isFaxOnBlack(data []byte) bool {
	d, _ := readDirectory(data)
	compression := d.number(tagCompression)
	return (compression == compressionG3 || compression == compressionG4) && d.number(tagPhotometric) == photometricBlackIsZero
}

func invert(p *RGB) {
	for i := range p.Pix {
		p.Pix[i] = 255 - p.Pix[i]
	}
}

// asInk takes red, green, blue and alpha for cyan, magenta, yellow and black.
func asInk(img image.Image) image.Image {
	switch m := img.(type) {
	case *image.NRGBA:
		return &image.CMYK{Pix: m.Pix, Stride: m.Stride, Rect: m.Rect}
	case *image.NRGBA64:
		ink := image.NewCMYK(m.Rect)
		for i := range ink.Pix {
			ink.Pix[i] = m.Pix[2*i] // high byte
		}
		return ink
	}
	return img
}

// inkAsAlpha returns a CMYK file as one that says it is RGB with alpha, which
// the decoder reads: a new directory at the end in place of the old one. Other
// files are returned as they are.
func inkAsAlpha(data []byte) ([]byte, bool) {
	d, ok := readDirectory(data)
	if !ok || d.number(tagPhotometric) != photometricCMYK || d.number(tagExtraSamples) != 0 {
		return data, false
	}
	patched := append([]byte(nil), data...)
	d.order.PutUint32(patched[4:], uint32(len(data)))
	patched = append(patched, 0, 0)
	d.order.PutUint16(patched[len(data):], uint16(len(d.entries)/12+1))
	return append(patched, d.entriesAsRGBA()...), true
}

// entriesAsRGBA has the same entries, in ascending order, but for the colours.
func (d directory) entriesAsRGBA() []byte {
	extra := d.entry(tagExtraSamples, 2) // 2: alpha, not premultiplied
	var entries []byte
	for e := d.entries; len(e) > 0; e = e[12:] {
		tag := int(d.order.Uint16(e))
		if tag > tagExtraSamples && extra != nil {
			entries, extra = append(entries, extra...), nil
		}
		if tag == tagPhotometric {
			entries = append(entries, d.entry(tag, photometricRGB)...)
		} else {
			entries = append(entries, e[:12]...)
		}
	}
	return append(entries, extra...)
}

// entry is a directory entry with one 16-bit value.
func (d directory) entry(tag, value int) []byte {
	const typeShort = 3
	e := make([]byte, 12)
	d.order.PutUint16(e, uint16(tag))
	d.order.PutUint16(e[2:], typeShort)
	d.order.PutUint32(e[4:], 1)
	d.order.PutUint16(e[8:], uint16(value))
	return e
}
