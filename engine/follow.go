package engine

import (
	"errors"
	"fmt"

	"lookalike/index"
	"lookalike/store"
)

// gatherMost is how many vectors are gathered for the index at most: 3 MB of 768 numbers.
const gatherMost = 1024

// gathered are vectors to add to the index together, which it does on all cores.
type gathered struct {
	index neighbours
	items []index.Item
	seq   uint64 // how far the log was read; the index has come as far once they are added
}

func (g *gathered) add(id uint64, v []float32) error {
	if g.items = append(g.items, index.Item{ID: id, Vector: v}); len(g.items) < gatherMost {
		return nil
	}
	return g.flush()
}

func (g *gathered) flush() error {
	err := g.index.AddAll(g.items)
	g.items = g.items[:0]
	return err
}

// follow brings the index up to the end of the log. The caller holds writes, or is Open. Replaying at the start and
// following a commit are the same thing, so that neither can differ from the other.
func (e *Engine) follow() error {
	g := gathered{index: e.now().index}
	err := e.journal.Changes(e.applied, func(c store.Change) error {
		if err := e.apply(c, &g); err != nil {
			return fmt.Errorf("log entry %d, image %d: %w", c.Seq, c.ID, err)
		}
		if e.touched != nil {
			*e.touched = append(*e.touched, c.ID)
		}
		if g.seq = c.Seq; len(g.items) == 0 {
			e.applied = c.Seq
		}
		return nil
	})
	if flushed := g.flush(); flushed != nil {
		return errors.Join(err, fmt.Errorf("log entries up to %d: %w", g.seq, flushed))
	}
	e.applied = max(e.applied, g.seq)
	return err
}

// apply makes one change of the log in the index, or gathers it. Applying it again changes nothing.
func (e *Engine) apply(c store.Change, g *gathered) error {
	if c.Delete {
		e.labels.change() // the image's went with it
		if err := g.flush(); err != nil {
			return err
		}
	}
	now := e.now()
	switch there := now.index.Contains(c.ID); {
	case c.Delete:
		var err error
		if there {
			err = now.index.Delete(c.ID)
		}
		delete(now.vectors.gone, c.ID) // what comes after is the store's
		return err
	case there:
		return nil
	}
	delete(now.vectors.gone, c.ID)
	v, err := e.records.Vector(c.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil // a later entry of the log deletes it
	}
	if err != nil {
		return err
	}
	return g.add(c.ID, v)
}
