package store

import (
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// Vectors reads the vectors of one generation, the one that counted when it was made. An index over these vectors
// reads nothing else, also where it is still searched when another generation counts.
type Vectors struct {
	store *Store
	of    generation
}

// Vectors reads the vectors that count now.
func (s *Store) Vectors() (*Vectors, error) {
	v := &Vectors{store: s}
	err := s.view(func(tx *bolt.Tx) (err error) {
		v.of, err = currentGeneration(tx)
		return err
	})
	return v, wrap("read vectors", err)
}

// StagedVectors reads the vectors of the re-embedding under way, also when they have become those that count.
func (s *Store) StagedVectors() (*Vectors, error) {
	g, err := s.jobGeneration()
	return &Vectors{store: s, of: g}, err
}

// Vectors calls use, in order, with what Vector gives for each image, in one transaction, until use fails.
func (v *Vectors) Vectors(ids []uint64, buf []float32, use func(i int, x []float32, err error) error) error {
	return v.store.view(func(tx *bolt.Tx) error {
		b := tx.Bucket(v.of.vectors())
		for i, id := range ids {
			x, err := []float32(nil), ErrNotFound
			if b != nil {
				x, err = readVector(b, id, buf)
			}
			if err != nil {
				err = fmt.Errorf("vector of image %d: %w", id, err)
			}
			if err := use(i, x, err); err != nil {
				return err
			}
		}
		return nil
	})
}

// Vector gives an image's vector, in buf if that is as long. Without an image, or a generation, it is ErrNotFound.
func (v *Vectors) Vector(id uint64, buf []float32) (x []float32, err error) {
	err = v.store.view(func(tx *bolt.Tx) error {
		b := tx.Bucket(v.of.vectors())
		if b == nil {
			return ErrNotFound
		}
		x, err = readVector(b, id, buf)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("vector of image %d: %w", id, err)
	}
	return x, nil
}
