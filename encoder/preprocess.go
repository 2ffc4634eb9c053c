package encoder

import (
	"encoding/json"
	"fmt"
	"image"
	"io/fs"
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
	CropSize      Size
	DoRescale     bool
	RescaleFactor float64
	DoNormalize   bool
	Mean, Std     [3]float64
}

// Size is a target in pixels: Height and Width, or ShortestEdge with the
// aspect kept.
type Size struct {
	Height, Width, ShortestEdge int
}

// UnmarshalJSON accepts a number, {"height","width"} or {"shortest_edge"}.
func (s *Size) UnmarshalJSON(data []byte) error {
	var side int
	if json.Unmarshal(data, &side) == nil {
		*s = Size{Height: side, Width: side}
		return nil
	}
	var fields struct {
		Height       int `json:"height"`
		Width        int `json:"width"`
		ShortestEdge int `json:"shortest_edge"`
	}
	if err := json.Unmarshal(data, &fields); err != nil {
		return fmt.Errorf("size %s is neither a number nor height and width nor shortest_edge", data)
	}
	*s = Size(fields)
	return nil
}

func (s Size) validate(name string) error {
	byEdge := s.ShortestEdge != 0 && s.Height == 0 && s.Width == 0
	ok := func(side int) bool { return 1 <= side && side <= maxSide }
	if byEdge && ok(s.ShortestEdge) || s.ShortestEdge == 0 && ok(s.Height) && ok(s.Width) {
		return nil
	}
	return fmt.Errorf("%s: sides must be in 1..%d, as a number, height and width, or shortest_edge", name, maxSide)
}

// of returns the pixels that a width x height picture is resized to. The
// longer side is cut to an integer, as torchvision does.
func (s Size) of(width, height int) (int, int) {
	switch edge := s.ShortestEdge; {
	case edge == 0:
		return s.Width, s.Height
	case width <= height:
		return edge, int(float64(edge*height) / float64(width))
	default:
		return int(float64(edge*width) / float64(height)), edge
	}
}

// HFPreprocess is what ViTImageProcessor does for facebook/dino-vitb16 and
// without a preprocessor_config.json: 224x224, bilinear, ImageNet mean and std.
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

// preprocessorJSON is preprocessor_config.json; nil fields keep the default.
type preprocessorJSON struct {
	DoResize      *bool     `json:"do_resize"`
	Size          *Size     `json:"size"`
	Resample      *int      `json:"resample"`
	DoCenterCrop  *bool     `json:"do_center_crop"`
	CropSize      *Size     `json:"crop_size"`
	DoRescale     *bool     `json:"do_rescale"`
	RescaleFactor *float64  `json:"rescale_factor"`
	DoNormalize   *bool     `json:"do_normalize"`
	Mean          []float64 `json:"image_mean"`
	Std           []float64 `json:"image_std"`
}

// readPreprocess reads preprocessor_config.json over the defaults; the file is
// optional.
func readPreprocess(fsys fs.FS) (Preprocess, error) {
	p := HFPreprocess()
	var file preprocessorJSON
	switch err := readJSON(fsys, "preprocessor_config.json", &file); {
	case missing(err):
		return p, nil
	case err != nil:
		return p, err
	}
	override(&p.DoResize, file.DoResize)
	override(&p.Size, file.Size)
	override(&p.Resample, file.Resample)
	override(&p.DoCenterCrop, file.DoCenterCrop)
	override(&p.CropSize, file.CropSize)
	if edge := p.CropSize.ShortestEdge; edge != 0 { // a square, as transformers reads it
		p.CropSize = Size{Height: edge, Width: edge}
	}
	override(&p.DoRescale, file.DoRescale)
	override(&p.RescaleFactor, file.RescaleFactor)
	override(&p.DoNormalize, file.DoNormalize)
	err := setChannels(&p.Mean, file.Mean, "image_mean")
	if err == nil {
		err = setChannels(&p.Std, file.Std, "image_std")
	}
	if err == nil {
		err = p.validate()
	}
	if err != nil {
		return p, fmt.Errorf("%w: preprocessor_config.json: %w", ErrConfig, err)
	}
	return p, nil
}

func override[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

func setChannels(dst *[3]float64, values []float64, name string) error {
	if values == nil {
		return nil
	}
	if len(values) != 3 {
		return fmt.Errorf("%s has %d values; RGB has 3", name, len(values))
	}
	copy(dst[:], values)
	return nil
}

func (p Preprocess) validate() error {
	if _, known := filters[p.Resample]; !known && p.Resample != resampleNearest {
		return fmt.Errorf("resample %d is not in 0..5", p.Resample)
	}
	for c := range 3 {
		if !(math.Abs(p.Mean[c]) < 1e6) || !(p.Std[c] > 0 && p.Std[c] < 1e6) {
			return fmt.Errorf("image_mean %v or image_std %v is out of range", p.Mean, p.Std)
		}
	}
	if !(math.Abs(p.RescaleFactor) < 1e6) {
		return fmt.Errorf("rescale_factor %g is out of range", p.RescaleFactor)
	}
	if err := p.Size.validate("size"); err != nil {
		return err
	}
	return p.CropSize.validate("crop_size")
}

// Picture returns the 8-bit picture that the model sees: resized and cropped.
func (p Preprocess) Picture(img image.Image) (*imageio.RGB, error) {
	rgb := imageio.FromImage(img)
	if rgb.Width < 1 || rgb.Height < 1 {
		return nil, fmt.Errorf("%w: it has no pixels", ErrInput)
	}
	if p.DoResize {
		width, height := p.Size.of(rgb.Width, rgb.Height)
		if width > maxSide*4 || height > maxSide*4 {
			return nil, fmt.Errorf("%w: %dx%d is too elongated", ErrInput, rgb.Width, rgb.Height)
		}
		rgb = resize(rgb, width, height, p.Resample)
	}
	if p.DoCenterCrop {
		rgb = centerCrop(rgb, p.CropSize.Width, p.CropSize.Height)
	}
	if rgb.Width > maxSide || rgb.Height > maxSide {
		return nil, fmt.Errorf("%w: %dx%d pixels reach the model, at most %dx%d can", ErrInput, rgb.Width, rgb.Height, maxSide, maxSide)
	}
	return rgb, nil
}

// centerCrop cuts the middle; offsets round half to even, as torchvision's do.
// Where the picture is smaller the rest is black.
func centerCrop(img *imageio.RGB, width, height int) *imageio.RGB {
	if img.Width == width && img.Height == height {
		return img
	}
	left := int(math.RoundToEven(float64(img.Width-width) / 2))
	top := int(math.RoundToEven(float64(img.Height-height) / 2))
	out := imageio.NewRGB(width, height)
	from, to := max(left, 0), min(left+width, img.Width)
	for y := max(top, 0); y < min(top+height, img.Height); y++ {
		src := img.Pix[3*(y*img.Width+from) : 3*(y*img.Width+to)]
		copy(out.Pix[3*((y-top)*width+from-left):], src)
	}
	return out
}

// Pixels is the model's input: (3, Height, Width), normalised.
type Pixels struct {
	Data          []float32
	Width, Height int
}

// apply runs all of p into dst, whose memory is used again.
func (p Preprocess) apply(dst *Pixels, img image.Image) error {
	rgb, err := p.Picture(img)
	if err != nil {
		return err
	}
	n := rgb.Width * rgb.Height
	if cap(dst.Data) < 3*n {
		dst.Data = make([]float32, 3*n)
	}
	dst.Data, dst.Width, dst.Height = dst.Data[:3*n], rgb.Width, rgb.Height
	for c := range 3 {
		table := p.levels(c)
		plane := dst.Data[c*n : (c+1)*n]
		for i := range plane {
			plane[i] = table[rgb.Pix[3*i+c]]
		}
	}
	return nil
}

// levels is the float of each of a channel's 256 levels.
func (p Preprocess) levels(channel int) (table [256]float32) {
	for i := range table {
		v := float64(i)
		if p.DoRescale {
			v *= p.RescaleFactor
		}
		if p.DoNormalize {
			v = (v - p.Mean[channel]) / p.Std[channel]
		}
		table[i] = float32(v)
	}
	return table
}
