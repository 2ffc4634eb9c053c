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
	if item, ok, err := e.whitenStored(g, m); ok || err != nil {
		return item, err
	}
	v, why, err := e.embedFiles(ctx, g, m)
	if err != nil {
		return store.Staged{}, err
	}
	if v != nil {
		return store.Staged{ID: m.ID, Vector: v}, nil
	}
	v, err = e.embedThumbnail(ctx, g, m)
	if err == nil {
		return store.Staged{ID: m.ID, Vector: v, Remark: store.Remark{FromThumbnail: true}}, nil
	}
	if ctx.Err() != nil || errors.Is(err, encoder.ErrClosed) {
		return store.Staged{}, err
	}
	return store.Staged{ID: m.ID, Remark: store.Remark{NotEmbedded: fmt.Sprintf("%v; %v", why, err)}}, nil
}

// embedFiles embeds the first of an image's files that still has the bytes that were added. Without such a one there is no
// vector, but why; the error is for what is not the image's fault.
func (e *Engine) embedFiles(ctx context.Context, g *generation, m Image) (v []float32, why, err error) {
	for _, f := range m.Files {
		v, err := e.embedFile(ctx, g, f)
		if err == nil {
			return v, nil, nil
		}
		if ctx.Err() != nil || errors.Is(err, encoder.ErrClosed) {
			return nil, nil, err
		}
		if why == nil {
			why = withoutPath(err)
		}
	}
	return nil, why, nil
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

// countRemarked keeps how many images have no vector, or one of their thumbnail, so that an add asks for nothing more where there
// are none.
func (e *Engine) countRemarked() error {
	stats, err := e.records.Stats()
	e.remarked.Store(int64(stats.NotEmbedded + stats.FromThumbnail))
	return err
}

// embedAfterAll gives an image that has no vector by one of its files one, now that a file of it was added again. It stays as it
// is when that fails: the add found the image, which is what it was asked for.
func (e *Engine) embedAfterAll(ctx context.Context, id uint64) {
	if e.remarked.Load() == 0 || !e.now().here() {
		return
	}
	m, err := e.records.Image(id)
	if err == nil && (m.NotEmbedded != "" || m.FromThumbnail) {
		err = e.revive(ctx, m)
	}
	if err != nil && ctx.Err() == nil {
		e.log.Warn("an image that was not re-embedded from its file was added again, and still is not", "image", id, "error", err)
	}
}

// revive tries to give an image a vector by the model in use: one that has none, from its files or else from its thumbnail, and
// one whose vector is of its thumbnail from its files.
func (e *Engine) revive(ctx context.Context, m Image) error {
	g, item := e.now(), store.Staged{ID: m.ID}
	var err error
	if m.FromThumbnail {
		item.Vector, _, err = e.embedFiles(ctx, g, m)
	} else {
		item, err = e.reembedOne(ctx, g, m)
	}
	if err != nil || item.Vector == nil {
		return err
	}
	err = e.write(func() error { return e.records.Revive(g.model.Fingerprint, item) })
	return errors.Join(err, e.countRemarked())
}

// reviveAll tries it with every image that such a thing is remarked of.
func (e *Engine) reviveAll(ctx context.Context) error {
	if !e.now().here() {
		return nil
	}
	for after := uint64(0); ; {
		list, err := e.records.Remarked(after, stageGroup)
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
