package engine

import "context"

// Embed gives a picture's unit vector without storing anything. The name is only for messages.
func (e *Engine) Embed(ctx context.Context, name string, data []byte) ([]float32, error) {
	return underOne(e, func() ([]float32, error) { return e.embedRegion(ctx, name, data, Region{}) })
}

// embedRegion is Embed of a part of the picture.
func (e *Engine) embedRegion(ctx context.Context, name string, data []byte, r Region) ([]float32, error) {
	if err := e.work.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer e.work.Release(1)
	return e.embedPart(ctx, name, data, r)
}
