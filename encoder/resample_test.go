package encoder

import (
	"crypto/sha256"
	"encoding/hex"
	"image"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"lookalike/internal/imageio"
	"lookalike/internal/simd"
)

// resized is img as a whole at another size.
func resized(img *imageio.RGB, width, height, resample int) *imageio.RGB {
	out := imageio.NewRGB(width, height)
	new(resampler).resize(out.Pix, 3*width, img, image.Pt(width, height), out.Bounds(), filters[resample])
	return out
}

// TestPillow compares with hashes of Pillow's own output; testdata/make_pillow.py
// has the rules of the pictures.
func TestPillow(t *testing.T) {
	type pillowCase struct {
		Name     string
		Size, To [2]int
		SHA256   []string
	}
	for _, c := range readGolden[[]pillowCase](t, "pillow.json") {
		img := noise(c.Name, c.Size[0], c.Size[1])
		if strings.HasPrefix(c.Name, "hard") {
			for i, v := range img.Pix {
				img.Pix[i] = v >> 7 * 255
			}
		}
		for resample, want := range c.SHA256 {
			sum := sha256.Sum256(resized(img, c.To[0], c.To[1], resample).Pix)
			if got := hex.EncodeToString(sum[:]); got != want {
				t.Errorf("%s to %v with filter %d differs from Pillow's", c.Name, c.To, resample)
			}
		}
	}
}

// TestResizeFlat: a picture of one colour stays so, whatever the filter.
func TestResizeFlat(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		side := rapid.IntRange(1, 70)
		img := imageio.NewRGB(side.Draw(rt, "width"), side.Draw(rt, "height"))
		color := [3]byte{rapid.Byte().Draw(rt, "r"), rapid.Byte().Draw(rt, "g"), rapid.Byte().Draw(rt, "b")}
		for i := range img.Pix {
			img.Pix[i] = color[i%3]
		}
		out := resized(img, side.Draw(rt, "to width"), side.Draw(rt, "to height"), rapid.IntRange(0, 5).Draw(rt, "resample"))
		for i, v := range out.Pix {
			if v != color[i%3] {
				rt.Fatalf("byte %d is %d, want %d", i, v, color[i%3])
			}
		}
	})
}

// TestResizeSame: without a change of size every filter is the identity.
func TestResizeSame(t *testing.T) {
	img := noise("same", 61, 47)
	for resample := range filters {
		if got := resized(img, 61, 47, resample); string(got.Pix) != string(img.Pix) {
			t.Errorf("filter %d moves pixels", resample)
		}
	}
}

// TestResamplerReuse: memory left by a larger picture does not show.
func TestResamplerReuse(t *testing.T) {
	var used resampler
	for resample := range filters {
		for _, to := range []image.Point{{300, 200}, {3, 2}, {31, 57}, {1, 1}, {224, 224}} {
			img, out := noise("reuse", 97, 83), imageio.NewRGB(to.X, to.Y)
			used.resize(out.Pix, 3*to.X, img, to, out.Bounds(), filters[resample])
			if want := resized(img, to.X, to.Y, resample); string(out.Pix) != string(want.Pix) {
				t.Errorf("filter %d to %v differs after other work", resample, to)
			}
		}
	}
}

// resizedNaive is resize without windows, reuse or kernels: two passes in the
// plainest words, 8 bits between them.
func resizedNaive(img *imageio.RGB, width, height, resample int) *imageio.RGB {
	var across, down taps
	across.compute(img.Width, width, 0, width, filters[resample])
	down.compute(img.Height, height, 0, height, filters[resample])
	between, out := imageio.NewRGB(width, img.Height), imageio.NewRGB(width, height)
	for i := range between.Pix {
		c, x, y := i%3, i/3%width, i/3/width
		s := across.spans[x]
		between.Pix[i] = weighed(s.Weights, func(j int) byte { return img.Pix[3*(y*img.Width+s.From+j)+c] })
	}
	for i := range out.Pix {
		at, s := i%(3*width), down.spans[i/(3*width)]
		out.Pix[i] = weighed(s.Weights, func(j int) byte { return between.Pix[3*width*(s.From+j)+at] })
	}
	return out
}

// weighed is the weighted sum of bytes, rounded and clamped.
func weighed(weights []int32, at func(j int) byte) byte {
	sum := int64(1) << (simd.WeightBits - 1)
	for j, w := range weights {
		sum += int64(w) * int64(at(j))
	}
	return byte(min(max(sum>>simd.WeightBits, 0), 255))
}

// TestResizeAgainstNaive: all filters, larger and smaller, down to one pixel.
func TestResizeAgainstNaive(t *testing.T) {
	var used resampler
	rapid.Check(t, func(rt *rapid.T) {
		side := func(name string) int { return rapid.IntRange(1, 90).Draw(rt, name) }
		img := noise("naive", side("width"), side("height"))
		width, height, resample := side("to width"), side("to height"), rapid.IntRange(0, 5).Draw(rt, "resample")
		got := imageio.NewRGB(width, height)
		used.resize(got.Pix, 3*width, img, image.Pt(width, height), got.Bounds(), filters[resample])
		if want := resizedNaive(img, width, height, resample); string(got.Pix) != string(want.Pix) {
			rt.Fatal("differs")
		}
	})
}

// TestResizeLong: spans of thousands of pixels, either way.
func TestResizeLong(t *testing.T) {
	for _, c := range [][4]int{{10000, 3, 1, 2}, {3, 10000, 2, 1}, {4999, 1, 3, 40}, {1, 5001, 50, 7}} {
		img := noise("long", c[0], c[1])
		for resample := range filters {
			if got, want := resized(img, c[2], c[3], resample), resizedNaive(img, c[2], c[3], resample); string(got.Pix) != string(want.Pix) {
				t.Errorf("%v with filter %d differs", c, resample)
			}
		}
	}
}

// TestResizeDoesNotAllocate once it has seen the size.
func TestResizeDoesNotAllocate(t *testing.T) {
	for name, p := range map[string]Preprocess{"hf": HFPreprocess(), "eval": EvalPreprocess()} {
		img, pre := noise("allocate", 400, 301), newPreprocessor(p)
		if n := testing.AllocsPerRun(3, func() {
			if err := pre.run(img); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations a picture", name, n)
		}
	}
}
