package engine

import (
	"context"
	"fmt"
	"image"
	"math"
	"strconv"
	"strings"

	"lookalike/internal/imageio"
)

// Region is a part of an upright picture to search by. The zero Region is all of it.
//
// It is cut out and embedded as a picture of its own, since the vectors to compare with are those of whole pictures.
// The mean of the picture's patch descriptors in the region, which needs no second forward pass, is no such vector: of
// pictures placed in a part of another one it finds none (encoder's BenchmarkRegionRecall).
type Region struct {
	X, Y, Width, Height float64
	Fractions           bool // of the picture's width and height; else pixels
}

// RegionSide is the least side of a region in pixels: there is nothing to see in fewer.
const RegionSide = 8

// ParseRegion reads "x,y,width,height": the upper left corner and the size, in pixels, or where no number is above 1
// in parts of the picture's width and height.
func ParseRegion(text string) (Region, error) {
	parts := strings.Split(text, ",")
	numbers, most := [4]float64{}, 0.0
	if len(parts) != len(numbers) {
		return Region{}, regionError(text, "there are four numbers in x,y,width,height")
	}
	for i, part := range parts {
		x, err := strconv.ParseFloat(part, 64)
		if err != nil || strings.Trim(part, "0123456789.") != "" || math.IsInf(x, 0) {
			return Region{}, regionError(text, "each of x,y,width,height is a number of pixels, or a part of the picture such as 0.25")
		}
		numbers[i], most = x, max(most, x)
	}
	r := Region{numbers[0], numbers[1], numbers[2], numbers[3], most <= 1}
	if r.Width == 0 || r.Height == 0 {
		return Region{}, regionError(text, "its width and height are above 0")
	}
	return r, nil
}

func regionError(text, why string) error {
	return fmt.Errorf("%w: region %.60q: %s", ErrQuery, text, why)
}

// String is what ParseRegion reads.
func (r Region) String() string {
	var parts []string
	for _, x := range []float64{r.X, r.Y, r.Width, r.Height} {
		parts = append(parts, strconv.FormatFloat(x, 'f', -1, 64))
	}
	return strings.Join(parts, ",")
}

// whole is whether r is not a part but all of a picture.
func (r Region) whole() bool { return r == Region{} }

// in returns the region's pixels in a picture.
func (r Region) in(picture image.Point) (image.Rectangle, error) {
	across, down := 1.0, 1.0
	if r.Fractions {
		across, down = float64(picture.X), float64(picture.Y)
	}
	const slack = 1e-6 // of a sum of decimal fractions
	if r.X*across+r.Width*across > float64(picture.X)*(1+slack) || r.Y*down+r.Height*down > float64(picture.Y)*(1+slack) {
		return image.Rectangle{}, regionError(r.String(), fmt.Sprintf("it reaches beyond the picture of %dx%d pixels", picture.X, picture.Y))
	}
	round := func(x float64) int { return int(math.Round(x)) }
	at := image.Rect(round(r.X*across), round(r.Y*down), round((r.X+r.Width)*across), round((r.Y+r.Height)*down))
	if at.Dx() < RegionSide || at.Dy() < RegionSide {
		return image.Rectangle{}, regionError(r.String(), fmt.Sprintf("it is %dx%d pixels of %dx%d; at least %dx%d are needed",
			at.Dx(), at.Dy(), picture.X, picture.Y, RegionSide, RegionSide))
	}
	return at, nil
}

// of returns what a region of a picture is searched by.
func (r Region) of(img *imageio.RGB) (*imageio.RGB, error) {
	if r.whole() {
		return img, nil
	}
	at, err := r.in(image.Pt(img.Width, img.Height))
	if err != nil {
		return nil, err
	}
	return img.Crop(at), nil
}

// embedPart gives the unit vector of a region of a picture's bytes, in a slot that the caller holds.
func (e *Engine) embedPart(ctx context.Context, name string, data []byte, r Region) ([]float32, error) {
	img, _, release, err := e.decode(ctx, name, data)
	if err != nil {
		return nil, err
	}
	defer release()
	part, err := r.of(img)
	if err != nil {
		return nil, named(name, err)
	}
	v, err := e.embed(ctx, part)
	if err != nil {
		return nil, named(name, err)
	}
	return v, nil
}

// embedStored gives the unit vector of a region of a stored image, from its original: ErrGone when that is not there.
func (e *Engine) embedStored(ctx context.Context, id uint64, r Region) (v []float32, err error) {
	err = e.withOriginal(ctx, id, func(name string, data []byte) error {
		v, err = e.embedPart(ctx, name, data, r)
		return err
	})
	return v, err
}
