package engine

import (
	"context"
	"fmt"
	"time"

	"lookalike/index"
	"lookalike/store"
)

// checkpoint saves the graph's changed chunks with the watermark that belongs to them: both are taken while writes
// is held, so the chunks hold exactly the log up to the watermark, whatever is added meanwhile.
func (e *Engine) checkpoint() error {
	e.saving.Lock()
	defer e.saving.Unlock()
	e.writes.Lock()
	watermark := e.applied
	if watermark == e.saved && !e.whole && !e.mended {
		e.writes.Unlock()
		return nil
	}
	x := e.now().index
	changes := x.TakeChanges()
	e.writes.Unlock()

	if err := e.journal.SaveGraph(savedGraph(changes, watermark, e.whole)); err != nil {
		x.ReturnChanges(changes)
		return fmt.Errorf("save the graph: %w", err)
	}
	e.saved, e.whole, e.mended = watermark, false, false
	return nil
}

// savedGraph is the graph in the store's words: to the store, a chunk is bytes.
func savedGraph(c index.Changes, watermark uint64, whole bool) store.Graph {
	g := store.Graph{Header: c.Header, Replace: whole || c.Whole, Watermark: watermark}
	for _, chunk := range c.Chunks {
		g.Chunks = append(g.Chunks, store.Chunk(chunk))
	}
	return g
}

// keepSaving makes a checkpoint every few seconds. One that fails is tried again, and nothing is lost meanwhile:
// the log keeps what the saved graph lacks.
func (e *Engine) keepSaving(ctx context.Context) {
	defer close(e.ended)
	tick := time.NewTicker(e.cfg.Checkpoint)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := e.checkpoint(); err != nil {
				e.log.Error("checkpoint failed; the log keeps the changes", "error", err)
			}
		}
	}
}
