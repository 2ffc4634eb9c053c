package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"

	"lookalike/encoder"
	"lookalike/internal/whiten"
	"lookalike/store"
)

// whitened is an encoder whose vectors are whitened.
//
// The whitening is learned from the library's vectors once, and from then on part of the model's fingerprint: so what was
// whitened differently never meets. It lies in the store under that fingerprint, written in the transaction that makes room
// for the first vector whitened by it, and goes when no generation has that fingerprint any more.
type whitened struct {
	OpenEncoder
	by    *whiten.Whitening
	model encoder.Model
}

// whitenSample is how many of the library's vectors the whitening is learned from at most, as a multiple of their length.
const whitenSample = 4

// whitenGroup is how many vectors are whitened in one transaction: each costs little, unlike one that is embedded.
const whitenGroup = 512

// Embed is part of Encoder.
func (w whitened) Embed(ctx context.Context, images ...image.Image) ([][]float32, error) {
	vectors, err := w.OpenEncoder.Embed(ctx, images...)
	if err != nil {
		return nil, err
	}
	for i, v := range vectors {
		if vectors[i], err = w.by.Apply(v); err != nil {
			return nil, err
		}
	}
	return vectors, nil
}

// Model is part of Encoder.
func (w whitened) Model() encoder.Model { return w.model }

// whitenedFingerprint is that of a model whose vectors are whitened.
func whitenedFingerprint(base string, whitening []byte) string {
	of := sha256.Sum256(whitening)
	sum := sha256.Sum256(fmt.Appendf(nil, "%s whitened by %x", base, of))
	return hex.EncodeToString(sum[:])
}

// wrap makes a generation of an encoder, whitened if the vectors of the fingerprint are.
func (e *Engine) wrap(enc OpenEncoder, spec Spec, fingerprint string, owned bool) (*generation, error) {
	g := &generation{encoder: enc, model: enc.Model(), spec: spec, base: enc.Model().Fingerprint, owned: owned}
	data, err := e.records.Whitening(fingerprint)
	if errors.Is(err, store.ErrNotFound) {
		return g, nil
	}
	if err != nil {
		return nil, err
	}
	if whitenedFingerprint(g.base, data) != fingerprint {
		return g, nil // another model than the one whose vectors are whitened
	}
	return g, g.whiten(data)
}

// whiten has the generation's vectors whitened.
func (g *generation) whiten(data []byte) error {
	by, err := whiten.Decode(data)
	if err != nil {
		return fmt.Errorf("%w: the whitening of model %.12s: %w", store.ErrCorrupt, g.base, err)
	}
	if by.Dim() != g.model.Dim {
		return fmt.Errorf("%w: the whitening of model %.12s is of %d numbers, not %d", store.ErrCorrupt, g.base, by.Dim(), g.model.Dim)
	}
	g.model.Fingerprint = whitenedFingerprint(g.base, data)
	g.encoder, g.whitening, g.whitener = whitened{g.encoder, by, g.model}, data, by
	return nil
}

// unwhitened is whether the generation's vectors are still to be whitened.
func (g *generation) unwhitened() bool { return g.spec.Whiten && g.whitener == nil && g.here() }

// enough refuses to learn a whitening from too few vectors.
func enough(vectors, dim int) error {
	if need := whiten.Needs(dim); vectors < need {
		return fmt.Errorf("%w: %d different pictures, and %d are needed, twice as many as a vector has numbers", ErrWhiten, vectors, need)
	}
	return nil
}

// enoughFor refuses a target that is to be whitened by too few images. Of another model's it is not known yet how many of them are
// different.
func (e *Engine) enoughFor(target, now *generation) error {
	switch {
	case !target.spec.Whiten || target.isOf(now) && now.whitener != nil:
		return nil
	case target.isOf(now):
		return enough(now.index.Nodes(), now.model.Dim)
	}
	stats, err := e.records.Stats()
	if err != nil {
		return err
	}
	return enough(int(stats.Images), target.model.Dim)
}

// isOf is whether both are of one model, whitened or not.
func (g *generation) isOf(other *generation) bool {
	return other.here() && g.base == other.base
}

// learnWhitening learns from a sample of the vectors that the folder has.
func (e *Engine) learnWhitening(ctx context.Context) ([]byte, error) {
	g := e.now()
	ids := g.index.Sample(whitenSample * g.model.Dim)
	vectors := make([][]float32, 0, len(ids))
	for _, id := range ids {
		v, err := e.records.Vector(id)
		if errors.Is(err, ErrNotFound) {
			continue // deleted meanwhile
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return nil, err
		}
		vectors = append(vectors, v)
	}
	if err := enough(len(vectors), g.model.Dim); err != nil {
		return nil, err
	}
	w, err := whiten.Learn(vectors)
	if err != nil {
		return nil, err
	}
	return w.Encode(), nil
}

// whitenAll is the re-embedding that makes whitened vectors of those that the folder has, by the same model.
func (e *Engine) whitenAll(ctx context.Context) error {
	e.job.enter(Learning)
	spec := e.now().spec
	spec.Whiten = true
	data, err := e.learnWhitening(ctx)
	if err != nil {
		return err
	}
	target, err := e.openModel(spec, "")
	if err != nil {
		return err
	}
	err = target.whiten(data)
	if err == nil && target.base != e.now().base {
		err = fmt.Errorf("%w: %s is not the model of the library's vectors any more", ErrNoModel, spec)
	}
	if err == nil {
		err = e.begin(ctx, target)
	}
	if err != nil {
		return errors.Join(err, target.close())
	}
	e.job.enter(Embedding)
	return e.workOn(ctx, target)
}

// whitenStored gives an image's whitened vector by the one that it has; ok is false where it has none, or that is another
// model's.
func (e *Engine) whitenStored(by *generation, m Image) (item store.Staged, ok bool, err error) {
	if !by.followsFrom(e.now()) || m.NotEmbedded != "" {
		return item, false, nil
	}
	v, err := e.records.Vector(m.ID)
	if err == nil {
		v, err = by.whitener.Apply(v)
	}
	if errors.Is(err, ErrNotFound) || errors.Is(err, whiten.ErrVector) {
		return item, false, nil
	}
	return store.Staged{ID: m.ID, Vector: v, Remark: store.Remark{FromThumbnail: m.FromThumbnail}}, err == nil, err
}

// followsFrom is whether the generation's vectors are those of the other, whitened.
func (g *generation) followsFrom(other *generation) bool {
	return g.whitener != nil && other.whitener == nil && g.isOf(other)
}
