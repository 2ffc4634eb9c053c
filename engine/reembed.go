package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"lookalike/encoder"
	"lookalike/store"
)

// State says what a re-embedding is at.
type State string

// States of a re-embedding, in their order.
const (
	Idle      State = "idle"      // there is none
	Learning  State = "learning"  // what the folder's vectors are to be whitened by is learned
	Embedding State = "embedding" // every image gets a vector by the new model
	Indexing  State = "indexing"  // the graph over the new vectors is built
	Cleaning  State = "cleaning"  // the new model is the folder's; what it replaced is removed
	Stopped   State = "stopped"   // under way, and nobody works on it: Reembed goes on
)

// Reembedding tells how far it is. While it is under way the figures are the target's, else the folder's.
type Reembedding struct {
	State         State
	Spec          Spec // of the target
	Fingerprint   string
	Dim           int
	Started       time.Time
	Done, Total   int           // images dealt with, of how many
	NotEmbedded   int           // images without a vector, since no file of theirs can be read and their thumbnails are too small
	FromThumbnail int           // images whose vector was made from the thumbnail
	ETA           time.Duration // 0 when that is not known
	Err           error         // why it stopped
	Failures      []Image       // the first of those that were not embedded, with NotEmbedded saying why
}

// Target says with which model to re-embed.
type Target struct {
	Spec
	Restart bool // give up one under way with another model or with other choices, instead of refusing
}

// Reembed makes a model the folder's: it embeds every image with it in the background, and then replaces all vectors and
// the index at once. Until then everything goes on with the model that there is. One that was cut off goes on where it
// stopped, with the choices that it began with: of the target nothing may contradict these. With the folder's own model it tries
// the images again that have no vector by their files. To whiten the vectors of the folder's own model nothing is embedded. ErrNoModel
// when the model cannot be opened, ErrJob when a re-embedding with another is under way, ErrWhiten when there are too few
// images to whiten.
func (e *Engine) Reembed(ctx context.Context, t Target) error {
	e.job.starting.Lock()
	defer e.job.starting.Unlock()
	under, ok, err := e.staging.Reembedding()
	if err != nil {
		return err
	}
	if ok && !t.Restart {
		return e.goOn(under, t.Spec)
	}
	if now := e.now(); now.unwhitened() && !t.Restart && same(now.spec.With(t.Spec), now.spec) {
		return e.goOnWhitening()
	}
	target, err := e.openModel(t.Spec, "")
	if err != nil {
		return err
	}
	return e.change(ctx, target, ok)
}

// goOn works on the re-embedding under way, if nobody does.
func (e *Engine) goOn(under store.Reembedding, asked Spec) error {
	if !same(under.Spec.With(asked), under.Spec) {
		return fmt.Errorf("%w with %s, not with %s: \"lookalike model use %s\" goes on with it, --restart begins anew with the other, \"lookalike model cancel\" stays with the model there is",
			ErrJob, under.Spec, asked, under.Spec.Name)
	}
	if state, _ := e.job.look(); state != Idle && state != Cleaning {
		return nil
	}
	target, err := e.reopen(under)
	if err != nil {
		return err
	}
	e.job.halt()
	e.aim(target)
	e.job.launch(Embedding, func(ctx context.Context) error { return e.workOn(ctx, target) })
	return nil
}

// goOnWhitening learns what to whiten by, if nobody does: the first half of a change to whitened vectors is done.
func (e *Engine) goOnWhitening() error {
	if state, _ := e.job.look(); state == Learning {
		return nil
	}
	return e.keep(e.now().spec)
}

// same is whether two specs say the same, some of it by saying nothing.
func same(a, b Spec) bool {
	for _, s := range []*Spec{&a, &b} {
		s.Descriptor, s.Preprocess = cmp.Or(s.Descriptor, string(encoder.CLS)), cmp.Or(s.Preprocess, "hf")
	}
	return a == b
}

// change starts the work that is to be done for a target, in the place of what is under way.
func (e *Engine) change(ctx context.Context, target *generation, underWay bool) error {
	now := e.now()
	if err := e.enoughFor(target, now); err != nil {
		return errors.Join(err, target.close())
	}
	e.job.halt()
	if e.now() != now { // what was under way has just ended
		return e.change(ctx, target, underWay)
	}
	if underWay {
		if err := e.staging.CancelReembedding(); err != nil {
			return errors.Join(err, target.close())
		}
	}
	if target.isOf(now) && (target.spec.Whiten || now.whitener == nil) {
		return errors.Join(e.keep(target.spec), target.close())
	}
	if err := e.begin(ctx, target); err != nil {
		return errors.Join(err, target.close())
	}
	e.job.launch(Embedding, func(ctx context.Context) error { return e.workOn(ctx, target) })
	return nil
}

// keep stays with the folder's model, of which more is known or asked for now: it cleans up, or whitens.
func (e *Engine) keep(spec Spec) error {
	e.job.halt()
	g := *e.now()
	g.spec = spec
	if err := e.records.SetModel(spec, g.model.Fingerprint, g.model.Dim); err != nil {
		return err
	}
	e.gate.Lock()
	e.current.Store(&g)
	e.gate.Unlock()
	e.cfg.Swapped(spec.Name)
	e.job.launch(Cleaning, e.finish)
	return nil
}

// finish ends a change of model: the vectors may still have to be whitened, and what was replaced goes.
func (e *Engine) finish(ctx context.Context) error {
	if !e.now().unwhitened() {
		return e.tidy(ctx)
	}
	err := e.whitenAll(ctx)
	if err == nil || ctx.Err() != nil {
		return err
	}
	e.log.Error("the vectors could not be whitened; searches go on with them as they are", "error", err)
	return errors.Join(err, e.tidy(ctx))
}

// begin makes the store and the pictures on their way in know of the target.
func (e *Engine) begin(ctx context.Context, target *generation) error {
	e.gate.Lock()
	defer e.gate.Unlock()
	err := ctx.Err()
	if err == nil {
		err = e.staging.BeginReembedding(target.spec, target.model.Fingerprint, target.model.Dim, target.whitening)
	}
	if err == nil {
		e.job.to.Store(target)
	}
	return err
}

// aim makes the pictures on their way in know of the target of a re-embedding that has begun.
func (e *Engine) aim(target *generation) {
	e.gate.Lock()
	defer e.gate.Unlock()
	e.job.to.Store(target)
}

// resume goes on with what a process before this one has left: a re-embedding, or the cleaning up after it.
func (e *Engine) resume() {
	under, ok, err := e.staging.Reembedding()
	if err != nil || !e.cfg.Resume {
		return
	}
	e.job.starting.Lock()
	defer e.job.starting.Unlock()
	if !ok {
		e.job.launch(Cleaning, e.finish)
		return
	}
	e.job.launch(Embedding, func(ctx context.Context) error {
		target, err := e.reopen(under)
		if err == nil {
			e.aim(target)
			err = e.workOn(ctx, target)
		}
		if err != nil && ctx.Err() == nil {
			e.log.Error("the re-embedding stopped; searches go on with the model before it", "model", under.Spec, "error", err)
		}
		return err
	})
}

// reopen opens the target of a re-embedding that is under way, as it was opened when that began.
func (e *Engine) reopen(under store.Reembedding) (*generation, error) {
	target, err := e.openModel(under.Spec, under.Fingerprint)
	if err != nil {
		return nil, err
	}
	if m := target.model; m.Fingerprint != under.Fingerprint {
		return nil, errors.Join(fmt.Errorf("%w: %s is not the model that the re-embedding began with (fingerprint %.12s, it was %.12s): bring that one back, begin anew with --restart, or cancel it",
			ErrNoModel, under.Spec, m.Fingerprint, under.Fingerprint), target.close())
	}
	return target, nil
}

// CancelReembedding gives up the re-embedding under way, if there is one. Nothing of it is left but space that goes in
// the background.
func (e *Engine) CancelReembedding() error {
	e.job.starting.Lock()
	defer e.job.starting.Unlock()
	e.job.halt()
	if err := e.staging.CancelReembedding(); err != nil {
		return err
	}
	if now := e.now(); now.unwhitened() {
		spec := now.spec
		spec.Whiten = false
		return e.keep(spec)
	}
	e.job.launch(Cleaning, e.tidy)
	return nil
}

// Reembedding tells how far the re-embedding is, and names up to limit of the images that have no vector.
func (e *Engine) Reembedding(limit int) (Reembedding, error) {
	for {
		r, err := e.reembedding(limit)
		if !errors.Is(err, store.ErrNoJob) { // else it ended while we looked
			return r, err
		}
	}
}

func (e *Engine) reembedding(limit int) (Reembedding, error) {
	under, ok, err := e.staging.Reembedding()
	if err != nil {
		return Reembedding{}, err
	}
	stats, err := e.records.Stats()
	if err != nil {
		return Reembedding{}, err
	}
	r := Reembedding{State: Idle, NotEmbedded: int(stats.NotEmbedded), FromThumbnail: int(stats.FromThumbnail)}
	state, why := e.job.look()
	switch {
	case ok && state == Idle:
		r.State, r.Err = Stopped, why
	case ok:
		r.State = state
	case state == Learning:
		r.State, r.Spec, r.Total = Learning, e.now().spec, int(stats.Images)
	case state == Idle:
		r.Err = why // a whitening that could not be learned
	default:
		r.State = Cleaning // it changes over at this moment, or has
	}
	if ok {
		r.Spec, r.Fingerprint, r.Dim, r.Started = under.Spec, under.Fingerprint, under.Dim, under.Started
		r.Done, r.Total = int(under.Done), int(stats.Images)
		r.NotEmbedded, r.FromThumbnail = int(under.NotEmbedded), int(under.FromThumbnail)
		r.ETA = e.job.eta(under.Done, stats.Images)
	}
	r.Failures, err = e.records.NotEmbedded(ok, 0, limit)
	return r, err
}
