package engine

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"lookalike/encoder"
	"lookalike/internal/imageio"
	"lookalike/store"
)

// reembedOne embeds a stored image once more: from the first of its files that still has the bytes that were added, else from
// its thumbnail if that shows as much as the model looks at. Otherwise the item says why there is no vector. The error is
// for what is not the image's fault. It takes none of the slots that searches and adds wait for.
func (e *Engine) reembedOne(ctx context.Context, g *generation, m Image) (store.Staged, error) {
	var why error
	for _, f := range m.Files {
		v, err := e.embedFile(ctx, g, f)
		if err == nil {
			return store.Staged{ID: m.ID, Vector: v}, nil
		}
		if ctx.Err() != nil || errors.Is(err, encoder.ErrClosed) {
			return store.Staged{}, err
		}
		if why == nil {
			why = withoutPath(err)
		}
	}
	v, err := e.embedThumbnail(ctx, g, m)
	if err == nil {
		return store.Staged{ID: m.ID, Vector: v, Remark: store.Remark{FromThumbnail: true}}, nil
	}
	if ctx.Err() != nil || errors.Is(err, encoder.ErrClosed) {
		return store.Staged{}, err
	}
	return store.Staged{ID: m.ID, Remark: store.Remark{NotEmbedded: fmt.Sprintf("%v; %v", why, err)}}, nil
}

var errChanged = errors.New("changed since it was added")

// withoutPath is what an error of the file system says about the file, which stands beside it in every list.
func withoutPath(err error) error {
	if system := (*fs.PathError)(nil); errors.As(err, &system) {
		return system.Err
	}
	return err
}

// embedFile embeds a file if it still has the bytes that were added.
func (e *Engine) embedFile(ctx context.Context, g *generation, f File) ([]float32, error) {
	path := f.Path
	if f.Uploaded {
		path = e.records.OriginalPath(f.SHA256)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() != f.Size {
		return nil, errChanged
	}
	release, err := e.bytes.take(ctx, f.Size)
	if err != nil {
		return nil, err
	}
	defer release()
	data, err := imageio.ReadFile(path, e.cfg.Limits)
	if err != nil {
		return nil, err
	}
	if sha256.Sum256(data) != f.SHA256 {
		return nil, errChanged
	}
	return e.embedPicture(ctx, g, f.Path, data)
}

// embedPicture embeds the bytes of a picture.
func (e *Engine) embedPicture(ctx context.Context, g *generation, name string, data []byte) ([]float32, error) {
	img, _, release, err := e.decode(ctx, name, data)
	if err != nil {
		return nil, err
	}
	defer release()
	v, err := g.embed(ctx, img)
	if err != nil {
		return nil, named(name, err)
	}
	return v, nil
}

// embedThumbnail embeds the thumbnail if it is no smaller than the model's input, or than the picture was.
func (e *Engine) embedThumbnail(ctx context.Context, g *generation, m Image) ([]float32, error) {
	const name = "the thumbnail"
	data, err := e.records.Thumbnail(m.ID)
	if err != nil {
		return nil, err
	}
	info, err := imageio.DecodeConfig(name, data, e.cfg.Limits)
	if err != nil {
		return nil, err
	}
	width, height := m.Width, m.Height
	if input := g.encoder.InputSize(); input.X > 0 && input.Y > 0 {
		width, height = min(width, input.X), min(height, input.Y)
	}
	if info.Width < width || info.Height < height {
		return nil, fmt.Errorf("%s, %dx%d, is smaller than what the model looks at, %dx%d", name, info.Width, info.Height, width, height)
	}
	return e.embedPicture(ctx, g, name, data)
}

// countNotEmbedded keeps how many images have no vector, so that an add asks for nothing more where all have one.
func (e *Engine) countNotEmbedded() error {
	stats, err := e.records.Stats()
	e.notEmbedded.Store(int64(stats.NotEmbedded))
	return err
}

// embedAfterAll gives an image that has no vector one, now that a file of it was added again. It stays as it is when that
// fails: the add found the image, which is what it was asked for.
func (e *Engine) embedAfterAll(ctx context.Context, id uint64) {
	if e.notEmbedded.Load() == 0 {
		return
	}
	m, err := e.records.Image(id)
	if err == nil && m.NotEmbedded != "" {
		err = e.revive(ctx, m)
	}
	if err != nil && ctx.Err() == nil {
		e.log.Warn("an image that was not re-embedded was added again, and still is not", "image", id, "error", err)
	}
}

// revive tries to give an image without a vector one by the model in use.
func (e *Engine) revive(ctx context.Context, m Image) error {
	g := e.now()
	item, err := e.reembedOne(ctx, g, m)
	if err != nil || item.Vector == nil {
		return err
	}
	err = e.write(func() error { return e.records.Revive(g.model.Fingerprint, item) })
	return errors.Join(err, e.countNotEmbedded())
}

// reviveAll tries it with every image that has none.
func (e *Engine) reviveAll(ctx context.Context) error {
	for after := uint64(0); ; {
		list, err := e.records.NotEmbedded(false, after, stageGroup)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, m := range list {
			if err := errors.Join(ctx.Err(), e.revive(ctx, m)); err != nil {
				return err
			}
		}
		after = list[len(list)-1].ID
	}
}
