package encoder

import (
	"image"
	"image/color"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lookalike/internal/attention"
)

func TestPatchWindow(t *testing.T) {
	crop := HFPreprocess()
	crop.DoResize, crop.DoCenterCrop = false, true
	asIs := HFPreprocess()
	asIs.DoResize = false
	for _, c := range []struct {
		name          string
		p             Preprocess
		picture, grid image.Point
		want          attention.Window
	}{
		{"squeezed", HFPreprocess(), image.Pt(640, 480), image.Pt(224, 224), attention.Window{Right: 1, Bottom: 1}},
		{"squeezed, with a rest", HFPreprocess(), image.Pt(100, 900), image.Pt(210, 196), attention.Window{Right: 0.9375, Bottom: 0.875}},
		{"wide, cropped", EvalPreprocess(), image.Pt(512, 256), image.Pt(224, 224),
			attention.Window{Left: 144. / 512, Top: 16. / 256, Right: 368. / 512, Bottom: 240. / 256}},
		{"high, cropped", EvalPreprocess(), image.Pt(30, 60), image.Pt(224, 224),
			attention.Window{Left: 16. / 256, Top: 144. / 512, Right: 240. / 256, Bottom: 368. / 512}},
		{"crop of the picture as it is", crop, image.Pt(448, 224), image.Pt(224, 224), attention.Window{Left: 0.25, Right: 0.75, Bottom: 1}},
		{"crop beyond the picture", crop, image.Pt(112, 112), image.Pt(224, 224), attention.Window{Left: -0.5, Top: -0.5, Right: 1.5, Bottom: 1.5}},
		{"as it is, with a rest", asIs, image.Pt(50, 40), image.Pt(48, 32), attention.Window{Right: 0.96, Bottom: 0.8}},
	} {
		if diff := cmp.Diff(c.want, c.p.window(c.picture, c.grid)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// TestPatchWindowIsWhereThePixelsAre puts a white square into a black picture, looks
// for it in what the model gets, and asks the window where that was.
func TestPatchWindowIsWhereThePixelsAre(t *testing.T) {
	resized := HFPreprocess()
	resized.Size = Size{ShortestEdge: 160, LongestEdge: 300}
	for name, p := range map[string]Preprocess{"hf": HFPreprocess(), "eval": EvalPreprocess(), "shortest edge": resized} {
		for _, size := range []image.Point{{300, 200}, {200, 300}, {250, 250}, {640, 400}} {
			for _, centre := range []image.Point{size.Div(2), {size.X/2 - 40, size.Y/2 + 30}, {size.X/2 + 50, size.Y/2 - 60}} {
				img := image.NewGray(image.Rectangle{Max: size})
				for y := centre.Y - 8; y < centre.Y+8; y++ {
					for x := centre.X - 8; x < centre.X+8; x++ {
						img.SetGray(x, y, color.Gray{Y: 255})
					}
				}
				in := newPreprocessor(p)
				if err := in.run(img); err != nil {
					t.Fatal(err)
				}
				w := p.window(size, image.Pt(in.pixels.Width, in.pixels.Height))
				gx, gy := centroid(in)
				x, y := (w.Left+gx*(w.Right-w.Left))*float64(size.X), (w.Top+gy*(w.Bottom-w.Top))*float64(size.Y)
				if d := math.Hypot(x-float64(centre.X), y-float64(centre.Y)); !(d <= 1) {
					t.Errorf("%s: in %v the square at %v is taken for one at %.1f, %.1f", name, size, centre, x, y)
				}
			}
		}
	}
}

// centroid is the centre of what is bright in the model's picture, in parts of
// its width and height.
func centroid(in *preprocessor) (x, y float64) {
	var sum float64
	for i := 0; i < len(in.picture.Pix); i += 3 {
		at, v := i/3, float64(in.picture.Pix[i])
		x += v * (float64(at%in.picture.Width) + 0.5)
		y += v * (float64(at/in.picture.Width) + 0.5)
		sum += v
	}
	return x / sum / float64(in.picture.Width), y / sum / float64(in.picture.Height)
}

// TestAttention: a Map is LastHiddenState's attention without CLS.
func TestAttention(t *testing.T) {
	e := tinyEncoder(t)
	img := noise("attention", 64, 48)
	out, err := e.LastHiddenState(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	m, err := e.Attention(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	if m.Heads != out.H || m.Rows != out.GridHeight || m.Columns != out.GridWidth || len(m.Values) != out.H*(out.N-1) {
		t.Fatalf("%d heads of %dx%d patches, %d values", m.Heads, m.Rows, m.Columns, len(m.Values))
	}
	for h := range m.Heads {
		sum := float64(out.CLSAttention[h*out.N])
		for i, v := range m.Head(h) {
			sum += float64(v)
			if v != out.CLSAttention[h*out.N+1+i] {
				t.Errorf("head %d, patch %d: %g, not %g", h, i, v, out.CLSAttention[h*out.N+1+i])
			}
		}
		if !(math.Abs(sum-1) <= 1e-5) {
			t.Errorf("head %d: with CLS itself it sums to %g", h, sum)
		}
	}
	if want := (attention.Window{Right: 1, Bottom: 1}); m.Window != want {
		t.Errorf("window %+v", m.Window)
	}
}

func TestAttentionRefuses(t *testing.T) {
	e := tinyEncoder(t)
	_, err := e.Attention(t.Context(), image.NewGray(image.Rect(0, 0, 0, 5)))
	checkError(t, err, ErrInput, "no pixels")
	for _, bad := range []float64{math.NaN(), math.Inf(1), -0.5} {
		out := Output{CLSAttention: []float32{0.5, 0.5, 0.5, float32(bad)}, H: 2, N: 2}
		_, err := out.patchAttention()
		checkError(t, err, ErrInput, "attention")
	}
	e.Close()
	_, err = e.Attention(t.Context(), noise("closed", 8, 8))
	checkError(t, err, ErrClosed)
}
