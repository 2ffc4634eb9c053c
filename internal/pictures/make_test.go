package pictures

import (
	"bytes"
	"image"
	"image/color"
	"testing"

	"github.com/disintegration/imaging"
	"pgregory.net/rapid"
)

func TestMakeIsDeterministic(t *testing.T) {
	for seed := range uint64(2 * len(scenes)) {
		w, h := 30+int(seed), 50-int(seed)
		a, b := Make(seed, w, h), Make(seed, w, h)
		if a.Rect != image.Rect(0, 0, w, h) {
			t.Fatalf("%v, want %dx%d", a.Rect, w, h)
		}
		if !bytes.Equal(a.Pix, b.Pix) {
			t.Fatalf("seed %d gives two pictures", seed)
		}
		if !a.Opaque() {
			t.Fatalf("seed %d is not opaque", seed)
		}
	}
}

// TestMakeAnySize: no size and no seed is too odd.
func TestMakeAnySize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 40).Draw(t, "width"), rapid.IntRange(1, 40).Draw(t, "height")
		if m := Make(rapid.Uint64().Draw(t, "seed"), w, h); m.Rect.Dx() != w || m.Rect.Dy() != h {
			t.Fatalf("%v, want %dx%d", m.Rect, w, h)
		}
	})
}

// signature is the picture in 8x8 pixels.
func signature(m image.Image) []byte { return imaging.Resize(m, 8, 8, imaging.Box).Pix }

// distance is the mean difference of two signatures, in levels.
func distance(a, b []byte) float64 {
	sum := 0
	for i := range a {
		sum += max(int(a[i]), int(b[i])) - min(int(a[i]), int(b[i]))
	}
	return float64(sum) / float64(len(a)*3/4) // alpha never differs
}

// TestSeedsDiffer: even in 8x8 pixels no two pictures are close.
func TestSeedsDiffer(t *testing.T) {
	const n = 72
	signatures := make([][]byte, n)
	for i := range signatures {
		signatures[i] = signature(Make(uint64(i), 64, 48))
	}
	closest := 255.0
	for i, a := range signatures {
		for _, b := range signatures[:i] {
			closest = min(closest, distance(a, b))
		}
	}
	t.Logf("the closest two of %d pictures differ by %.1f levels on average", n, closest)
	if closest < 5 {
		t.Error("too close")
	}
}

// TestSizeOnlyScales: a composition is the same at every size.
func TestSizeOnlyScales(t *testing.T) {
	for seed := range uint64(len(scenes)) {
		small, large := signature(Make(seed, 80, 60)), signature(Make(seed, 320, 240))
		if d := distance(small, large); d > 6 {
			t.Errorf("%s: differs by %.1f levels at four times the size", sceneOf(seed).name, d)
		}
	}
}

// TestNotBlank: every scene has light, dark and colour in it.
func TestNotBlank(t *testing.T) {
	for seed := range uint64(2 * len(scenes)) {
		darkest, lightest := 255, 0
		m := Make(seed, 120, 90)
		for i := 0; i < len(m.Pix); i += 4 {
			y := int(color.GrayModel.Convert(color.RGBA{m.Pix[i], m.Pix[i+1], m.Pix[i+2], 255}).(color.Gray).Y)
			darkest, lightest = min(darkest, y), max(lightest, y)
		}
		if lightest-darkest < 50 {
			t.Errorf("seed %d (%s): grey values only from %d to %d", seed, sceneOf(seed).name, darkest, lightest)
		}
	}
}
