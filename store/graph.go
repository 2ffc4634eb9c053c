package store

import (
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// SaveGraph writes the changed parts of the graph and the new watermark in one transaction, and trims the log up to it. A
// crash therefore finds the old graph with the log that completes it, or the new one with the rest, never a mixture.
func (s *Store) SaveGraph(g Graph) error {
	err := s.update(func(t *txn) error {
		old, _, err := graphHeader(t.Tx)
		if err != nil && !g.Replace { // a graph that replaces another may well replace a damaged one
			return err
		}
		if g.Watermark < old || g.Watermark > t.lastSeq {
			return fmt.Errorf("%w: watermark %d is not between the last one, %d, and the newest change, %d",
				ErrEntry, g.Watermark, old, t.lastSeq)
		}
		return t.saveGraph(g)
	})
	return wrap("save graph", err)
}

// saveGraph does what SaveGraph has checked.
func (t *txn) saveGraph(g Graph) error {
	b, err := current(t.Tx, generation.graph)
	if err != nil {
		return err
	}
	if g.Replace {
		if err := deleteKeys(b, func([]byte) bool { return true }); err != nil {
			return err
		}
	}
	for _, no := range g.Dropped {
		if err := b.Delete(chunkKey(no)); err != nil {
			return err
		}
	}
	if err := putChunks(b, g.Chunks); err != nil {
		return err
	}
	if err := b.Put(keyHeader, encodeHeader(g.Watermark, g.Header)); err != nil {
		return err
	}
	return deleteKeys(t.Bucket(bucketLog), func(k []byte) bool { return !beyond(k, g.Watermark) })
}

// putChunks writes chunks of a graph.
func putChunks(b *bolt.Bucket, chunks []Chunk) error {
	for _, c := range chunks {
		if err := b.Put(chunkKey(c.No), seal(c.Data)); err != nil {
			return err
		}
	}
	return nil
}

// deleteKeys deletes from the start of a bucket for as long as while holds. The keys are gathered first: bbolt's cursor may
// skip one after a delete.
func deleteKeys(b *bolt.Bucket, while func(k []byte) bool) error {
	var keys [][]byte
	c := b.Cursor()
	for k, _ := c.First(); k != nil && while(k); k, _ = c.Next() {
		keys = append(keys, k)
	}
	for _, k := range keys {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// Model gives the model that the folder's vectors come from: "" and 0 before the first add.
func (s *Store) Model() (fingerprint string, dim int, err error) {
	var m modelRecord
	err = s.view(func(tx *bolt.Tx) (err error) {
		m, err = pinned(tx)
		return err
	})
	return m.Fingerprint, m.Dim, wrap("read model", err)
}

// SetModel pins the model before the first add does, and writes down how it was opened; ErrModel when the folder holds
// another's vectors. A folder without images takes any model.
func (s *Store) SetModel(spec Spec, fingerprint string, dim int) error {
	if fingerprint == "" || dim <= 0 {
		return fmt.Errorf("set model: %w: fingerprint %q, %d numbers a vector", ErrEntry, fingerprint, dim)
	}
	return wrap("set model", s.update(func(t *txn) error {
		if err := t.pin(modelRecord{Fingerprint: fingerprint, Dim: dim}); err != nil {
			return err
		}
		return t.putSpec(fingerprint, spec)
	}))
}

// pin makes m the folder's model, if it is not, and may be.
func (t *txn) pin(m modelRecord) error {
	have, err := pinned(t.Tx)
	switch {
	case err != nil || have.Fingerprint == m.Fingerprint && have.Dim == m.Dim:
		return err
	case have.Fingerprint != "" && t.counts.Images > 0:
		return fmt.Errorf("%w: the data folder %s holds vectors of model %v, not of %v: use that model, or another data folder",
			ErrModel, t.store.dir, have, m)
	}
	v, err := sealJSON(m)
	if err != nil {
		return err
	}
	if err := t.Bucket(bucketMeta).Put(keyModel, v); err != nil {
		return err
	}
	// What is saved of a graph is of other vectors, and the images that the log speaks of are gone.
	return t.saveGraph(Graph{Replace: true, Watermark: t.lastSeq})
}

// pinned gives the folder's model, the zero record when there is none yet.
func pinned(tx *bolt.Tx) (m modelRecord, err error) {
	v := tx.Bucket(bucketMeta).Get(keyModel)
	if v == nil {
		return m, nil
	}
	return m, wrap("model", unsealJSON(v, &m))
}
