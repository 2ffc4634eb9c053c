package encoder

import (
	"context"
	"fmt"
	"image"

	"lookalike/internal/attention"
)

// Attention returns what the model looks at in a picture: the last layer's
// attention of CLS to every patch, and where the patches lie in the picture.
func (e *Encoder) Attention(ctx context.Context, img image.Image) (attention.Map, error) {
	out, err := e.LastHiddenState(ctx, img)
	if err != nil {
		return attention.Map{}, err
	}
	values, err := out.patchAttention()
	if err != nil {
		return attention.Map{}, err
	}
	return attention.Map{
		Values: values, Heads: out.H, Rows: out.GridHeight, Columns: out.GridWidth, Window: e.window(img, out),
	}, nil
}

// window is where the patches of out lie in its picture.
func (e *Encoder) window(img image.Image, out Output) attention.Window {
	patch := e.vit.config.PatchSize
	grid := image.Pt(out.GridWidth*patch, out.GridHeight*patch)
	return e.preprocess.window(img.Bounds().Size(), grid)
}

// patchAttention is CLSAttention without CLS itself: (H, N-1). Like a length
// that is none, numbers that are none come of weights or pixels too large.
func (o Output) patchAttention() ([]float32, error) {
	values := make([]float32, 0, o.H*(o.N-1))
	for h := range o.H {
		values = append(values, o.CLSAttention[h*o.N+1:(h+1)*o.N]...)
	}
	for _, v := range values {
		if !(v >= 0 && v <= 1.001) { // a share, rounded
			return nil, fmt.Errorf("%w: its attention has the value %g", ErrInput, v)
		}
	}
	return values, nil
}

// window returns where the model's grid of patches, of the given size in its
// pixels, lies in a picture. It begins in the corner of what the model sees and
// leaves out what is no whole patch.
func (p Preprocess) window(picture, grid image.Point) attention.Window {
	size, seen := p.plan(picture)
	width, height := float64(size.X), float64(size.Y)
	return attention.Window{
		Left: float64(seen.Min.X) / width, Right: float64(seen.Min.X+grid.X) / width,
		Top: float64(seen.Min.Y) / height, Bottom: float64(seen.Min.Y+grid.Y) / height,
	}
}
