package encoder

import (
	"fmt"
	"image"
	"math"
)

// WithSize lets the model see pictures at width x height pixels, multiples of
// its patch size, whatever side it was trained for: its position embedding is
// resized. A larger input shows finer details and costs more; vectors of
// different sizes do not compare, so the size is part of the Fingerprint.
//
// Cropping keeps its proportions: EvalPreprocess at 448 resizes the shorter
// side to 512. Without a crop, the picture is resized to just this size.
func WithSize(width, height int) Option {
	return func(o *options) error {
		if width < 1 || height < 1 || width > maxSide || height > maxSide {
			return fmt.Errorf("size %dx%d: each side is 1 to %d pixels", width, height, maxSide)
		}
		o.size = image.Pt(width, height)
		return nil
	}
}

// InputSize is what the model sees of every picture, in pixels. It is the zero
// Point where that depends on the picture.
func (e *Encoder) InputSize() image.Point { return e.preprocess.input() }

// input is InputSize.
func (p Preprocess) input() image.Point {
	switch {
	case p.DoCenterCrop:
		return image.Pt(p.CropSize.Width, p.CropSize.Height)
	case p.DoResize && p.Size.ShortestEdge == 0:
		return image.Pt(p.Size.Width, p.Size.Height)
	}
	return image.Point{}
}

// sized is p for an input of another size.
func (p Preprocess) sized(size image.Point) Preprocess {
	target := Size{Width: size.X, Height: size.Y}
	if !p.DoCenterCrop {
		p.DoResize, p.Size = true, target
		return p
	}
	if p.DoResize {
		p.Size = p.Size.scaled(float64(size.X)/float64(p.CropSize.Width), float64(size.Y)/float64(p.CropSize.Height))
	}
	p.CropSize = target
	return p
}

// scaled keeps what lies around a crop in proportion to it. An edge follows
// the larger factor, so that no crop becomes larger than the picture.
func (s Size) scaled(across, down float64) Size {
	times := func(side int, factor float64) int {
		if side == 0 {
			return 0
		}
		return min(max(1, int(math.Round(float64(side)*factor))), maxSide)
	}
	edge := max(across, down)
	return Size{Height: times(s.Height, down), Width: times(s.Width, across),
		ShortestEdge: times(s.ShortestEdge, edge), LongestEdge: times(s.LongestEdge, edge)}
}

// fits refuses a size that patches would not cover without a rest, or that is
// too large for this model.
func (c Config) fits(size image.Point) error {
	p := c.PatchSize
	if size.X%p != 0 || size.Y%p != 0 {
		return fmt.Errorf("%w: size %dx%d is no multiple of the model's patches of %dx%d; %s is", ErrConfig, size.X, size.Y, p, p, wholePatches(size, p))
	}
	if patches := size.X / p * (size.Y / p); patches > maxPatches {
		return fmt.Errorf("%w: size %dx%d has %d patches of %dx%d; the limit is %d", ErrConfig, size.X, size.Y, patches, p, p, maxPatches)
	}
	return nil
}

// wholePatches writes the size of whole patches that is nearest to size.
func wholePatches(size image.Point, patch int) string {
	whole := func(side int) int { return max(1, (side+patch/2)/patch) * patch }
	return fmt.Sprintf("%dx%d", whole(size.X), whole(size.Y))
}

// activationBudget bounds what the images in flight hold together, in bytes,
// except that one is always let in.
const activationBudget = 2 << 30

// inFlight is how many images, up to the number of workers, may be on their way
// through the model at once.
func (c Config) inFlight(p Preprocess, workers int) int {
	patches := maxPatches
	if size := p.input(); size != (image.Point{}) {
		patches = min(patches, size.X/c.PatchSize*(size.Y/c.PatchSize))
	}
	return min(workers, max(1, activationBudget/c.activationBytes(patches)))
}

// activationBytes is the memory of one image's activations in float32: its
// pixels and patches; x, y, q, k, v and heads; the MLP's hidden layer.
func (c Config) activationBytes(patches int) int {
	return 4 * (1 + patches) * (2*c.patchDim() + 6*c.HiddenSize + c.IntermediateSize)
}
