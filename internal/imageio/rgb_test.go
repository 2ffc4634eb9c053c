package imageio

import (
	"image"
	"image/color"
	"testing"

	"pgregory.net/rapid"
)

func TestRGBIsAnImage(t *testing.T) {
	img := colorful(7, 5)
	p := FromImage(img)
	if p.Bounds() != img.Bounds() || !p.Opaque() || p.ColorModel() != color.RGBAModel {
		t.Errorf("bounds %v, opaque %t", p.Bounds(), p.Opaque())
	}
	for y := -1; y <= 5; y++ {
		for x := -1; x <= 7; x++ {
			want := color.RGBA{A: 255}
			if image.Pt(x, y).In(img.Bounds()) {
				want = color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
			}
			if got := p.At(x, y); got != want {
				t.Errorf("(%d, %d): %v, want %v", x, y, got, want)
			}
		}
	}
	if FromImage(p) != p {
		t.Error("an *RGB is copied")
	}
}

// TestCrop against reading pixel by pixel.
func TestCrop(t *testing.T) {
	p := FromImage(colorful(9, 7))
	rapid.Check(t, func(t *rapid.T) {
		x, y := rapid.IntRange(0, 8).Draw(t, "x"), rapid.IntRange(0, 6).Draw(t, "y")
		at := image.Rect(x, y, rapid.IntRange(x+1, 9).Draw(t, "right"), rapid.IntRange(y+1, 7).Draw(t, "bottom"))
		part := p.Crop(at)
		if part.Bounds().Size() != at.Size() {
			t.Fatalf("%v is %v large", at, part.Bounds())
		}
		for y := range at.Dy() {
			for x := range at.Dx() {
				if part.At(x, y) != p.At(at.Min.X+x, at.Min.Y+y) {
					t.Fatalf("another pixel at (%d, %d) of %v", x, y, at)
				}
			}
		}
		part.Pix[0]++
	})
	if p.Hash() != FromImage(colorful(9, 7)).Hash() {
		t.Error("a part shares the picture's memory")
	}
}

// TestHash: equal pictures from different files, and nothing else, share it.
func TestHash(t *testing.T) {
	img := colorful(12, 10)
	want := FromImage(img).Hash()
	for name, file := range map[string][]byte{"png": encodePNG(t, img), "bmp": encodeBMP(t, img)} {
		if mustDecode(t, name, file).Hash() != want {
			t.Errorf("%s: another hash", name)
		}
	}
	p := FromImage(img)
	flat := &RGB{p.Pix, p.Height, p.Width}
	if flat.Hash() == want {
		t.Error("the size does not count")
	}
	rapid.Check(t, func(t *rapid.T) {
		changed := &RGB{append([]byte(nil), p.Pix...), p.Width, p.Height}
		changed.Pix[rapid.IntRange(0, len(p.Pix)-1).Draw(t, "byte")] ^= rapid.ByteRange(1, 255).Draw(t, "bits")
		if changed.Hash() == want {
			t.Fatal("a pixel does not count")
		}
	})
}

// TestFromImageKinds compares every fast way of reading rows with reading one
// pixel after the other, on parts of images too.
func TestFromImageKinds(t *testing.T) {
	full := image.Rect(-3, -2, 21, 15)
	part := image.Rect(1, 3, 17, 14)
	kinds := map[string]interface {
		image.Image
		SubImage(image.Rectangle) image.Image
	}{
		"Gray": image.NewGray(full), "Gray16": image.NewGray16(full), "Alpha": image.NewAlpha(full),
		"RGBA": image.NewRGBA(full), "RGBA64": image.NewRGBA64(full),
		"NRGBA": image.NewNRGBA(full), "NRGBA64": image.NewNRGBA64(full),
		"YCbCr": image.NewYCbCr(full, image.YCbCrSubsampleRatio420), "NYCbCrA": image.NewNYCbCrA(full, image.YCbCrSubsampleRatio444),
		"Paletted": image.NewPaletted(full, color.Palette{color.White, color.Transparent, color.NRGBA{1, 2, 3, 128}, color.Black}),
	}
	for name, img := range kinds {
		scribble(img)
		for _, m := range []image.Image{img, img.SubImage(part)} {
			got, want := FromImage(m), NewRGB(m.Bounds().Dx(), m.Bounds().Dy())
			for y := range want.Height {
				modelRow(m)(want.row(y), y)
			}
			if largest, _ := difference(t, got, want); largest > 0 {
				t.Errorf("%s %v differs by %d from its pixels", name, m.Bounds(), largest)
			}
		}
	}
}

// scribble fills the image's own buffers with all kinds of values.
func scribble(img image.Image) {
	fill := func(p []byte, most int) {
		for i := range p {
			p[i] = byte(i * i * 7 % (most + 1))
		}
	}
	switch m := img.(type) {
	case *image.Gray:
		fill(m.Pix, 255)
	case *image.Gray16:
		fill(m.Pix, 255)
	case *image.Alpha:
		fill(m.Pix, 255)
	case *image.NRGBA:
		fill(m.Pix, 255)
	case *image.NRGBA64:
		fill(m.Pix, 255)
	case *image.Paletted:
		fill(m.Pix, len(m.Palette)-1)
	case *image.YCbCr:
		fill(m.Y, 255)
		fill(m.Cb, 255)
	case *image.NYCbCrA:
		fill(m.Y, 255)
		fill(m.A, 255)
	case *image.RGBA: // premultiplied: no colour above its alpha
		fill(m.Pix, 255)
		for i := range m.Pix {
			m.Pix[i] = min(m.Pix[i], m.Pix[i|3])
		}
	case *image.RGBA64:
		fill(m.Pix, 255)
		for i := range m.Pix {
			m.Pix[i] = min(m.Pix[i], m.Pix[i|7]&^1)
		}
	}
}

// TestCMYK: the corners are exact, and no ink is white.
func TestCMYK(t *testing.T) {
	img := image.NewCMYK(image.Rect(0, 0, 5, 1))
	for x, c := range []color.CMYK{{}, {C: 255}, {M: 255, Y: 255}, {K: 255}, {C: 100, M: 50, Y: 0, K: 128}} {
		img.SetCMYK(x, 0, c)
	}
	want := []byte{255, 255, 255, 0, 255, 255, 255, 0, 0, 0, 0, 0, 77, 102, 127}
	if got := FromImage(img).Pix; string(got) != string(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
