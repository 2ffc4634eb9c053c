package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lookalike/store"
)

// State says what a re-embedding is at.
type State string

// States of a re-embedding, in their order.
const (
	Idle      State = "idle"      // there is none
	Embedding State = "embedding" // every image gets a vector by the new model
	Indexing  State = "indexing"  // the graph over the new vectors is built
	Cleaning  State = "cleaning"  // the new model is the folder's; what it replaced is removed
	Stopped   State = "stopped"   // under way, and nobody works on it: Reembed goes on
)

// Reembedding tells how far it is. While it is under way the figures are the target's, else the folder's.
type Reembedding struct {
	State         State
	Name          string // of the target
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

// Reembed makes a model the folder's: it embeds every image with it in the background, and then replaces all vectors and
// the index at once. Until then everything goes on with the model that there is. Of one that was cut off it goes on where
// that stopped. With the folder's own model it tries the images again that have no vector. ErrNoModel when the model cannot
// be opened, ErrJob when a re-embedding with another is under way.
func (e *Engine) Reembed(ctx context.Context, name string) error {
	e.job.starting.Lock()
	defer e.job.starting.Unlock()
	if e.cfg.OpenModel == nil {
		return fmt.Errorf("%w: this engine opens none by name", ErrNoModel)
	}
	under, ok, err := e.staging.Reembedding()
	if state, _ := e.job.look(); err == nil && state != Idle && state != Cleaning && ok && under.Name == name {
		return nil
	}
	if err != nil {
		return err
	}
	enc, err := e.cfg.OpenModel(name)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoModel, err)
	}
	switch m := enc.Model(); {
	case ok && under.Fingerprint != m.Fingerprint:
		return errors.Join(fmt.Errorf("%w with the model %s: cancel it first", ErrJob, under.Name), enc.Close())
	case !ok && e.Model().Fingerprint == m.Fingerprint:
		e.cfg.Swapped(name)
		e.job.halt() // it cleans up, which the next does as well
		e.job.launch(Cleaning, e.tidy)
		return enc.Close()
	}
	e.job.halt()
	return e.begin(ctx, name, enc)
}

// begin makes the store and the pictures on their way in know of the target, and starts the work.
func (e *Engine) begin(ctx context.Context, name string, enc OpenEncoder) error {
	target := &generation{encoder: enc, model: enc.Model(), owned: true}
	e.gate.Lock()
	err := ctx.Err()
	if err == nil {
		err = e.staging.BeginReembedding(name, target.model.Fingerprint, target.model.Dim)
	}
	if err == nil {
		e.job.to.Store(target)
	}
	e.gate.Unlock()
	if err != nil {
		return errors.Join(err, enc.Close())
	}
	e.job.launch(Embedding, func(ctx context.Context) error { return e.workOn(ctx, name, target) })
	return nil
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
		e.job.launch(Cleaning, e.tidy)
		return
	}
	e.job.launch(Embedding, func(ctx context.Context) error {
		target, err := e.reopen(under)
		if err == nil {
			err = e.workOn(ctx, under.Name, target)
		}
		if err != nil && ctx.Err() == nil {
			e.log.Error("the re-embedding stopped; searches go on with the model before it", "model", under.Name, "error", err)
		}
		return err
	})
}

// reopen opens the target of a re-embedding that is under way.
func (e *Engine) reopen(under store.Reembedding) (*generation, error) {
	if e.cfg.OpenModel == nil {
		return nil, fmt.Errorf("%w: this engine opens none by name", ErrNoModel)
	}
	enc, err := e.cfg.OpenModel(under.Name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoModel, err)
	}
	m := enc.Model()
	if m.Fingerprint != under.Fingerprint {
		return nil, errors.Join(fmt.Errorf("%w: %s is not the model that the re-embedding began with (fingerprint %.12s, it was %.12s): cancel it, or bring that one back",
			ErrNoModel, under.Name, m.Fingerprint, under.Fingerprint), enc.Close())
	}
	target := &generation{encoder: enc, model: m, owned: true}
	e.gate.Lock()
	defer e.gate.Unlock()
	e.job.to.Store(target)
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
	case state == Cleaning:
		r.State = Cleaning
	}
	if ok {
		r.Name, r.Fingerprint, r.Dim, r.Started = under.Name, under.Fingerprint, under.Dim, under.Started
		r.Done, r.Total = int(under.Done), int(stats.Images)
		r.NotEmbedded, r.FromThumbnail = int(under.NotEmbedded), int(under.FromThumbnail)
		r.ETA = e.job.eta(under.Done, stats.Images)
	}
	r.Failures, err = e.records.NotEmbedded(ok, 0, limit)
	return r, err
}
