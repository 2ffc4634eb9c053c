package engine

import (
	"errors"
	"fmt"

	"lookalike/store"
)

// follow brings the index up to the end of the log. The caller holds writes, or is Open. Replaying at the start and
// following a commit are the same thing, so that neither can differ from the other.
func (e *Engine) follow() error {
	return e.journal.Changes(e.applied, func(c store.Change) error {
		if err := e.apply(c); err != nil {
			return fmt.Errorf("log entry %d, image %d: %w", c.Seq, c.ID, err)
		}
		e.applied = c.Seq
		if e.touched != nil {
			*e.touched = append(*e.touched, c.ID)
		}
		return nil
	})
}

// apply makes one change of the log in the index. Applying it again changes nothing.
func (e *Engine) apply(c store.Change) error {
	if c.Delete {
		e.labels.change() // the image's went with it
	}
	index := e.now().index
	switch there := index.Contains(c.ID); {
	case c.Delete && there:
		return index.Delete(c.ID)
	case c.Delete || there:
		return nil
	}
	v, err := e.records.Vector(c.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil // a later entry of the log deletes it
	}
	if err != nil {
		return err
	}
	return index.Add(c.ID, v)
}
