package encoder

import (
	"errors"
	"image"
	"math"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lookalike/internal/imageio"
)

func TestReadPreprocess(t *testing.T) {
	for content, change := range map[string]func(*Preprocess){
		`{}`:                                    func(*Preprocess) {},
		`{"size": null, "resample": null}`:      func(*Preprocess) {},
		`{"size": 112}`:                         func(p *Preprocess) { p.Size = Size{Height: 112, Width: 112} },
		`{"size": {"height": 90, "width": 70}}`: func(p *Preprocess) { p.Size = Size{Height: 90, Width: 70} },
		`{"size": {"shortest_edge": 256}}`:      func(p *Preprocess) { p.Size = Size{ShortestEdge: 256} },
		`{"size": {"shortest_edge": 256, "longest_edge": 500}}`:      func(p *Preprocess) { p.Size = Size{ShortestEdge: 256, LongestEdge: 500} },
		`{"do_resize": false, "resample": 5}`:                        func(p *Preprocess) { p.DoResize, p.Resample = false, 5 },
		`{"do_center_crop": true, "crop_size": 96}`:                  func(p *Preprocess) { p.DoCenterCrop, p.CropSize = true, Size{Height: 96, Width: 96} },
		`{"crop_size": {"height": 5, "width": 6}}`:                   func(p *Preprocess) { p.CropSize = Size{Height: 5, Width: 6} },
		`{"crop_size": {"shortest_edge": 7}}`:                        func(p *Preprocess) { p.CropSize = Size{Height: 7, Width: 7} },
		`{"do_rescale": false, "rescale_factor": 0.5}`:               func(p *Preprocess) { p.DoRescale, p.RescaleFactor = false, 0.5 },
		`{"do_normalize": false, "image_mean": [0, 1, 2]}`:           func(p *Preprocess) { p.DoNormalize, p.Mean = false, [3]float64{0, 1, 2} },
		`{"image_std": [0.5, 0.5, 0.5], "image_processor_type": ""}`: func(p *Preprocess) { p.Std = [3]float64{0.5, 0.5, 0.5} },
	} {
		want := HFPreprocess()
		change(&want)
		got, err := readPreprocess(configFS(preprocessFile, content))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", content, err, diff)
		}
	}
	if got, err := readPreprocess(fstest.MapFS{}); got != HFPreprocess() || err != nil {
		t.Errorf("without a file: %+v, %v", got, err)
	}
}

func TestReadPreprocessRefuses(t *testing.T) {
	for content, want := range map[string]string{
		`nonsense`:                        "invalid character",
		`{"size": "large"}`:               `"large"`,
		`{"size": 0}`:                     "size",
		`{"size": 1e9}`:                   "size",
		`{"size": {}}`:                    "size",
		`{"size": {"height": 224}}`:       "size",
		`{"size": {"longest_edge": 224}}`: "shortest_edge",
		`{"size": {"shortest_edge": 9, "height": 1}}`: "size",
		`{"size": {"height": 1.5, "width": 2}}`:       "whole numbers",
		`{"crop_size": {"height": 0, "width": 9}}`:    "crop_size",
		`{"crop_size": {"shortest_edge": -1}}`:        "crop_size",
		`{"resample": 6}`:                             "resample 6",
		`{"resample": -1}`:                            "resample -1",
		`{"image_mean": [0.5]}`:                       "image_mean has 1",
		`{"image_std": [1, 1, 1, 1]}`:                 "image_std has 4",
		`{"image_std": [1, 0, 1]}`:                    "image_std",
		`{"image_mean": [1e9, 0, 0]}`:                 "image_mean",
		`{"rescale_factor": 1e7}`:                     "rescale_factor",
		`{"do_resize": "yes"}`:                        "do_resize",
	} {
		_, err := readPreprocess(configFS(preprocessFile, content))
		checkError(t, err, ErrConfig, preprocessFile, want)
	}
}

func TestSizeOf(t *testing.T) {
	for _, c := range []struct {
		size         Size
		picture, out image.Point
	}{
		{Size{Height: 10, Width: 20}, image.Pt(7, 7), image.Pt(20, 10)},
		{Size{ShortestEdge: 256}, image.Pt(640, 480), image.Pt(341, 256)},
		{Size{ShortestEdge: 256}, image.Pt(37, 410), image.Pt(256, 2836)},
		{Size{ShortestEdge: 256}, image.Pt(9, 9), image.Pt(256, 256)},
		{Size{ShortestEdge: 256, LongestEdge: 300}, image.Pt(640, 480), image.Pt(300, 225)},
		{Size{ShortestEdge: 256, LongestEdge: 300}, image.Pt(480, 640), image.Pt(225, 300)},
		{Size{ShortestEdge: 256, LongestEdge: 400}, image.Pt(640, 480), image.Pt(341, 256)},
		{Size{ShortestEdge: 4, LongestEdge: 4}, image.Pt(1, 100), image.Pt(1, 4)},
	} {
		if got := c.size.of(c.picture); got != c.out {
			t.Errorf("%+v of %v is %v, want %v", c.size, c.picture, got, c.out)
		}
	}
}

// noise is a seeded picture.
func noise(name string, width, height int) *imageio.RGB {
	img := imageio.NewRGB(width, height)
	key := fnv1a(name)
	for i := range img.Pix {
		key += 0x9E3779B97F4A7C15
		img.Pix[i] = byte(splitmix64(key) >> 56)
	}
	return img
}

// TestWindow: cropping while resizing is cropping after it, and what lies
// outside the picture is black.
func TestWindow(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		side := func(name string, most int) int { return rapid.IntRange(1, most).Draw(rt, name) }
		img := noise("window", side("width", 60), side("height", 60))
		p := HFPreprocess()
		p.Resample = rapid.IntRange(0, 5).Draw(rt, "resample")
		p.DoResize = rapid.Bool().Draw(rt, "resize")
		p.Size = Size{Height: side("to height", 50), Width: side("to width", 50)}
		whole := *seen(t, p, img)
		p.DoCenterCrop, p.CropSize = true, Size{Height: side("crop height", 60), Width: side("crop width", 60)}
		got := seen(t, p, img)
		_, window := p.plan(image.Pt(img.Width, img.Height))
		for y := range got.Height {
			for x := range got.Width {
				if g, w := got.At(x, y), whole.At(x+window.Min.X, y+window.Min.Y); g != w {
					rt.Fatalf("(%d,%d) of %v is %v, want %v", x, y, window, g, w)
				}
			}
		}
	})
}

// TestCropCorner rounds half to even: torchvision's, and so the reference's.
func TestCropCorner(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 0, 2: 1, 3: 2, 5: 2, 7: 4, 117: 58, -1: 0, -3: -2, -4: -2} {
		if got := middle(n); got != want {
			t.Errorf("middle(%d) = %d, want %d", n, got, want)
		}
	}
}

func TestPixelValues(t *testing.T) {
	img := &imageio.RGB{Pix: []byte{0, 128, 255}, Width: 1, Height: 1}
	p := HFPreprocess()
	p.DoResize = false
	for name, c := range map[string]struct {
		change func(*Preprocess)
		want   []float64
	}{
		"all":          {func(*Preprocess) {}, []float64{-0.485 / 0.229, (128./255 - 0.456) / 0.224, (1 - 0.406) / 0.225}},
		"raw":          {func(p *Preprocess) { p.DoRescale, p.DoNormalize = false, false }, []float64{0, 128, 255}},
		"no normalise": {func(p *Preprocess) { p.DoNormalize = false }, []float64{0, 128. / 255, 1}},
		"factor":       {func(p *Preprocess) { p.DoNormalize, p.RescaleFactor = false, 2./255 }, []float64{0, 256. / 255, 2}},
		"no rescale":   {func(p *Preprocess) { p.DoRescale = false }, []float64{-0.485 / 0.229, (128 - 0.456) / 0.224, (255 - 0.406) / 0.225}},
	} {
		t.Run(name, func(t *testing.T) {
			p := p
			c.change(&p)
			pre := newPreprocessor(p)
			if err := pre.run(img); err != nil {
				t.Fatal(err)
			}
			for i, v := range pre.pixels.Data {
				if !(math.Abs(float64(v)-c.want[i]) <= 1e-5*math.Abs(c.want[i])) {
					t.Errorf("channel %d is %g, want %g", i, v, c.want[i])
				}
			}
		})
	}
}

func TestFrameRefuses(t *testing.T) {
	p := HFPreprocess()
	p.Size = Size{ShortestEdge: 256}
	for name, img := range map[string]image.Image{
		"no pixels": image.NewRGBA(image.Rect(5, 5, 5, 9)),
		"elongated": imageio.NewRGB(1, 5000), // 256 x 1,280,000
	} {
		if err := newPreprocessor(p).run(img); !errors.Is(err, ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p.DoCenterCrop = true // only the window counts
	if err := newPreprocessor(p).run(imageio.NewRGB(1, 5000)); err != nil {
		t.Error(err)
	}
}

func FuzzReadPreprocess(f *testing.F) {
	f.Add(`{"size": {"shortest_edge": 256, "longest_edge": 9}, "do_center_crop": true, "crop_size": 30, "resample": 3}`, uint16(5), uint16(900))
	f.Add(`{"size": 7, "image_mean": [1, 2, 3], "do_rescale": false}`, uint16(1), uint16(1))
	f.Fuzz(func(t *testing.T, content string, width, height uint16) {
		p, err := readPreprocess(configFS(preprocessFile, content))
		if err != nil || width == 0 || height == 0 {
			return
		}
		size, window := p.plan(image.Pt(int(width), int(height)))
		if size.X < 1 || size.Y < 1 || window.Empty() {
			t.Errorf("%dx%d becomes %v, %v of it", width, height, size, window)
		}
	})
}
