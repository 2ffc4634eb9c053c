package imageio

import (
	"bytes"
	"image"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawPlane is a plane of random samples for a picture of random size, with
// more samples in memory than the picture needs, as in decoders.
func drawPlane(t *rapid.T, h, v int) (p plane, width, height int) {
	width, height = rapid.IntRange(1, 70).Draw(t, "width"), rapid.IntRange(1, 9).Draw(t, "height")
	p = newPlane(nil, (width+h-1)/h+rapid.IntRange(0, 9).Draw(t, "padding"), width, height, h, v)
	p.pix = rapid.SliceOfN(rapid.Byte(), p.stride*p.height, p.stride*p.height).Draw(t, "samples")
	return p, width, height
}

// fancy is libjpeg's upsampling, sample by sample as its jdsample.c describes it.
func fancy(p plane, x, y int) byte {
	at := func(cx, cy int) int {
		return int(p.pix[min(max(cy, 0), p.height-1)*p.stride+min(max(cx, 0), p.width-1)])
	}
	cx, cy := x/p.h, y/p.v
	besideX, besideY := cx-1+2*(x%2), cy-1+2*(y%2)
	switch {
	case p.h == 2 && p.v == 1 && p.width > 2:
		return byte((3*at(cx, cy) + at(besideX, cy) + 1 + x%2) / 4)
	case p.h == 1 && p.v == 2:
		return byte((3*at(cx, cy) + at(cx, besideY) + 1 + y%2) / 4)
	case p.h == 2 && p.v == 2 && p.width > 2:
		own, beside := 3*at(cx, cy)+at(cx, besideY), 3*at(besideX, cy)+at(besideX, besideY)
		return byte((3*own + beside + 8 - x%2) / 16)
	}
	return byte(at(cx, cy))
}

func TestSpreadDefinition(t *testing.T) {
	for _, f := range [][2]int{{1, 1}, {2, 1}, {1, 2}, {2, 2}, {4, 1}, {4, 2}} {
		rapid.Check(t, func(t *rapid.T) {
			p, width, height := drawPlane(t, f[0], f[1])
			s := newSpreader(p)
			for y := range height {
				want := make([]byte, width)
				for x := range want {
					want[x] = fancy(p, x, y)
				}
				if diff := cmp.Diff(want, s.row(y)[:width]); diff != "" {
					t.Fatalf("row %d at factors %v (-want +got):\n%s", y, f, diff)
				}
			}
		})
	}
}

// TestYCCDefinition compares the packed sums with the definition at every Cb
// and Cr, where Y makes the difference: at both ends and in the middle.
func TestYCCDefinition(t *testing.T) {
	rows := [][]byte{make([]byte, 256), make([]byte, 256), make([]byte, 256)}
	got, want := make([]byte, 3*256), make([]byte, 3*256)
	for i := range 256 {
		rows[2][i] = byte(i)
	}
	for _, y := range []byte{0, 1, 127, 128, 200, 254, 255} {
		for cb := range 256 {
			for i := range 256 {
				rows[0][i], rows[1][i] = y, byte(cb)
				want[3*i], want[3*i+1], want[3*i+2] = yccPixel(y, byte(cb), byte(i))
			}
			yccRow(got, rows)
			if !bytes.Equal(want, got) {
				t.Fatalf("y %d, cb %d (-want +got):\n%s", y, cb, cmp.Diff(want, got))
			}
		}
	}
}

// TestYCCReal: within one level of the real numbers of JFIF.
func TestYCCReal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y, cb, cr := rapid.Byte().Draw(t, "y"), rapid.Byte().Draw(t, "cb"), rapid.Byte().Draw(t, "cr")
		r, g, b := yccPixel(y, cb, cr)
		fy, fb, fr := float64(y), float64(cb)-128, float64(cr)-128
		for i, want := range []float64{fy + 1.402*fr, fy - .344136*fb - .714136*fr, fy + 1.772*fb} {
			want = min(max(want, 0), 255)
			if got := float64([]byte{r, g, b}[i]); got < want-.51 || got > want+.51 {
				t.Fatalf("channel %d of %d %d %d: %v, want %.3f", i, y, cb, cr, got, want)
			}
		}
	})
}

// TestVideoRange: in WebP's range 16 is black, 235 is white, and 128 is no colour.
func TestVideoRange(t *testing.T) {
	m := image.NewYCbCr(image.Rect(0, 0, 4, 1), image.YCbCrSubsampleRatio420)
	copy(m.Y, []byte{0, 16, 235, 255})
	copy(m.Cb, []byte{128, 128})
	copy(m.Cr, []byte{128, 128})
	if diff := cmp.Diff([]byte{0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255}, videoToRGB(m).Pix); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
