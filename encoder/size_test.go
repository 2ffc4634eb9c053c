package encoder

import (
	"image"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestWithSize: a picture at another size is what the preprocessing makes of
// it there, and the golden files say what the model makes of that (70x90 and
// 224x320 are among them).
func TestWithSize(t *testing.T) {
	img := noise("size", 150, 90)
	for _, size := range []image.Point{{32, 32}, {64, 64}, {96, 40}, {8, 80}} {
		e := tinyEncoder(t, WithSize(size.X, size.Y))
		if e.InputSize() != size {
			t.Errorf("%v: the input is %v", size, e.InputSize())
		}
		p := HFPreprocess()
		p.Size = Size{Width: size.X, Height: size.Y}
		in := newPreprocessor(p)
		if err := in.run(img); err != nil {
			t.Fatal(err)
		}
		if in.pixels.Width != size.X || in.pixels.Height != size.Y {
			t.Fatalf("%v: preprocessed to %dx%d", size, in.pixels.Width, in.pixels.Height)
		}
		v, err := e.Embed(t.Context(), img)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(embedPixels(t, e, in.pixels), v[0]); diff != "" {
			t.Errorf("%v: %s", size, diff)
		}
		out, err := e.LastHiddenState(t.Context(), img)
		if err != nil || out.GridWidth != size.X/8 || out.GridHeight != size.Y/8 {
			t.Errorf("%v: a grid of %dx%d, %v", size, out.GridWidth, out.GridHeight, err)
		}
	}
}

// TestSizeIsInFingerprint: other sizes are other models, the default size said
// aloud is not.
func TestSizeIsInFingerprint(t *testing.T) {
	print := func(opts ...Option) string { return tinyEncoder(t, opts...).Model().Fingerprint }
	seen := []string{print(), print(WithPreprocess("eval"))}
	if print(WithSize(224, 224)) != seen[0] || print(WithSize(224, 224), WithPreprocess("eval")) != seen[1] {
		t.Error("the default size has another fingerprint when it is given")
	}
	for _, opts := range [][]Option{
		{WithSize(448, 448)}, {WithSize(448, 224)}, {WithSize(224, 448)}, {WithPreprocess("eval"), WithSize(448, 448)},
	} {
		if got := print(opts...); slices.Contains(seen, got) {
			t.Error("two sizes share a fingerprint")
		} else {
			seen = append(seen, got)
		}
	}
}

func TestSized(t *testing.T) {
	crop := HFPreprocess()
	crop.DoCenterCrop, crop.Size = true, Size{Height: 256, Width: 256}
	only := crop
	only.DoResize = false
	asIs := HFPreprocess()
	asIs.DoResize = false
	long := EvalPreprocess()
	long.Size.LongestEdge = 512
	for name, c := range map[string]struct {
		p        Preprocess
		w, h     int
		resize   bool
		size     Size
		cropSize Size
	}{
		"plain":              {HFPreprocess(), 448, 320, true, Size{Width: 448, Height: 320}, Size{Width: 224, Height: 224}},
		"not resized so far": {asIs, 448, 320, true, Size{Width: 448, Height: 320}, Size{Width: 224, Height: 224}},
		"eval":               {EvalPreprocess(), 448, 448, true, Size{ShortestEdge: 512}, Size{Width: 448, Height: 448}},
		"eval, wide":         {EvalPreprocess(), 448, 224, true, Size{ShortestEdge: 512}, Size{Width: 448, Height: 224}},
		"eval, small":        {EvalPreprocess(), 112, 112, true, Size{ShortestEdge: 128}, Size{Width: 112, Height: 112}},
		"longest edge":       {long, 448, 448, true, Size{ShortestEdge: 512, LongestEdge: 1024}, Size{Width: 448, Height: 448}},
		"squeezed and cut":   {crop, 448, 112, true, Size{Width: 512, Height: 128}, Size{Width: 448, Height: 112}},
		"only cut":           {only, 448, 112, false, only.Size, Size{Width: 448, Height: 112}},
	} {
		got := c.p.sized(image.Pt(c.w, c.h))
		if got.DoResize != c.resize || got.Size != c.size || got.CropSize != c.cropSize || got.DoCenterCrop != c.p.DoCenterCrop {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := long.sized(image.Pt(4096, 4096)).Size; got != (Size{ShortestEdge: 4096, LongestEdge: 4096}) {
		t.Errorf("at the limit: %+v", got)
	}
}

func TestSizeRefuses(t *testing.T) {
	for _, c := range []struct {
		w, h int
		want string
	}{
		{0, 8, "0x8: each side is 1 to 4096"},
		{8, 4097, "each side is 1 to 4096"},
		{-8, 8, "each side"},
		{35, 40, "35x40 is no multiple of the model's patches of 8x8; 32x40 is"},
		{36, 3, "40x8 is"},
		{4096, 4096, "262144 patches of 8x8; the limit is 8191"},
	} {
		_, err := Seeded(tinyConfig(), 1, WithSize(c.w, c.h))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%dx%d: %v, want %q", c.w, c.h, err, c.want)
		}
	}
	_, err := Starter(WithSize(100, 112))
	checkError(t, err, ErrConfig, "96x112 is")
	_, err = Open("testdata/tiny", WithSize(70, 96))
	checkError(t, err, ErrConfig, "open model testdata/tiny", "64x96 is")
}

// TestInFlight: images wait where together they would not fit in memory, and
// what one needs is what it was reckoned with.
func TestInFlight(t *testing.T) {
	at := func(side int) Preprocess { return HFPreprocess().sized(image.Pt(side, side)) }
	asIs := HFPreprocess()
	asIs.DoResize = false
	for _, c := range []struct {
		p             Preprocess
		workers, want int
	}{
		{at(224), 1, 1}, {at(224), 16, 16}, {at(224), 4096, 295}, {at(448), 4096, 74}, {at(1440), 64, 7}, {asIs, 64, 7}, {asIs, 3, 3},
	} {
		if got := ViTB16().inFlight(c.p, c.workers); got != c.want {
			t.Errorf("%v, %d workers: %d images", c.p.input(), c.workers, got)
		}
	}
	c := ViTB16()
	c.HiddenSize = maxHidden
	c.IntermediateSize = 8 * maxHidden
	if got := c.inFlight(asIs, 9); got != 1 {
		t.Errorf("however large: %d", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		c := tinyConfig()
		px := SeededPixels(0, 8*rapid.IntRange(1, 9).Draw(t, "rows"), 8*rapid.IntRange(1, 9).Draw(t, "columns"), 1)
		m, a := vit{config: c, weights: &weights{}}, &activations{}
		n := m.reset(a, px)
		used := 4 * (len(px.Data) + a.patches.M*a.patches.K + a.x.M*a.x.K + a.y.M*a.y.K + a.qkv.M*a.qkv.K + a.heads.M*a.heads.K + a.hidden.M*a.hidden.K)
		if reckoned := c.activationBytes(n - 1); used > reckoned || used < reckoned/2 {
			t.Fatalf("%d bytes in use, reckoned with %d", used, reckoned)
		}
	})
}

// TestFewInFlight: with room for two images, more of them take turns, each on
// several cores, and each gets its own embedding.
func TestFewInFlight(t *testing.T) {
	e := tinyEncoder(t, WithWorkers(6))
	images := []image.Image{noise("a", 40, 40), noise("b", 40, 40), noise("c", 40, 40), noise("d", 40, 40), noise("e", 40, 40)}
	want, err := e.Embed(t.Context(), images...)
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		<-e.images
	}
	got, err := e.Embed(t.Context(), images...)
	for range 4 {
		e.images <- &activations{}
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}
