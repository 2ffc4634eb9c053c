package engine

import (
	"context"
	"errors"
	"fmt"
	"math"

	"lookalike/internal/imageio"
	"lookalike/store"
)

// ThumbnailSide is the side of the square that a thumbnail fits in, in pixels.
const ThumbnailSide = 320

// takeIn takes a source as far as it goes without a transaction of its own. It returns nil when that settles it: it
// was there already, or cannot be added.
func (e *Engine) takeIn(ctx context.Context, src Source, result *AddResult) *intake {
	*result = AddResult{Path: src.label()}
	e.gate.RLock()
	in, err := newIntake(src, result)
	in.claims = append(in.claims, e.gate.RUnlock)
	var id uint64
	if err == nil {
		id, err = e.identify(ctx, in)
	}
	switch {
	case err != nil:
		in.settle(0, false, err)
	case id != 0:
		e.embedAfterAll(ctx, id)
		in.settle(id, true, nil)
	default:
		in.Data = nil // no longer in the budget
		return in
	}
	return nil
}

// identify finds the image that has this content already, in the order of what finding out costs: by path, size and
// time; by the bytes; by the pixels. It returns 0 when it is new, and then the intake's entry is complete.
func (e *Engine) identify(ctx context.Context, in *intake) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if id, err := e.unchanged(in); id != 0 || err != nil {
		return id, err
	}
	// Room is taken in one order by everybody (slot, bytes, content, pixels, picture), so nobody waits in a circle.
	if err := e.work.Acquire(ctx, 1); err != nil {
		return 0, err
	}
	defer e.work.Release(1)
	release, err := e.bytes.take(ctx, in.file.Size)
	if err != nil {
		return 0, err
	}
	defer release()
	if err := in.read(e.cfg.Limits); err != nil {
		return 0, err
	}
	if id, err := e.claim(ctx, in, in.file.SHA256, e.records.BySHA256); id != 0 || err != nil {
		return id, err
	}
	return e.encode(ctx, in)
}

// unchanged answers for a file that was imported before and has kept its size and time, without opening it.
func (e *Engine) unchanged(in *intake) (uint64, error) {
	if in.Upload {
		return 0, nil
	}
	id, f, ok, err := e.records.ByPath(in.Path)
	if err != nil || !ok || f.Size != in.file.Size || !f.ModTime.Equal(in.file.ModTime) {
		return 0, err
	}
	return id, nil
}

// claim makes this intake the only one with its content, then looks the content up, and attaches the file to the
// image that has it. It returns 0 when there is none.
func (e *Engine) claim(ctx context.Context, in *intake, key [32]byte, lookUp func([32]byte) (uint64, bool, error)) (uint64, error) {
	giveBack, err := e.inFlight.take(ctx, key)
	if err != nil {
		return 0, err
	}
	in.claims = append(in.claims, giveBack)
	id, known, err := lookUp(key)
	if err != nil || !known {
		return 0, err
	}
	err = e.attach(in, id)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil // deleted since it was looked up: the content is new again
	}
	return id, err
}

// attach records one more file of an image.
func (e *Engine) attach(in *intake, id uint64) error {
	if err := e.keepOriginal(in); err != nil {
		return err
	}
	var added store.Added
	err := e.write(func() (err error) {
		added, err = e.records.Attach(id, in.file)
		return err
	})
	if err == nil {
		e.noteAdded(added)
	}
	return err
}

// keepOriginal stores an upload's bytes; they must be there before the record that refers to them.
func (e *Engine) keepOriginal(in *intake) error {
	if !in.Upload {
		return nil
	}
	return e.records.PutOriginal(in.file.SHA256, in.Data)
}

// encode decodes a picture whose bytes are new, and if its pixels are new too completes the intake's entry.
func (e *Engine) encode(ctx context.Context, in *intake) (uint64, error) {
	img, info, release, err := e.decode(ctx, in.label(), in.Data)
	if err != nil {
		return 0, err
	}
	defer release()
	pixelHash := img.Hash()
	if id, err := e.claim(ctx, in, pixelHash, e.records.ByPixelHash); id != 0 || err != nil {
		return id, err
	}
	vector, err := e.embed(ctx, img)
	if err != nil {
		return 0, err
	}
	thumbnail, err := imageio.Thumbnail(img, ThumbnailSide)
	if err != nil {
		return 0, fmt.Errorf("thumbnail: %w", err)
	}
	in.entry = store.Entry{
		Image: store.Image{PixelHash: pixelHash, Format: info.Format, Width: info.Width, Height: info.Height,
			Model: e.Model().Fingerprint, Files: []store.File{in.file}},
		Vector: vector, Thumbnail: thumbnail,
	}
	if target := e.job.target(); target != nil {
		in.entry.NextModel = target.model.Fingerprint
		in.entry.Next, _ = target.embed(ctx, img) // else the re-embedding comes to it
	}
	return 0, e.keepOriginal(in)
}

// decode decodes a picture when there is room for its pixels. release gives the room back.
func (e *Engine) decode(ctx context.Context, name string, data []byte) (img *imageio.RGB, info imageio.Info, release func(), err error) {
	if info, err = imageio.DecodeConfig(name, data, e.cfg.Limits); err != nil {
		return nil, info, nil, err
	}
	if release, err = e.pixels.take(ctx, int64(info.Width)*int64(info.Height)); err != nil {
		return nil, info, nil, err
	}
	if img, info, err = imageio.Decode(name, data, e.cfg.Limits); err != nil {
		release()
		return nil, info, nil, err
	}
	return img, info, release, nil
}

// embed encodes one picture and makes sure of the vector, which the index would refuse only after the commit.
func (e *Engine) embed(ctx context.Context, img *imageio.RGB) ([]float32, error) {
	return e.now().embed(ctx, img)
}

func (g *generation) embed(ctx context.Context, img *imageio.RGB) ([]float32, error) {
	vectors, err := g.encoder.Embed(ctx, img)
	if err != nil {
		return nil, fmt.Errorf("embed: %w", err)
	}
	v := vectors[0]
	if n := norm(v); len(v) != g.model.Dim || !(math.Abs(n-1) <= 1e-3) { // NaN fails too
		return nil, fmt.Errorf("embed: %w: %d numbers of length %v, not %d of length 1", ErrVector, len(v), n, g.model.Dim)
	}
	return v, nil
}

// norm is a vector's Euclidean length.
func norm(v []float32) float64 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}

// named puts the picture's name before errors that do not begin with it already.
func named(name string, err error) error {
	var e *imageio.Error
	if errors.As(err, &e) && e.Name == name {
		return err
	}
	return fmt.Errorf("%s: %w", name, err)
}
