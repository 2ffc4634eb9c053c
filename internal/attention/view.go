package attention

import (
	"image"
	"image/color"
	"slices"

	"lookalike/internal/imageio"
)

// Side is the longest side of a drawing, in pixels.
const Side = 1024

// View is a picture with its Map, ready to be drawn.
type View struct {
	Picture *image.NRGBA // upright and opaque
	Map     Map
}

// NewView scales the picture to fit into Side x Side; a small one keeps its size.
func NewView(img *imageio.RGB, m Map) View {
	return View{imageio.Fit(img, Side), m}
}

// Heat lays the values (Rows*Columns), bilinear between the patches' centres,
// over the picture: from the least, dark violet, to the greatest, yellow.
func (v View) Heat(values []float32) *image.NRGBA {
	low, high := slices.Min(values), slices.Max(values)
	scale := 0.0 // all equal: nothing stands out
	if high > low {
		scale = 1 / float64(high-low)
	}
	columns := v.Map.Columns
	return v.paint(func(x, y float64, c color.NRGBA) color.NRGBA {
		left, right, px := between(x, columns)
		up, down, py := between(y, v.Map.Rows)
		top := mix(values[up*columns+left], values[up*columns+right], px)
		bottom := mix(values[down*columns+left], values[down*columns+right], px)
		t := (top + py*(bottom-top) - float64(low)) * scale
		return heated(c, min(max(t, 0), 1))
	})
}

// Foreground dims all but the patches that Mask keeps of the values.
func (v View) Foreground(values []float32) *image.NRGBA {
	mask := Mask(values, Share)
	return v.paint(func(x, y float64, c color.NRGBA) color.NRGBA {
		if mask[int(y)*v.Map.Columns+int(x)] {
			return c
		}
		return dimmed(c)
	})
}

// paint makes each pixel that lies in the Window what at says, and dims the
// rest. at gets the pixel's centre in patches, 0 <= x < Columns, 0 <= y < Rows.
func (v View) paint(at func(x, y float64, c color.NRGBA) color.NRGBA) *image.NRGBA {
	out, w := image.NewNRGBA(v.Picture.Rect), v.Map.Window
	width, height := float64(out.Rect.Dx()), float64(out.Rect.Dy())
	columns, rows := float64(v.Map.Columns), float64(v.Map.Rows)
	for y := range out.Rect.Dy() {
		gy := ((float64(y)+0.5)/height - w.Top) / (w.Bottom - w.Top) * rows
		for x := range out.Rect.Dx() {
			gx := ((float64(x)+0.5)/width - w.Left) / (w.Right - w.Left) * columns
			c := v.Picture.NRGBAAt(x, y)
			if gx >= 0 && gx < columns && gy >= 0 && gy < rows {
				out.SetNRGBA(x, y, at(gx, gy, c))
			} else {
				out.SetNRGBA(x, y, dimmed(c))
			}
		}
	}
	return out
}

// between returns the two of n patches in a line whose centres are about x, and
// how far x is from the first to the second, 0 to 1. At the ends both are one.
func between(x float64, n int) (first, second int, part float64) {
	x = min(max(x-0.5, 0), float64(n-1))
	first = int(x)
	return first, min(first+1, n-1), x - float64(first)
}

// mix goes a part of the way from a to b.
func mix(a, b float32, part float64) float64 {
	return float64(a) + part*(float64(b)-float64(a))
}
