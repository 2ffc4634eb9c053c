package imageio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/image/tiff"
)

// frames is a GIF of several frames on a canvas.
func frames(t *testing.T, width, height int, rects ...image.Rectangle) []byte {
	t.Helper()
	palette := color.Palette{color.NRGBA{10, 20, 30, 255}, color.NRGBA{200, 100, 0, 255}}
	g := &gif.GIF{Config: image.Config{ColorModel: palette, Width: width, Height: height}}
	for _, r := range rects {
		m := image.NewPaletted(r, palette)
		for i := range m.Pix {
			m.Pix[i] = 1
		}
		g.Image, g.Delay = append(g.Image, m), append(g.Delay, 1)
	}
	return encoded(t, func(w *bytes.Buffer) error { return gif.EncodeAll(w, g) })
}

// TestGIFCanvas: the first frame where it belongs, the palette's first colour around it.
func TestGIFCanvas(t *testing.T) {
	frame := image.Rect(3, 2, 7, 5)
	p := mustDecode(t, "gif", frames(t, 10, 8, frame, image.Rect(0, 0, 10, 8)))
	for y := range 8 {
		for x := range 10 {
			want := color.RGBA{10, 20, 30, 255}
			if image.Pt(x, y).In(frame) {
				want = color.RGBA{200, 100, 0, 255}
			}
			if got := p.At(x, y); got != want {
				t.Fatalf("(%d, %d): %v, want %v", x, y, got, want)
			}
		}
	}
}

// TestGIFEndings: a later frame that is cut, and rubbish in place of the trailer.
func TestGIFEndings(t *testing.T) {
	whole := frames(t, 4, 4, image.Rect(0, 0, 4, 4), image.Rect(0, 0, 4, 4))
	for n := len(whole) - 30; n < len(whole); n++ {
		if _, _, err := Decode("cut", whole[:n], Limits{}); !errors.Is(err, ErrTruncated) {
			t.Errorf("cut to %d of %d: %v", n, len(whole), err)
		}
	}
	rubbish := append(bytes.Clone(whole[:len(whole)-1]), 0, 1, 2, 3)
	mustDecode(t, "rubbish behind", rubbish)
}

// TestGIFGround: transparent if the frame has such a colour.
func TestGIFGround(t *testing.T) {
	opaque := color.Palette{color.NRGBA{1, 2, 3, 255}, color.White}
	clear := color.Palette{color.NRGBA{1, 2, 3, 255}, color.Transparent}
	if got := gifGround(opaque); got != [3]byte{1, 2, 3} {
		t.Errorf("without a transparent colour: %v", got)
	}
	if got := gifGround(clear); got != [3]byte{255, 255, 255} {
		t.Errorf("with a transparent colour: %v", got)
	}
}

// TestInkTIFF: four 16-bit samples a pixel that are inks, high bytes taken.
func TestInkTIFF(t *testing.T) {
	img := image.NewNRGBA64(image.Rect(0, 0, 3, 1))
	inks := []color.NRGBA64{{A: 0}, {R: 0xffff}, {R: 0x64aa, G: 0x32bb, B: 0, A: 0x80cc}}
	for x, c := range inks {
		img.SetNRGBA64(x, 0, c)
	}
	file := encodeTIFF(t, img, tiff.Uncompressed)
	d, _ := readDirectory(file)
	for e := d.entries; len(e) > 0; e = e[12:] { // the entries are part of the file
		switch d.order.Uint16(e) {
		case tagPhotometric:
			d.order.PutUint16(e[8:], photometricCMYK)
		case tagExtraSamples:
			d.order.PutUint16(e, 340) // one that nobody reads
		}
	}
	want := []byte{255, 255, 255, 0, 255, 255, 77, 102, 127}
	if diff := cmp.Diff(want, mustDecode(t, "inks", file).Pix); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDirectory reads numbers of both widths in both orders, and nothing from
// what is not a directory.
func TestDirectory(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		d, ok := readDirectory(exifBlock(order, 5))
		if !ok || d.number(256) != 23 || d.number(tagOrientation) != 5 || d.number(9999) != 0 {
			t.Errorf("%v: found %t, width %d, orientation %d", order, ok, d.number(256), d.number(tagOrientation))
		}
	}
	for _, block := range []string{"", "II*", "II*\x00", "MM\x00*\x00\x00\x00\x08", "II*\x00\xff\xff\xff\xff", "II*\x00\x08\x00\x00\x00\xff\xff", "JJ*\x00\x08\x00\x00\x00\x00\x00"} {
		if _, ok := readDirectory([]byte(block)); ok {
			t.Errorf("%q is taken for a directory", block)
		}
		if got := exifOrientation([]byte(block)); got != 0 {
			t.Errorf("%q has orientation %d", block, got)
		}
	}
}

// TestTextOrientation: a value of a kind that is no number counts as none.
func TestTextOrientation(t *testing.T) {
	block := exifBlock(binary.BigEndian, 6)
	block[len(block)-16+3] = 2 // type ASCII
	if got := exifOrientation(block); got != 0 {
		t.Errorf("got %d", got)
	}
}

func TestCursor(t *testing.T) {
	c := cursor{data: []byte{1, 2, 3}}
	for _, n := range []int{-1, 4, 1 << 62} {
		if _, err := c.take(n); !errors.Is(err, ErrTruncated) {
			t.Errorf("take(%d) of 3: %v", n, err)
		}
	}
	if b, err := c.take(2); err != nil || !bytes.Equal(b, []byte{1, 2}) || cap(b) != 2 {
		t.Errorf("%v with room for %d, %v", b, cap(b), err)
	}
	if b, err := c.readByte(); b != 3 || err != nil {
		t.Errorf("%d, %v", b, err)
	}
	if _, err := c.readByte(); !errors.Is(err, ErrTruncated) {
		t.Errorf("at the end: %v", err)
	}
}
