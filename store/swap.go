package store

import (
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// StageGraph keeps chunks of the graph over the staged vectors, in as many transactions as the caller likes. They count for
// nothing until Swap gives them their header.
func (s *Store) StageGraph(chunks []Chunk) error {
	return wrap("stage graph", s.update(func(t *txn) error {
		job, err := needJob(t.Tx)
		if err != nil {
			return err
		}
		return putChunks(t.Bucket(generation(job.Generation).graph()), chunks)
	}))
}

// DropStagedGraph removes up to limit chunks that StageGraph has kept. more tells to call it again: a graph is built from
// the start, and what a build that was cut off has left must be gone by then.
func (s *Store) DropStagedGraph(limit int) (more bool, err error) {
	err = s.update(func(t *txn) error {
		job, err := needJob(t.Tx)
		if err != nil {
			return err
		}
		b := t.Bucket(generation(job.Generation).graph())
		err = deleteSome(b, limit)
		k, _ := b.Cursor().First()
		more = k != nil
		return err
	})
	return more, wrap("drop staged graph", err)
}

// deleteSome deletes up to limit values from the start of a bucket.
func deleteSome(b *bolt.Bucket, limit int) error {
	return deleteKeys(b, func([]byte) bool {
		limit--
		return limit >= 0
	})
}

// Swap makes the staged vectors and their graph the folder's, and the target its model: the end of a re-embedding, in one
// transaction that writes g, the graph's last changes, and a few values in meta. Every image must have been dealt with, and
// the graph hold every change of the log: ErrEntry if not. DropOld removes what was replaced.
func (s *Store) Swap(g Graph) error {
	return wrap("swap models", s.update(func(t *txn) error {
		job, err := needJob(t.Tx)
		switch {
		case err != nil:
			return err
		case job.done() != t.counts.Images:
			return fmt.Errorf("%w: %d of %d images have been re-embedded", ErrEntry, job.done(), t.counts.Images)
		case g.Watermark != t.lastSeq || g.Replace:
			return fmt.Errorf("%w: the graph holds changes up to %d, the newest is %d", ErrEntry, g.Watermark, t.lastSeq)
		}
		t.counts.Remarks = job.Remarks
		meta := t.Bucket(bucketMeta)
		model, err := sealJSON(modelRecord{Fingerprint: job.Fingerprint, Dim: job.Dim, Name: job.Name})
		if err != nil {
			return err
		}
		if err := meta.Put(keyModel, model); err != nil {
			return err
		}
		if err := meta.Put(keyGeneration, seal(idKey(job.Generation))); err != nil {
			return err
		}
		if err := meta.Delete(keyJob); err != nil {
			return err
		}
		return t.saveGraph(g)
	}))
}

// DropOld removes up to limit values of generations that are neither the folder's nor being made. more tells to call it
// again: a replaced generation is gigabytes, and goes in pieces so that nothing waits for it.
func (s *Store) DropOld(limit int) (more bool, err error) {
	idle := true
	if err := s.view(func(tx *bolt.Tx) error {
		old, err := oldBuckets(tx)
		specs, err2 := unusedModels(tx, bucketSpecs)
		idle = len(old) == 0 && len(specs) == 0
		return errors.Join(err, err2)
	}); err != nil || idle {
		return false, wrap("drop what was replaced", err)
	}
	err = s.update(func(t *txn) error {
		old, err := oldBuckets(t.Tx)
		if err = errors.Join(err, t.dropModels()); err != nil || len(old) == 0 {
			return err
		}
		more = true
		b := t.Bucket(old[0])
		err = deleteSome(b, limit)
		if k, _ := b.Cursor().First(); err != nil || k != nil {
			return err
		}
		if g, _ := parseGeneration(old[0]); g == 0 {
			return nil // every folder has these two, if only empty
		}
		return t.DeleteBucket(old[0])
	})
	return more, wrap("drop what was replaced", err)
}

// oldBuckets lists the buckets that DropOld has still to remove, or, of generation 0, to empty.
func oldBuckets(tx *bolt.Tx) (old [][]byte, err error) {
	now, err := currentGeneration(tx)
	if err != nil {
		return nil, err
	}
	job, err := readJob(tx)
	if err != nil {
		return nil, err
	}
	err = tx.ForEach(func(name []byte, b *bolt.Bucket) error {
		g, ok := parseGeneration(name)
		if !ok || g == now || g == generation(job.Generation) && g != 0 {
			return nil
		}
		if k, _ := b.Cursor().First(); k != nil || g != 0 {
			old = append(old, append([]byte(nil), name...))
		}
		return nil
	})
	return old, err
}

// Revive gives an image that had no vector, or one made from its thumbnail, the one that could be made after all, and logs it
// as an add, after a delete of what there was: the graph follows. An image that has a vector from a file, or is gone, stays as
// it is, and so does one that has a vector where this one is from the thumbnail, too.
func (s *Store) Revive(fingerprint string, i Staged) error {
	return wrap(fmt.Sprintf("revive image %d", i.ID), s.update(func(t *txn) error {
		model, err := pinned(t.Tx)
		switch {
		case err != nil:
			return err
		case model.Fingerprint != fingerprint:
			return fmt.Errorf("%w: %v", ErrModel, model)
		case i.Vector == nil:
			return fmt.Errorf("%w: no vector", ErrEntry)
		}
		if err := checkVector(i.Vector, model.Dim); err != nil {
			return err
		}
		g, err := currentGeneration(t.Tx)
		if err != nil {
			return err
		}
		had, err := remark(t.Tx, g, i.ID)
		if err != nil || had.NotEmbedded == "" && (!had.FromThumbnail || i.Remark.FromThumbnail) {
			return err
		}
		return t.revive(g, i, had.FromThumbnail)
	}))
}

// revive does what Revive has checked.
func (t *txn) revive(g generation, i Staged, had bool) error {
	vectors, key := t.Bucket(g.vectors()), idKey(i.ID)
	if had {
		gone := Change{Delete: true, ID: i.ID}
		gone.Vector, _ = decodeVector(vectors.Get(key)) // as in drop
		if err := t.log(gone); err != nil {
			return err
		}
	}
	if err := vectors.Put(key, encodeVector(i.Vector)); err != nil {
		return err
	}
	if err := t.setRemark(g, &t.counts.Remarks, i.ID, i.Remark); err != nil {
		return err
	}
	return t.log(Change{ID: i.ID})
}
