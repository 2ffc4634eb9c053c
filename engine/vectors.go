package engine

import (
	"errors"
	"fmt"

	"lookalike/index"
	"lookalike/store"
)

// exactVectors is the index's source: the store's vectors, of the generation that the index is over.
type exactVectors struct {
	store *store.Vectors
	// gone are those of images that the saved graph has and the store no longer, or with another vector: while the log is replayed
	// their nodes are still there, until the links around them are mended.
	gone map[uint64][]float32
}

// Vector gives an image's vector, in buf.
func (v *exactVectors) Vector(id uint64, buf []float32) ([]float32, error) {
	if x, ok := v.gone[id]; ok {
		return x, nil
	}
	x, err := v.store.Vector(id, buf)
	return x, asIndex(err)
}

// Vectors calls use with the vectors of images, read in one transaction.
func (v *exactVectors) Vectors(ids []uint64, buf []float32, use func(i int, x []float32, err error) error) error {
	return v.store.Vectors(ids, buf, func(i int, x []float32, err error) error {
		if gone, ok := v.gone[ids[i]]; ok {
			return use(i, gone, nil)
		}
		return use(i, x, asIndex(err))
	})
}

// asIndex makes the store's error for what is not there the index's.
func asIndex(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("%w: %w", index.ErrNotFound, err)
	}
	return err
}

// recall finds what was deleted since the saved graph's watermark in the log.
func (v *exactVectors) recall(j journal, watermark uint64) error {
	v.gone = map[uint64][]float32{}
	return j.Changes(watermark, func(c store.Change) error {
		if _, before := v.gone[c.ID]; c.Vector != nil && !before {
			v.gone[c.ID] = c.Vector // as the saved graph has it, if it has it
		}
		return nil
	})
}

// vectorsNow reads those of the generation that counts.
func (e *Engine) vectorsNow() (*exactVectors, error) {
	reader, err := e.records.Vectors()
	if err != nil {
		return nil, err
	}
	return &exactVectors{store: reader}, nil
}
