package engine

import (
	"lookalike/encoder"
	"lookalike/internal/whiten"
)

// generation is a model with the index over the vectors that it made. Everything that compares vectors works with one of
// them from start to end; Reembed replaces it.
type generation struct {
	encoder OpenEncoder
	model   encoder.Model
	index   neighbours
	vectors *exactVectors // the index's source
	owned   bool          // opened by the engine, which closes it

	spec      Spec              // how the encoder is opened, as far as that is known
	base      string            // the fingerprint without whitening
	whitening []byte            // what the vectors are whitened by, and the same decoded; nil if they are not
	whitener  *whiten.Whitening //
	missing   error             // why there is no encoder, see absent
}

// here is whether there is an encoder, see absent.
func (g *generation) here() bool { return g.missing == nil }

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
