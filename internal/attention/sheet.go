package attention

import (
	"image"
	"image/draw"
	"math"

	"github.com/disintegration/imaging"
)

// gap is what lies between two drawings of a sheet, in pixels. It is transparent.
const gap = 4

// Sheet draws every head, as paint does (View.Heat, View.Foreground), in lines
// from left to right. It is at most Side wide and high.
func (v View) Sheet(paint func(View, []float32) *image.NRGBA) *image.NRGBA {
	across := int(math.Ceil(math.Sqrt(float64(v.Map.Heads))))
	down := (v.Map.Heads + across - 1) / across
	side := max(1, (Side-gap*(across-1))/across)
	small := View{imaging.Fit(v.Picture, side, side, imaging.CatmullRom), v.Map}
	size := small.Picture.Rect.Size().Add(image.Pt(gap, gap))
	sheet := image.NewNRGBA(image.Rect(0, 0, across*size.X-gap, down*size.Y-gap))
	for i := range v.Map.Heads {
		tile := paint(small, v.Map.Head(i))
		corner := image.Pt(i%across*size.X, i/across*size.Y)
		draw.Draw(sheet, tile.Rect.Add(corner), tile, image.Point{}, draw.Src)
	}
	return sheet
}
