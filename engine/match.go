package engine

import (
	"context"
	"fmt"

	"lookalike/internal/patches"
)

// MatchIDs tells which patches of a stored image, side A, answer which of another one, side B. Descriptors of patches
// are not stored: both originals have to be there, else ErrGone.
func (e *Engine) MatchIDs(ctx context.Context, id, other uint64) (patches.Match, error) {
	a, err := e.storedPatches(ctx, id)
	if err != nil {
		return patches.Match{}, err
	}
	b, err := e.storedPatches(ctx, other)
	if err != nil {
		return patches.Match{}, err
	}
	return e.mutual(ctx, a, b)
}

// MatchImage is MatchIDs with a picture's bytes as side B. The name is only for messages.
func (e *Engine) MatchImage(ctx context.Context, id uint64, name string, data []byte) (patches.Match, error) {
	a, err := e.storedPatches(ctx, id)
	if err != nil {
		return patches.Match{}, err
	}
	b, err := e.uploadedPatches(ctx, name, data)
	if err != nil {
		return patches.Match{}, err
	}
	return e.mutual(ctx, a, b)
}

func (e *Engine) storedPatches(ctx context.Context, id uint64) (g patches.Grid, err error) {
	err = e.withOriginal(ctx, id, func(name string, data []byte) error {
		g, err = e.patches(ctx, name, data)
		return err
	})
	return g, err
}

func (e *Engine) uploadedPatches(ctx context.Context, name string, data []byte) (patches.Grid, error) {
	if err := e.work.Acquire(ctx, 1); err != nil {
		return patches.Grid{}, err
	}
	defer e.work.Release(1)
	return e.patches(ctx, name, data)
}

// patches runs the model on a picture's bytes, in a slot that the caller holds.
func (e *Engine) patches(ctx context.Context, name string, data []byte) (patches.Grid, error) {
	img, _, release, err := e.decode(ctx, name, data)
	if err != nil {
		return patches.Grid{}, err
	}
	defer release()
	g, err := underOne(e, func() (patches.Grid, error) { return e.now().encoder.Patches(ctx, img) })
	if err != nil {
		return patches.Grid{}, named(name, fmt.Errorf("patches: %w", err))
	}
	return g, nil
}

// mutual compares every patch with every other, in a slot of its own: that takes seconds for the largest grids.
func (e *Engine) mutual(ctx context.Context, a, b patches.Grid) (patches.Match, error) {
	if err := e.work.Acquire(ctx, 1); err != nil {
		return patches.Match{}, err
	}
	defer e.work.Release(1)
	return patches.Mutual(ctx, a, b)
}
