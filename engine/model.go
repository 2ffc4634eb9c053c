package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"strings"

	"lookalike/encoder"
	"lookalike/internal/attention"
	"lookalike/internal/patches"
	"lookalike/store"
)

// Spec says how a model is opened: its name, and the choices that are part of its fingerprint.
type Spec = store.Spec

// pinModel opens the model that the folder's vectors are of, by what the folder says of it and Config.Spec, or, of a folder
// without pictures, the one of Config.Spec alone. Where it cannot be had, and was not asked for, the folder opens without: see
// absent.
func (e *Engine) pinModel() error {
	pinned, dim, err := e.records.Model()
	if err != nil {
		return err
	}
	recorded, err := e.records.Spec(pinned)
	if err != nil {
		return err
	}
	g, err := e.openFirst(recorded, pinned)
	offered := encoder.Model{}
	if err == nil {
		offered = g.model
		if offered.Fingerprint == pinned && recorded.Name != "" {
			g.spec = recorded // of several ways to open it the one that was written down stays
		}
		if err = e.records.SetModel(g.spec, g.model.Fingerprint, g.model.Dim); errors.Is(err, ErrModel) {
			err = e.describeRefusal(err, g, recorded)
		}
	}
	if err == nil {
		e.current.Store(g)
		return nil
	}
	if g != nil {
		err = errors.Join(err, g.close())
	}
	if adopted := e.adopt(recorded, pinned, dim); adopted != nil {
		e.current.Store(adopted)
		e.cfg.Swapped(adopted.spec.Name)
		return nil
	}
	return e.openWithout(recorded, encoder.Model{Name: recorded.Name, Fingerprint: pinned, Dim: dim}, offered, err)
}

// openFirst takes the encoder that the engine was given, or opens the model that the folder and Config.Spec say.
func (e *Engine) openFirst(recorded Spec, fingerprint string) (*generation, error) {
	if e.cfg.Encoder != nil {
		g, err := e.wrap(e.cfg.Encoder, recorded.With(e.cfg.Spec), fingerprint, false)
		if err == nil && g.model.Fingerprint != fingerprint {
			g.spec = e.cfg.Spec // what is recorded is another model's
		}
		return g, err
	}
	spec := recorded.With(e.cfg.Spec)
	if spec.Name == "" {
		spec = e.cfg.Default.With(spec)
	}
	return e.openModel(spec, fingerprint)
}

// describeRefusal says beside the fingerprints what they come of, where the folder knows.
func (e *Engine) describeRefusal(err error, g *generation, recorded Spec) error {
	if recorded == (Spec{}) {
		return fmt.Errorf("%w (the model offered is %q)", err, g.model.Name)
	}
	return fmt.Errorf("%w (the model offered is %q; the folder's was opened as: %s)", err, g.model.Name, recorded)
}

// openModel opens a model, whose vectors are whitened if those of the fingerprint are.
func (e *Engine) openModel(spec Spec, fingerprint string) (*generation, error) {
	if e.cfg.OpenModel == nil {
		return nil, fmt.Errorf("%w: this engine opens none by name", ErrNoModel)
	}
	enc, err := e.cfg.OpenModel(spec)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoModel, err)
	}
	g, err := e.wrap(enc, spec, fingerprint, true)
	if err != nil {
		return nil, errors.Join(err, enc.Close())
	}
	return g, nil
}

// adopt opens the model that the folder's vectors are of where the engine was given another: a swap whose process died before
// the choice of the model was written down. It gives nil where that cannot be, or must not.
func (e *Engine) adopt(recorded Spec, pinned string, dim int) *generation {
	if e.cfg.Encoder == nil || recorded.Name == "" || e.cfg.OpenModel == nil || e.cfg.Fixed {
		return nil
	}
	g, err := e.openModel(recorded, pinned)
	if err != nil {
		return nil
	}
	if g.model.Fingerprint != pinned || g.model.Dim != dim {
		_ = g.close() // nothing has used it
		return nil
	}
	return g
}

// openWithout opens a folder whose model cannot be had, unless that was asked for, or nothing could be done about it here. What
// needs no model goes on: listing, searching by images of the folder, duplicates, labels, and changing to another model.
func (e *Engine) openWithout(recorded Spec, m, offered encoder.Model, why error) error {
	stats, err := e.records.Stats()
	switch {
	case err != nil:
		return errors.Join(why, err)
	case e.cfg.Fixed || e.cfg.OpenModel == nil || m.Fingerprint == "" || stats.Images == 0:
		return why
	case !errors.Is(why, ErrModel) && !errors.Is(why, ErrNoModel):
		return why
	}
	m.Name = cmp.Or(m.Name, "of unknown name")
	reason, _, _ := strings.Cut(strings.TrimPrefix(why.Error(), ErrNoModel.Error()+": "), "\n")
	if errors.Is(why, ErrModel) {
		reason = fmt.Sprintf("the %s that is here is another, %.12s", offered.Name, offered.Fingerprint)
	}
	// The reason is no error of its own: whoever gets this one is told what to do.
	missing := fmt.Errorf("%w: the library's, %s (%.12s, %d numbers), is not here (%s): its pictures can be listed and compared "+
		"with each other; to search by new pictures and to add, bring it back, or run \"lookalike model use NAME|starter\"",
		ErrNoModel, m.Name, m.Fingerprint, m.Dim, reason)
	e.current.Store(&generation{encoder: absent{m, missing}, model: m, spec: recorded, base: m.Fingerprint, missing: missing})
	return nil
}

// absent stands for a model that cannot be had. Its vectors are there and can be compared; no others can be made.
type absent struct {
	model encoder.Model
	why   error
}

func (a absent) Embed(context.Context, ...image.Image) ([][]float32, error) { return nil, a.why }

func (a absent) Attention(context.Context, image.Image) (attention.Map, error) {
	return attention.Map{}, a.why
}

func (a absent) Patches(context.Context, image.Image) (patches.Grid, error) {
	return patches.Grid{}, a.why
}

func (a absent) Model() encoder.Model         { return a.model }
func (a absent) Precision() encoder.Precision { return "" }
func (a absent) InputSize() image.Point       { return image.Point{} }
func (a absent) Close() error                 { return nil }

// Unavailable is why the model of the folder's vectors cannot be had, and what to do; nil where it can.
func (e *Engine) Unavailable() error { return e.now().missing }

// Spec says how the model of the folder's vectors is opened, as far as that is known.
func (e *Engine) Spec() Spec { return e.now().spec }
