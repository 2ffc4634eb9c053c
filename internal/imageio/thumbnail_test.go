package imageio

import (
	"bytes"
	"image/color"
	"image/jpeg"
	"testing"

	"github.com/disintegration/imaging"
	"pgregory.net/rapid"

	"lookalike/internal/pictures"
)

// TestThumbnailSize: it fits, keeps its shape and is never enlarged.
func TestThumbnailSize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := NewRGB(rapid.IntRange(1, 300).Draw(t, "width"), rapid.IntRange(1, 300).Draw(t, "height"))
		side := rapid.IntRange(1, 150).Draw(t, "side")
		file, err := Thumbnail(p, side)
		if err != nil {
			t.Fatal(err)
		}
		got, err := jpeg.DecodeConfig(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		long := max(p.Width, p.Height)
		scale := min(1, float64(side)/float64(long))
		for _, d := range [][2]int{{p.Width, got.Width}, {p.Height, got.Height}} {
			want := float64(d[0]) * scale
			if d[1] > side || d[1] > d[0] || float64(d[1]) < want-1.5 || float64(d[1]) > max(1, want+1.5) {
				t.Fatalf("%dx%d to side %d: %dx%d", p.Width, p.Height, side, got.Width, got.Height)
			}
		}
	})
}

func TestThumbnailSide(t *testing.T) {
	if _, err := Thumbnail(NewRGB(3, 3), 0); err == nil {
		t.Error("side 0 is accepted")
	}
}

// TestThumbnailThin: the longest side there is.
func TestThumbnailThin(t *testing.T) {
	for _, p := range []*RGB{NewRGB(maxSide, 1), NewRGB(1, maxSide)} {
		if _, err := Thumbnail(p, 320); err != nil {
			t.Errorf("%dx%d: %v", p.Width, p.Height, err)
		}
	}
}

// TestThumbnailLooks: averaging first makes nearly the same picture as imaging alone.
func TestThumbnailLooks(t *testing.T) {
	img := pictures.Make(1, 800, 600)
	file, err := Thumbnail(FromImage(img), 100)
	if err != nil {
		t.Fatal(err)
	}
	got := mustDecode(t, "thumbnail", file)
	want := FromImage(imaging.Fit(img, 100, 100, imaging.CatmullRom))
	if _, mean := difference(t, got, want); mean > 6 {
		t.Errorf("differs by %.1f levels on average from the same without averaging", mean)
	}
}

// TestShrinkAverages: each pixel is the rounded mean of its square, at the
// edges of what is left of it.
func TestShrinkAverages(t *testing.T) {
	p := FromImage(colorful(23, 10))
	small := shrink(p, 3) // 23 / 6: squares of 3
	for y := range small.Rect.Dy() {
		for x := range small.Rect.Dx() {
			if got, want := small.NRGBAAt(x, y), meanOf(p, 3*x, 3*y, 3); got != want {
				t.Errorf("(%d, %d): %v, want %v", x, y, got, want)
			}
		}
	}
}

func meanOf(p *RGB, x0, y0, k int) color.NRGBA {
	var sum [3]int
	n := 0
	for y := y0; y < min(y0+k, p.Height); y++ {
		for x := x0; x < min(x0+k, p.Width); x++ {
			for c := range sum {
				sum[c] += int(p.row(y)[3*x+c])
			}
			n++
		}
	}
	mean := func(c int) uint8 { return uint8((sum[c] + n/2) / n) }
	return color.NRGBA{mean(0), mean(1), mean(2), 255}
}
