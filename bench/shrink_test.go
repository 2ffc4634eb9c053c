package bench

import (
	"image"
	"image/draw"
	"testing"

	"github.com/disintegration/imaging"

	"lookalike/encoder"
	"lookalike/internal/imageio"
	"lookalike/internal/pictures"
)

// BenchmarkShrink takes 12 megapixels to the model's 224x224. Both are
// antialiased; only ours is Pillow's to the bit.
func BenchmarkShrink(b *testing.B) {
	rgb := imageio.FromImage(pictures.Make(1, 4000, 3000))
	nrgba := image.NewNRGBA(rgb.Bounds()) // the layout that imaging reads fastest
	draw.Draw(nrgba, nrgba.Rect, rgb, image.Point{}, draw.Src)
	b.Run("encoder", func(b *testing.B) {
		pre := encoder.HFPreprocess()
		for reportCPU(b); b.Loop(); {
			if _, err := pre.Picture(rgb); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("imaging", func(b *testing.B) {
		for reportCPU(b); b.Loop(); {
			imaging.Resize(nrgba, 224, 224, imaging.Linear)
		}
	})
}
