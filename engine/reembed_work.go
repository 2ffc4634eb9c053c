package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"lookalike/index"
	"lookalike/store"
)

// Sizes of what one transaction takes, so that adds and deletes never wait long for it.
const (
	stageGroup = 16   // vectors, at least; a kill loses the work on as many
	graphGroup = 256  // chunks of the graph
	dropGroup  = 2000 // values of what was replaced
)

// errPending is returned by swap when an image has come that has no new vector yet.
var errPending = errors.New("images are pending")

// workOn does a re-embedding from where it is to its end. Whatever ends it early, it can be gone on with.
//
//	every image: embed, stage -> staged vectors -> new index -> its chunks, staged -> swap -> remove what was replaced
//	 ^                                                                                 |
//	 +---------------------- an image has come that is not embedded yet <--------------+
func (e *Engine) workOn(ctx context.Context, target *generation) error {
	err := e.reembed(ctx, target)
	e.gate.Lock()
	e.job.to.Store(nil)
	e.gate.Unlock()
	if err != nil {
		return errors.Join(err, target.close())
	}
	e.cfg.Swapped(target.spec.Name)
	e.log.Info("the library has changed its model", "model", target.spec)
	return e.finish(ctx)
}

// reembed works until the swap.
func (e *Engine) reembed(ctx context.Context, target *generation) error {
	under, _, err := e.staging.Reembedding()
	if err != nil {
		return err
	}
	e.job.measure(under.Done)
	if err := e.embedPending(ctx, target); err != nil {
		return err
	}
	e.job.enter(Indexing)
	e.watchChanges()
	defer e.unwatchChanges()
	x, err := e.buildNext(ctx, target)
	if err != nil {
		return fmt.Errorf("build the graph: %w", err)
	}
	target.index = x
	for {
		if err := e.catchUp(x); err != nil {
			return fmt.Errorf("build the graph: %w", err)
		}
		if err := e.swap(target); !errors.Is(err, errPending) {
			return err
		}
		if err := e.embedPending(ctx, target); err != nil {
			return err
		}
	}
}

// embedPending deals with every image that has neither a new vector nor a reason for having none.
func (e *Engine) embedPending(ctx context.Context, target *generation) error {
	group := max(stageGroup, 4*e.cfg.Workers)
	if target.followsFrom(e.now()) {
		group = whitenGroup
	}
	for after := uint64(0); ; {
		list, next, err := e.staging.Pending(after, group)
		if err != nil {
			return err
		}
		items, err := e.reembedSome(ctx, target, list)
		// What is ready is kept, also when the rest was cut off.
		if len(items) > 0 {
			err = errors.Join(err, e.staging.Stage(items...))
			e.noteChanged(items)
		}
		if err != nil || next == 0 {
			return err
		}
		after = next
	}
}

// reembedSome embeds images, and gives those that are done when it ends early. All workers but one decode pictures, so that
// searches and adds find a core; a model that is alone runs on all of them.
func (e *Engine) reembedSome(ctx context.Context, by *generation, list []Image) ([]store.Staged, error) {
	items := make([]store.Staged, len(list))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, e.cfg.Workers-1))
	for i, m := range list {
		g.Go(func() (err error) {
			if err = ctx.Err(); err == nil {
				items[i], err = e.reembedOne(ctx, by, m)
			}
			return err
		})
	}
	err := g.Wait()
	return slices.DeleteFunc(items, func(i store.Staged) bool { return i.ID == 0 }), err
}

// watchChanges notes from now on which images come and go.
func (e *Engine) watchChanges() {
	e.writes.Lock()
	defer e.writes.Unlock()
	e.touched = new([]uint64)
}

func (e *Engine) unwatchChanges() {
	e.writes.Lock()
	defer e.writes.Unlock()
	e.touched = nil
}

// noteChanged has the index that is being built look at images again.
func (e *Engine) noteChanged(items []store.Staged) {
	e.writes.Lock()
	defer e.writes.Unlock()
	for _, i := range items {
		if e.touched != nil {
			*e.touched = append(*e.touched, i.ID)
		}
	}
}

// buildNext builds the graph and stages its chunks. It may lack what has changed meanwhile.
func (e *Engine) buildNext(ctx context.Context, target *generation) (*index.Index, error) {
	for more := true; more; {
		var err error
		if more, err = e.staging.DropStagedGraph(graphGroup); err != nil {
			return nil, err
		}
	}
	staged, err := e.staging.StagedVectors()
	if err != nil {
		return nil, err
	}
	target.vectors = &exactVectors{store: staged}
	x, err := index.New(indexConfig(target.model.Dim, target.vectors))
	if err != nil {
		return nil, err
	}
	all := gathered{index: x}
	err = e.staging.EachStaged(func(id uint64, v []float32) error { return errors.Join(ctx.Err(), all.add(id, v)) })
	if err = errors.Join(err, all.flush()); err != nil {
		return nil, err
	}
	for chunks := range slices.Chunk(savedGraph(x.TakeChanges(), 0, false).Chunks, graphGroup) {
		if err := errors.Join(ctx.Err(), e.staging.StageGraph(chunks)); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// swap makes the target the generation that counts: one transaction that writes what the graph has changed since it was
// staged. No picture is on its way in meanwhile and no checkpoint under way, so that nothing of the old generation is
// written after it; searches go on, and are done again by underOne.
func (e *Engine) swap(target *generation) error {
	e.gate.Lock()
	defer e.gate.Unlock()
	e.saving.Lock()
	defer e.saving.Unlock()
	e.writes.Lock()
	defer e.writes.Unlock()
	if err := e.follow(); err != nil {
		return err
	}
	if err := e.renew(target.index, *e.touched); err != nil {
		return err
	}
	under, _, err := e.staging.Reembedding()
	if err != nil {
		return err
	}
	stats, err := e.records.Stats()
	if err != nil {
		return err
	}
	if under.Done != stats.Images {
		return errPending
	}
	e.swaps.Add(1)
	defer e.swaps.Add(1)
	if err := e.staging.Swap(savedGraph(target.index.TakeChanges(), e.applied, false)); err != nil {
		return err
	}
	old := e.current.Swap(target)
	e.saved, e.whole = e.applied, false
	go func() { _ = old.close() }()           // once what runs on it has ended
	if err := e.countRemarked(); err != nil { // what is committed is not undone for it
		e.log.Error("count the images that were not re-embedded", "error", err)
	}
	return nil
}

// catchUp does most of what the swap would have to do while everything waits.
func (e *Engine) catchUp(x neighbours) error {
	const little = 100
	for {
		e.writes.Lock()
		ids := *e.touched
		if len(ids) > little {
			*e.touched = nil
		}
		e.writes.Unlock()
		if len(ids) <= little {
			return nil
		}
		if err := e.renew(x, ids); err != nil {
			return err
		}
	}
}

// renew makes the new index hold the images that came while it was built, and not those that went.
func (e *Engine) renew(x neighbours, touched []uint64) error {
	for _, id := range touched {
		v, err := e.staging.StagedVector(id)
		gone := errors.Is(err, store.ErrNotFound)
		switch there := x.Contains(id); {
		case gone && there:
			err = x.Delete(id)
		case gone || there && err == nil:
			err = nil
		case err == nil:
			err = x.AddAll([]index.Item{{ID: id, Vector: v}})
		}
		if err != nil {
			return fmt.Errorf("image %d: %w", id, err)
		}
	}
	return nil
}

// tidy removes in pieces what was replaced or cancelled, and tries the images again that have no vector.
func (e *Engine) tidy(ctx context.Context) error {
	e.job.enter(Cleaning)
	if err := e.dropOld(ctx); err != nil {
		return err
	}
	return e.reviveAll(ctx)
}

// dropOld removes in pieces what was replaced or cancelled.
func (e *Engine) dropOld(ctx context.Context) error {
	for more := true; more; {
		var err error
		if more, err = e.staging.DropOld(dropGroup); err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
	}
	return nil
}
