package store

import (
	"bytes"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// PutProbe stores a classifier of a model's vectors in the place of the one before, fsynced on return. To the store it is
// bytes; each model has one, so that going back to a model goes back to its classifier.
func (s *Store) PutProbe(model string, data []byte) error {
	if model == "" {
		return fmt.Errorf("put probe: %w: no model is named", ErrEntry)
	}
	return wrap("put probe", s.update(func(t *txn) error {
		return t.Bucket(bucketProbes).Put([]byte(model), seal(data))
	}))
}

// Probe gives the classifier of a model's vectors. ErrNotFound when there is none.
func (s *Store) Probe(model string) (data []byte, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketProbes)
		if b == nil || b.Get([]byte(model)) == nil {
			return ErrNotFound
		}
		body, err := unseal(b.Get([]byte(model)))
		data = bytes.Clone(body)
		return err
	})
	return data, wrap(fmt.Sprintf("probe of model %.12s", model), err)
}
