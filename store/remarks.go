package store

import (
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// Remark is what there is to say about an image's vector, of which most have none: it was made from the thumbnail because
// no file was there, or it could not be made, and why.
type Remark struct {
	FromThumbnail bool   `json:"from_thumbnail,omitempty"`
	NotEmbedded   string `json:"not_embedded,omitempty"` // why there is no vector; the image cannot be found until there is
}

// isZero reports whether there is nothing to say.
func (r Remark) isZero() bool { return r == Remark{} }

// validate refuses what contradicts itself.
func (r Remark) validate(hasVector bool) error {
	if hasVector != (r.NotEmbedded == "") || r.FromThumbnail && !hasVector {
		return fmt.Errorf("%w: vector is there: %v, and the remark says %+v", ErrEntry, hasVector, r)
	}
	return nil
}

// remark gives what is remarked about an image's vector in a generation; generation 0 has no remarks.
func remark(tx *bolt.Tx, g generation, id uint64) (r Remark, err error) {
	b := tx.Bucket(g.remarks())
	if g == 0 || b == nil {
		return r, nil
	}
	v := b.Get(idKey(id))
	if v == nil {
		return r, nil
	}
	return r, wrap(fmt.Sprintf("remark on image %d", id), unsealJSON(v, &r))
}

// remarkCounts count a generation's remarks.
type remarkCounts struct {
	NotEmbedded   uint64 `json:"not_embedded,omitempty"`
	FromThumbnail uint64 `json:"from_thumbnail,omitempty"`
}

// add counts a remark by times.
func (c *remarkCounts) add(r Remark, times int) {
	if r.NotEmbedded != "" {
		c.NotEmbedded += uint64(times) // -1 wraps around to one fewer
	}
	if r.FromThumbnail {
		c.FromThumbnail += uint64(times)
	}
}

// setRemark replaces what is remarked, and counts it.
func (t *txn) setRemark(g generation, c *remarkCounts, id uint64, r Remark) error {
	before, err := remark(t.Tx, g, id)
	if err != nil || before == r {
		return err
	}
	c.add(before, -1)
	c.add(r, 1)
	b := t.Bucket(g.remarks())
	if r.isZero() {
		return b.Delete(idKey(id))
	}
	v, err := sealJSON(r)
	if err != nil {
		return err
	}
	return b.Put(idKey(id), v)
}

// NotEmbedded gives up to limit images without a vector, with numbers above after, in the order of their numbers: those of the
// re-embedding under way if target is set, else of the model that the folder uses.
func (s *Store) NotEmbedded(target bool, after uint64, limit int) (list []Image, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		g, err := currentGeneration(tx)
		if target && err == nil {
			var job jobRecord
			if job, err = readJob(tx); err == nil && job.Generation == 0 {
				err = ErrNoJob
			}
			g = generation(job.Generation)
		}
		if err != nil || g == 0 {
			return err
		}
		list, err = eachRemarked(tx, g, after, limit, func(r Remark) bool { return r.NotEmbedded != "" })
		return err
	})
	return list, wrap("list images without a vector", err)
}

// Remarked gives up to limit images whose vector by the folder's model is missing, or was made from the thumbnail, with
// numbers above after, in the order of their numbers.
func (s *Store) Remarked(after uint64, limit int) (list []Image, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		g, err := currentGeneration(tx)
		if err != nil || g == 0 {
			return err
		}
		list, err = eachRemarked(tx, g, after, limit, func(Remark) bool { return true })
		return err
	})
	return list, wrap("list images without a vector of their own", err)
}

// eachRemarked gives the images with remarks that fit.
func eachRemarked(tx *bolt.Tx, g generation, after uint64, limit int, fits func(Remark) bool) (list []Image, err error) {
	c := tx.Bucket(g.remarks()).Cursor()
	for k, v := c.Seek(idKey(after + 1)); k != nil && len(list) < limit; k, v = c.Next() {
		m, err := remarkedImage(tx, k, v)
		if err != nil {
			return list, err
		}
		if fits(m.Remark) {
			list = append(list, m)
		}
	}
	return list, nil
}

// remarkedImage gives the image that a remark is about, with that remark.
func remarkedImage(tx *bolt.Tx, k, v []byte) (m Image, err error) {
	id, err := keyID(k)
	if err != nil {
		return m, err
	}
	var r Remark
	if err := unsealJSON(v, &r); err != nil {
		return m, fmt.Errorf("remark on image %d: %w", id, err)
	}
	record := tx.Bucket(bucketImages).Get(k)
	if record == nil {
		return m, fmt.Errorf("%w: remark on image %d, which does not exist", ErrCorrupt, id)
	}
	m, err = readImage(tx, id, record)
	m.Remark = r
	return m, err
}
