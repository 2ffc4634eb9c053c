package engine

import "context"

// Embed gives a picture's unit vector without storing anything. The name is only for messages.
func (e *Engine) Embed(ctx context.Context, name string, data []byte) ([]float32, error) {
	if err := e.work.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer e.work.Release(1)
	img, _, release, err := e.decode(ctx, name, data)
	if err != nil {
		return nil, err
	}
	defer release()
	v, err := e.embed(ctx, img)
	if err != nil {
		return nil, named(name, err)
	}
	return v, nil
}
