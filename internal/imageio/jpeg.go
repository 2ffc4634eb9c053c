package imageio

import (
	"bytes"
	"image"
	"image/jpeg"
	"io"
)

// decodeJPEG lets image/jpeg decode the samples and does the rest itself, as
// libjpeg-turbo does: which colours the components mean, how subsampled ones
// are spread over the pixels, and the conversion to RGB.
func decodeJPEG(data []byte) (*RGB, error) {
	f, err := parseJPEG(data)
	if err != nil {
		return nil, err
	}
	if err := f.checkScans(); err != nil {
		return nil, err
	}
	img, err := jpeg.Decode(f.withoutMetadata())
	if err != nil {
		return nil, err
	}
	planes := f.planes(img)
	if planes == nil {
		return nil, fail(ErrUnsupported, "has components laid out in a way that is not supported")
	}
	return f.assemble(planes), nil
}

// withoutMetadata is the file with one mark in place of all metadata, so that
// image/jpeg hands out the components as they are stored: it takes three for
// YCbCr when it sees JFIF, and four for CMYK when it sees Adobe's mark with
// transform 0.
func (f *jpegFile) withoutMetadata() io.Reader {
	mark := "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
	if len(f.components) == 4 {
		mark = "\xff\xd8\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"
	}
	return io.MultiReader(bytes.NewReader([]byte(mark)), bytes.NewReader(f.tables), bytes.NewReader(f.scans))
}

// planes takes the decoded components apart again.
func (f *jpegFile) planes(img image.Image) []plane {
	switch m := img.(type) {
	case *image.Gray:
		return []plane{newPlane(m.Pix, m.Stride, f.width, f.height, 1, 1)}
	case *image.YCbCr:
		h, v := chromaFactors(m.SubsampleRatio)
		return []plane{
			newPlane(m.Y, m.YStride, f.width, f.height, 1, 1),
			newPlane(m.Cb, m.CStride, f.width, f.height, h, v),
			newPlane(m.Cr, m.CStride, f.width, f.height, h, v),
		}
	case *image.CMYK:
		planes := make([]plane, 4)
		for i, c := range f.components {
			planes[i] = f.unpackInk(m, i, f.components[0].h/c.h, f.components[0].v/c.v)
		}
		return planes
	}
	return nil
}

// chromaFactors says how many pixels one chroma sample spans.
func chromaFactors(r image.YCbCrSubsampleRatio) (h, v int) {
	switch r {
	case image.YCbCrSubsampleRatio422:
		return 2, 1
	case image.YCbCrSubsampleRatio420:
		return 2, 2
	case image.YCbCrSubsampleRatio440:
		return 1, 2
	case image.YCbCrSubsampleRatio411:
		return 4, 1
	case image.YCbCrSubsampleRatio410:
		return 4, 2
	default:
		return 1, 1
	}
}

// unpackInk undoes how image/jpeg interleaved, repeated and inverted the
// samples of component i.
func (f *jpegFile) unpackInk(m *image.CMYK, i, h, v int) plane {
	p := newPlane(nil, (f.width+h-1)/h, f.width, f.height, h, v)
	p.pix = make([]byte, p.stride*p.height)
	for y := range p.height {
		row := m.Pix[y*v*m.Stride+i:]
		for x := range p.width {
			p.pix[y*p.stride+x] = 255 - row[4*h*x]
		}
	}
	return p
}

// assemble spreads the planes and converts them, a row at a time.
func (f *jpegFile) assemble(planes []plane) *RGB {
	img := NewRGB(f.width, f.height)
	spread := make([]spreader, len(planes))
	for i, p := range planes {
		spread[i] = newSpreader(p)
	}
	convert := f.conversion()
	rows := make([][]byte, len(planes))
	for y := range img.Height {
		for i := range spread {
			rows[i] = spread[i].row(y)
		}
		convert(img.row(y), rows)
	}
	return img
}

// conversion decides what the components mean, in the order of libjpeg's
// default_decompress_parms: JFIF, then Adobe's mark, then the components' names.
func (f *jpegFile) conversion() func(dst []byte, rows [][]byte) {
	switch len(f.components) {
	case 1:
		return func(dst []byte, rows [][]byte) { greyRow(dst, rows[0], 1) }
	case 3:
		if f.isRGB() {
			return interleaveRow
		}
		return yccRow
	default:
		if f.hasAdobe && f.transform != 0 {
			return ycckRow
		}
		return inkRow
	}
}

// isRGB: three components that were never converted to YCbCr.
func (f *jpegFile) isRGB() bool {
	switch {
	case f.hasJFIF:
		return false
	case f.hasAdobe:
		return f.transform == 0
	}
	return f.components[0].id == 'R' && f.components[1].id == 'G' && f.components[2].id == 'B'
}
