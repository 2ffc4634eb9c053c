package engine

import (
	"errors"

	"lookalike/encoder"
)

// generation is a model with the index over the vectors that it made. Everything that compares vectors works with one of
// them from start to end; Reembed replaces it.
type generation struct {
	encoder OpenEncoder
	model   encoder.Model
	index   neighbours
	vectors *exactVectors // the index's source
	owned   bool          // opened by the engine, which closes it
}

// now is the generation that counts.
func (e *Engine) now() *generation { return e.current.Load() }

// close closes the encoder if it is ours. Close waits for what runs on it; what comes after is done again by underOne.
func (g *generation) close() error {
	if !g.owned {
		return nil
	}
	return g.encoder.Close()
}

// underOne does what reads encoder, vectors and index of one generation, all of them now(), and does it again when they were replaced
// meanwhile: it may then have compared the vectors of two models, or found some of them gone.
func underOne[T any](e *Engine, do func() (T, error)) (T, error) {
	for {
		before := e.swaps.Load()
		if before%2 != 0 {
			e.writes.Lock()   // until the swap is over
			e.writes.Unlock() //nolint:staticcheck // nothing to do meanwhile
			continue
		}
		found, err := do()
		if e.swaps.Load() == before {
			return found, err
		}
	}
}

// adopt makes the model that the folder's vectors are of the engine's, where the one it was given is another: a swap whose
// process died before the choice of the model was written down.
func (e *Engine) adopt(refused error) error {
	name, err := e.records.ModelName()
	if err != nil || name == "" || e.cfg.OpenModel == nil || e.cfg.Fixed {
		return errors.Join(refused, err)
	}
	enc, err := e.cfg.OpenModel(name)
	if err != nil {
		return errors.Join(refused, err)
	}
	pinned, dim, err := e.records.Model()
	if m := enc.Model(); err != nil || m.Fingerprint != pinned || m.Dim != dim {
		return errors.Join(refused, err, enc.Close())
	}
	e.current.Store(&generation{encoder: enc, model: enc.Model(), owned: true})
	e.cfg.Swapped(name)
	return nil
}
