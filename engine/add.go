package engine

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"lookalike/store"
)

// Add adds one picture. When it returns without an error the picture is on disk and searches find it.
func (e *Engine) Add(ctx context.Context, src Source) (AddResult, error) {
	r := e.AddBatch(ctx, []Source{src})[0]
	return r, r.Err
}

// AddBatch adds pictures and says in their order what became of each: a bad one carries its error, the rest are
// added, on disk and searchable when it returns. When ctx ends, what is encoded by then is still committed and
// reported, the rest carry ctx's error.
//
//	sources -> Workers times: read, hash, decode, encode -> ready -> the caller: commit what is ready, up to 32
func (e *Engine) AddBatch(ctx context.Context, sources []Source) []AddResult {
	results := make([]AddResult, len(sources))
	ready := make(chan *intake, groupSize)
	var workers sync.WaitGroup
	var next atomic.Int64
	for range min(e.cfg.Workers, len(sources)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(sources)); i = next.Add(1) - 1 {
				if in := e.takeIn(ctx, sources[i], &results[i]); in != nil {
					ready <- in
				}
			}
		})
	}
	go func() {
		workers.Wait()
		close(ready)
	}()
	for first := range ready {
		e.commit(group(first, ready))
	}
	return results
}

// group takes what is ready behind first, without waiting for more.
func group(first *intake, ready <-chan *intake) []*intake {
	g := []*intake{first}
	for len(g) < groupSize {
		select {
		case in, ok := <-ready:
			if !ok {
				return g
			}
			g = append(g, in)
		default:
			return g
		}
	}
	return g
}

// noteAdded has the attributes follow what the store says it did.
func (e *Engine) noteAdded(added ...store.Added) {
	var ids []uint64
	for _, a := range added {
		ids = append(append(ids, a.ID), a.Removed...)
	}
	e.note(ids)
}

// note has the attributes follow a transaction that may have changed these images.
func (e *Engine) note(ids []uint64) {
	if err := e.attributes.refresh(e.records, ids...); err != nil {
		e.log.Error("what filters ask for could not be read; the next one will read it again", "error", err)
	}
}

// write runs a transaction on the store and lets the index follow it.
func (e *Engine) write(transaction func() error) error {
	e.writes.Lock()
	defer e.writes.Unlock()
	if err := transaction(); err != nil {
		return err
	}
	if err := e.follow(); err != nil {
		// What was committed stays acknowledged. The next write, or the next Open, takes the index up from here.
		e.log.Error("the index could not follow a change; it will be tried again", "error", err)
	}
	return nil
}

// deleteGroup is how many images one transaction deletes at most. Adds wait for a group, searches for a neighbour of one.
const deleteGroup = 64

// Delete deletes images and says which there were, also when it fails or ctx ends on the way: each of up to 64 that come
// first is gone then, and no other. Imported files are left alone; the originals of uploads go.
func (e *Engine) Delete(ctx context.Context, ids ...uint64) (deleted []uint64, err error) {
	for group := range slices.Chunk(ids, deleteGroup) {
		if err := ctx.Err(); err != nil {
			return deleted, err
		}
		var some []uint64
		err = e.write(func() (err error) {
			some, _, err = e.records.Delete(group...)
			return err
		})
		if err != nil {
			return deleted, fmt.Errorf("delete images: %w", err)
		}
		e.note(some)
		deleted = append(deleted, some...)
	}
	return deleted, nil
}
