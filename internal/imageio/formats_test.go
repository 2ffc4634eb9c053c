package imageio

import (
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/image/tiff"
)

func pngCRC(chunk []byte) uint32 { return crc32.ChecksumIEEE(chunk) }

// TestFormatsAndModels writes a picture in every colour model that each encoder
// knows, and compares with that model's own idea of the colours.
func TestFormatsAndModels(t *testing.T) {
	models := map[string]draw.Image{
		"grey":        image.NewGray(image.Rect(0, 0, 19, 13)),
		"grey 16 bit": image.NewGray16(image.Rect(0, 0, 19, 13)),
		"palette":     image.NewPaletted(image.Rect(0, 0, 19, 13), color.Palette{color.White, color.Black, color.RGBA{200, 30, 20, 255}, color.NRGBA{9, 99, 199, 255}}),
		"rgba":        image.NewRGBA(image.Rect(0, 0, 19, 13)),
		"nrgba":       image.NewNRGBA(image.Rect(0, 0, 19, 13)),
		"rgb 16 bit":  image.NewRGBA64(image.Rect(0, 0, 19, 13)),
		"rgba 16 bit": image.NewNRGBA64(image.Rect(0, 0, 19, 13)),
	}
	for model, img := range models {
		draw.Draw(img, img.Bounds(), colorful(19, 13), image.Point{}, draw.Src)
		t.Run("png/"+model, func(t *testing.T) { sameColors(t, "png", encodePNG(t, img), img) })
		t.Run("bmp/"+model, func(t *testing.T) { sameColors(t, "bmp", encodeBMP(t, img), img) })
		t.Run("tiff/"+model, func(t *testing.T) { sameColors(t, "tiff", encodeTIFF(t, img, tiff.Uncompressed), img) })
		t.Run("tiff deflate/"+model, func(t *testing.T) { sameColors(t, "tiff", encodeTIFF(t, img, tiff.Deflate), img) })
		if _, ok := img.(*image.Paletted); ok {
			t.Run("gif/"+model, func(t *testing.T) { sameColors(t, "gif", encodeGIF(t, img), img) })
		}
	}
}

// sameColors: every pixel is the high byte of what the model says. (BMP has no
// 16-bit colours; its encoder takes the high byte too.)
func sameColors(t *testing.T, format string, file []byte, want image.Image) {
	t.Helper()
	p, info, err := Decode("picture", file, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	b := want.Bounds()
	if diff := cmp.Diff(Info{format, b.Dx(), b.Dy()}, info); diff != "" {
		t.Fatalf("info (-want +got):\n%s", diff)
	}
	for y := range b.Dy() {
		for x := range b.Dx() {
			r, g, b, _ := want.At(x, y).RGBA()
			if diff := cmp.Diff(color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255}, p.At(x, y)); diff != "" {
				t.Fatalf("pixel (%d, %d) (-want +got):\n%s", x, y, diff)
			}
		}
	}
}

// TestTransparency: what is half transparent lies over white.
func TestTransparency(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 256, 3))
	for x := range 256 {
		img.SetNRGBA(x, 0, color.NRGBA{0, 100, 255, uint8(x)})
		img.SetNRGBA(x, 1, color.NRGBA{uint8(x), uint8(255 - x), 77, 128})
		img.SetNRGBA(x, 2, color.NRGBA{1, 2, 3, 0})
	}
	for name, file := range map[string][]byte{"png": encodePNG(t, img), "tiff": encodeTIFF(t, img, tiff.Deflate)} {
		p := mustDecode(t, name, file)
		for i := 0; i < len(img.Pix); i += 4 {
			c, a := img.Pix[i:i+3], int(img.Pix[i+3])
			for k, v := range c {
				if want := (int(v)*a + 255*(255-a) + 127) / 255; int(p.Pix[i/4*3+k]) != want {
					t.Fatalf("%s: pixel %d channel %d of %v alpha %d: %d, want %d", name, i/4, k, c, a, p.Pix[i/4*3+k], want)
				}
			}
		}
	}
}

// TestTransparentPalette: GIF's transparent colour is white.
func TestTransparentPalette(t *testing.T) {
	img := image.NewPaletted(image.Rect(0, 0, 2, 1), color.Palette{color.NRGBA{10, 20, 30, 255}, color.Transparent})
	img.Pix[1] = 1
	for name, file := range map[string][]byte{"gif": encodeGIF(t, img), "png": encodePNG(t, img)} {
		if diff := cmp.Diff([]byte{10, 20, 30, 255, 255, 255}, mustDecode(t, name, file).Pix); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestNamesDoNotMatter: the format comes from the bytes, and what follows a
// complete picture is ignored.
func TestNamesDoNotMatter(t *testing.T) {
	for kind, file := range samples(t) {
		want := mustDecode(t, "right", file)
		if diff := cmp.Diff(want.Hash(), mustDecode(t, "holiday.txt", file).Hash()); diff != "" {
			t.Errorf("%s: another name gives another picture", kind)
		}
		trailed := append(append([]byte(nil), file...), "something appended, \xff\xd8\xff and more"...)
		if diff := cmp.Diff(want.Hash(), mustDecode(t, kind+" with a tail", trailed).Hash()); diff != "" {
			t.Errorf("%s: a tail gives another picture", kind)
		}
	}
}
