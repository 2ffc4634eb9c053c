package encoder

import (
	"context"
	"fmt"
	"image"

	"lookalike/internal/patches"
)

// Patches returns a descriptor for each patch of a picture: the last layer's
// tokens after the final LayerNorm, each divided by its length.
func (e *Encoder) Patches(ctx context.Context, img image.Image) (patches.Grid, error) {
	out, err := e.LastHiddenState(ctx, img)
	if err != nil {
		return patches.Grid{}, err
	}
	g := patches.Grid{Values: out.Tokens[out.D:], Dim: out.D}
	for i := range out.N - 1 {
		if err := normalize(g.Values[i*out.D : (i+1)*out.D]); err != nil {
			return patches.Grid{}, fmt.Errorf("patch %d: %w", i, err)
		}
	}
	g.Shape = patches.Shape{Rows: out.GridHeight, Columns: out.GridWidth, Window: e.window(img, out)}
	return g, nil
}
