package encoder

import (
	"fmt"
	"image"
	"math"

	"lookalike/internal/imageio"
)

// Preprocess turns a picture into the model's input, as Hugging Face's
// ViTImageProcessor does: resize, centre crop, rescale, normalise; each step
// can be off. Its fields are those of preprocessor_config.json.
type Preprocess struct {
	DoResize      bool
	Size          Size
	Resample      int // Pillow's enum: 0 nearest, 1 lanczos, 2 bilinear, 3 bicubic, 4 box, 5 hamming
	DoCenterCrop  bool
	CropSize      Size // Height and Width only
	DoRescale     bool
	RescaleFactor float64
	DoNormalize   bool
	Mean, Std     [3]float64
}

// Size is a target in pixels: Height and Width, or ShortestEdge with the
// aspect kept and, if LongestEdge is not 0, the longer side no longer than that.
type Size struct {
	Height, Width, ShortestEdge, LongestEdge int
}

// HFPreprocess is what ViTImageProcessor does for facebook/dino-vitb16, and the
// default where there is no preprocessor_config.json: 224x224, bilinear,
// ImageNet mean and std.
func HFPreprocess() Preprocess {
	return Preprocess{
		DoResize: true, Size: Size{Height: 224, Width: 224}, Resample: resampleBilinear,
		CropSize:  Size{Height: 224, Width: 224},
		DoRescale: true, RescaleFactor: 1. / 255,
		DoNormalize: true, Mean: [3]float64{0.485, 0.456, 0.406}, Std: [3]float64{0.229, 0.224, 0.225},
	}
}

// EvalPreprocess is DINO's own evaluation (eval_knn.py): shorter side to 256
// bicubic, centre crop 224.
func EvalPreprocess() Preprocess {
	p := HFPreprocess()
	p.Size, p.Resample, p.DoCenterCrop = Size{ShortestEdge: 256}, resampleBicubic, true
	return p
}

// of returns what a picture of the given size is resized to. Fractions are
// cut, as torchvision does.
func (s Size) of(picture image.Point) image.Point {
	if s.ShortestEdge == 0 {
		return image.Pt(s.Width, s.Height)
	}
	short, long := min(picture.X, picture.Y), max(picture.X, picture.Y)
	newShort, newLong := s.ShortestEdge, s.ShortestEdge*long/short
	if s.LongestEdge != 0 && newLong > s.LongestEdge {
		newShort, newLong = max(1, s.LongestEdge*newShort/newLong), s.LongestEdge
	}
	if picture.X <= picture.Y {
		return image.Pt(newShort, newLong)
	}
	return image.Pt(newLong, newShort)
}

// plan returns the size that a picture is resized to and the window of that
// which the model sees. The window may reach beyond, where the input is black.
func (p Preprocess) plan(picture image.Point) (size image.Point, window image.Rectangle) {
	size = picture
	if p.DoResize {
		size = p.Size.of(picture)
	}
	if !p.DoCenterCrop {
		return size, image.Rectangle{Max: size}
	}
	crop := image.Pt(p.CropSize.Width, p.CropSize.Height)
	corner := image.Pt(middle(size.X-crop.X), middle(size.Y-crop.Y))
	return size, image.Rectangle{Min: corner, Max: corner.Add(crop)}
}

// middle halves, rounding half to even, as torchvision's crop does.
func middle(n int) int { return int(math.RoundToEven(float64(n) / 2)) }

// filter is what the picture is resized with; without resizing, nothing moves.
func (p Preprocess) filter() filter {
	if !p.DoResize {
		return filters[resampleNearest]
	}
	return filters[p.Resample]
}

// Pixels is a model's input: (3, Height, Width), normalised.
type Pixels struct {
	Data          []float32
	Width, Height int
}

// preprocessor is one worker's Preprocess with its memory, which grows to the
// largest picture seen.
type preprocessor struct {
	Preprocess
	levels [3][256]float32 // channel, 8-bit level -> value
	resampler
	picture imageio.RGB // what the model sees, before rescaling
	pixels  Pixels
}

func newPreprocessor(p Preprocess) *preprocessor {
	out := &preprocessor{Preprocess: p}
	for c := range out.levels {
		for level := range out.levels[c] {
			out.levels[c][level] = p.value(c, level)
		}
	}
	return out
}

// value rescales and normalises one level of a channel.
func (p Preprocess) value(channel, level int) float32 {
	v := float64(level)
	if p.DoRescale {
		v *= p.RescaleFactor
	}
	if p.DoNormalize {
		v = (v - p.Mean[channel]) / p.Std[channel]
	}
	return float32(v)
}

// run fills p.pixels from img. Each of a channel's 256 levels is normalised
// beforehand, so a value is looked up; planes follow each other (3, H, W).
func (p *preprocessor) run(img image.Image) error {
	if err := p.frame(imageio.FromImage(img)); err != nil {
		return err
	}
	n := p.picture.Width * p.picture.Height
	p.pixels = Pixels{Data: grow(p.pixels.Data, 3*n), Width: p.picture.Width, Height: p.picture.Height}
	for c := range 3 {
		plane, levels := p.pixels.Data[c*n:(c+1)*n], &p.levels[c]
		for i := range plane {
			plane[i] = levels[p.picture.Pix[3*i+c]]
		}
	}
	return nil
}

// frame resizes and crops img into p.picture. Only the window is computed: of a
// picture a thousand times as wide as high, the middle is all that is needed.
func (p *preprocessor) frame(img *imageio.RGB) error {
	if img.Width < 1 || img.Height < 1 {
		return fmt.Errorf("%w: it has no pixels", ErrInput)
	}
	size, window := p.plan(image.Pt(img.Width, img.Height))
	if window.Dx() > maxSide || window.Dy() > maxSide {
		return fmt.Errorf("%w: %dx%d pixels would reach the model, at most %dx%d can", ErrInput, window.Dx(), window.Dy(), maxSide, maxSide)
	}
	out := &p.picture
	*out = imageio.RGB{Pix: grow(out.Pix, 3*window.Dx()*window.Dy()), Width: window.Dx(), Height: window.Dy()}
	inside := window.Intersect(image.Rectangle{Max: size})
	if inside != window {
		clear(out.Pix)
	}
	from := 3 * ((inside.Min.Y-window.Min.Y)*out.Width + inside.Min.X - window.Min.X)
	p.resize(out.Pix[from:], 3*out.Width, img, size, inside, p.filter())
	return nil
}
