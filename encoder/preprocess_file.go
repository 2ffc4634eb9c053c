package encoder

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
)

const preprocessFile = "preprocessor_config.json"

// preprocessJSON is preprocessor_config.json; what is absent or null keeps its default.
type preprocessJSON struct {
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

// readPreprocess reads preprocessor_config.json, which is optional, over the
// defaults.
func readPreprocess(fsys fs.FS) (Preprocess, error) {
	p := HFPreprocess()
	var file preprocessJSON
	switch err := readJSON(fsys, preprocessFile, &file); {
	case missing(err):
		return p, nil
	case err != nil:
		return p, err
	}
	err := file.override(&p)
	if err == nil {
		err = p.validate()
	}
	if err != nil {
		return p, fmt.Errorf("%w: %s: %w", ErrConfig, preprocessFile, err)
	}
	return p, nil
}

// override sets the fields that the file has.
func (f preprocessJSON) override(p *Preprocess) error {
	set(&p.DoResize, f.DoResize)
	set(&p.Size, f.Size)
	set(&p.Resample, f.Resample)
	set(&p.DoCenterCrop, f.DoCenterCrop)
	set(&p.CropSize, f.CropSize)
	set(&p.DoRescale, f.DoRescale)
	set(&p.RescaleFactor, f.RescaleFactor)
	set(&p.DoNormalize, f.DoNormalize)
	if edge := p.CropSize.ShortestEdge; edge != 0 { // a square, as transformers reads it
		p.CropSize = Size{Height: edge, Width: edge}
	}
	if err := setChannels(&p.Mean, f.Mean, "image_mean"); err != nil {
		return err
	}
	return setChannels(&p.Std, f.Std, "image_std")
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

func setChannels(dst *[3]float64, values []float64, name string) error {
	if values == nil {
		return nil
	}
	if len(values) != len(dst) {
		return fmt.Errorf("%s has %d values; RGB has 3", name, len(values))
	}
	copy(dst[:], values)
	return nil
}

// UnmarshalJSON accepts a number, {"height","width"} or
// {"shortest_edge","longest_edge"}.
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
		LongestEdge  int `json:"longest_edge"`
	}
	if err := json.Unmarshal(data, &fields); err != nil {
		return fmt.Errorf("size %s is neither a whole number nor an object of whole numbers", data)
	}
	*s = Size(fields)
	return nil
}

// validate names the first field that cannot be obeyed.
func (p Preprocess) validate() error {
	if p.Resample < 0 || p.Resample >= len(filters) {
		return fmt.Errorf("resample %d is not in 0..%d", p.Resample, len(filters)-1)
	}
	if !(math.Abs(p.RescaleFactor) < 1e6) {
		return fmt.Errorf("rescale_factor %g is out of range", p.RescaleFactor)
	}
	for c := range 3 {
		if !(math.Abs(p.Mean[c]) < 1e6) || !(p.Std[c] > 1e-6 && p.Std[c] < 1e6) {
			return fmt.Errorf("image_mean %v or image_std %v is out of range", p.Mean, p.Std)
		}
	}
	if err := p.Size.validate("size"); err != nil {
		return err
	}
	return p.CropSize.validate("crop_size")
}

func (s Size) validate(name string) error {
	ok := func(side int) bool { return 1 <= side && side <= maxSide }
	rectangle := ok(s.Height) && ok(s.Width) && s.ShortestEdge == 0 && s.LongestEdge == 0
	byEdge := s.Height == 0 && s.Width == 0 && ok(s.ShortestEdge) && (s.LongestEdge == 0 || ok(s.LongestEdge))
	if !rectangle && !byEdge {
		return fmt.Errorf("%s must be a number, height and width, or shortest_edge with or without longest_edge, in 1..%d pixels", name, maxSide)
	}
	return nil
}
