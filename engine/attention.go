package engine

import (
	"context"
	"fmt"
	"io"

	"lookalike/internal/attention"
)

// Attention gives what the model looks at in a stored image. It needs the original: ErrGone when that is not there.
func (e *Engine) Attention(ctx context.Context, id uint64) (view attention.View, err error) {
	err = e.withOriginal(ctx, id, func(name string, data []byte) error {
		view, err = e.attend(ctx, name, data)
		return err
	})
	return view, err
}

// withOriginal takes a slot and calls f with a stored image's bytes, and the name for messages.
func (e *Engine) withOriginal(ctx context.Context, id uint64, f func(name string, data []byte) error) error {
	file, image, err := e.Original(id)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := e.work.Acquire(ctx, 1); err != nil {
		return err
	}
	defer e.work.Release(1)
	data, release, err := e.load(ctx, file)
	if err != nil {
		return fmt.Errorf("image %d: %w", id, err)
	}
	defer release()
	return f(image.Files[0].Path, data)
}

// load reads a file when there is room for its bytes. release gives the room back.
func (e *Engine) load(ctx context.Context, file io.ReadSeeker) (data []byte, release func(), err error) {
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, nil, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, nil, err
	}
	if release, err = e.bytes.take(ctx, size); err != nil {
		return nil, nil, err
	}
	data = make([]byte, size)
	if _, err := io.ReadFull(file, data); err != nil {
		release()
		return nil, nil, err
	}
	return data, release, nil
}

// attend runs the model on a picture's bytes, in a slot that the caller holds.
func (e *Engine) attend(ctx context.Context, name string, data []byte) (attention.View, error) {
	img, _, release, err := e.decode(ctx, name, data)
	if err != nil {
		return attention.View{}, err
	}
	defer release()
	m, err := underOne(e, func() (attention.Map, error) { return e.now().encoder.Attention(ctx, img) })
	if err != nil {
		return attention.View{}, named(name, fmt.Errorf("attention: %w", err))
	}
	return attention.NewView(img, m), nil
}
