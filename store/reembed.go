package store

import (
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Reembedding is the making of every vector anew by another model. Until Swap the folder is wholly under the model it has.
type Reembedding struct {
	Spec          Spec   // of the target model, for who opens it
	Fingerprint   string // of the target model
	Dim           int
	Started       time.Time
	Done          uint64 // images that have a new vector, or of which it is known that they get none
	NotEmbedded   uint64 // of Done, those without a vector
	FromThumbnail uint64 // of Done, those whose vector was made from the thumbnail
}

// Staged is an image's new vector, or a nil one with the reason in Remark.NotEmbedded.
type Staged struct {
	ID     uint64
	Vector []float32
	Remark Remark
}

// jobRecord is the re-embedding under way, in meta. Generation 0 means that there is none.
type jobRecord struct {
	Name        string       `json:"name"`
	Fingerprint string       `json:"fingerprint"`
	Dim         int          `json:"dim"`
	Generation  uint64       `json:"generation"`
	Started     time.Time    `json:"started"`
	Vectors     uint64       `json:"vectors"`
	Remarks     remarkCounts `json:"remarks"`
}

// done counts the images that have been dealt with.
func (j jobRecord) done() uint64 { return j.Vectors + j.Remarks.NotEmbedded }

// readJob gives the re-embedding under way, the zero record when there is none.
func readJob(tx *bolt.Tx) (j jobRecord, err error) {
	v := tx.Bucket(bucketMeta).Get(keyJob)
	if v == nil {
		return j, nil
	}
	if err = unsealJSON(v, &j); err == nil && j.Generation == 0 {
		err = fmt.Errorf("%w: generation 0", ErrCorrupt)
	}
	return j, wrap("re-embedding", err)
}

// putJob saves the job.
func (t *txn) putJob(j jobRecord) error {
	v, err := sealJSON(j)
	if err != nil {
		return err
	}
	return t.Bucket(bucketMeta).Put(keyJob, v)
}

// BeginReembedding makes room for the vectors of another model, and keeps how it is opened and, unless that is nil, what its
// vectors are whitened by. ErrJob when another re-embedding is under way; beginning the same one again changes nothing.
func (s *Store) BeginReembedding(spec Spec, fingerprint string, dim int, whitening []byte) error {
	if fingerprint == "" || dim <= 0 {
		return fmt.Errorf("re-embed: %w: fingerprint %q, %d numbers a vector", ErrEntry, fingerprint, dim)
	}
	return wrap("re-embed", s.update(func(t *txn) error {
		job, err := readJob(t.Tx)
		switch {
		case err != nil || job.Fingerprint == fingerprint && job.Dim == dim:
			return err
		case job.Generation != 0:
			return fmt.Errorf("%w with the model %s", ErrJob, job.Name)
		}
		g, err := nextGeneration(t.Tx)
		if err != nil {
			return err
		}
		for _, bucket := range g.buckets() {
			if _, err := t.CreateBucket(bucket); err != nil {
				return err
			}
		}
		if whitening != nil {
			if err := t.Bucket(bucketWhitenings).Put([]byte(fingerprint), seal(whitening)); err != nil {
				return err
			}
		}
		if err := t.putSpec(fingerprint, spec); err != nil {
			return err
		}
		return t.putJob(jobRecord{Name: spec.Name, Fingerprint: fingerprint, Dim: dim, Generation: uint64(g), Started: t.now})
	}))
}

// Reembedding tells of the re-embedding under way; ok is false when there is none.
func (s *Store) Reembedding() (r Reembedding, ok bool, err error) {
	var j jobRecord
	var spec Spec
	err = s.view(func(tx *bolt.Tx) (err error) {
		if j, err = readJob(tx); err == nil && j.Generation != 0 {
			spec, err = readSpec(tx, j.Fingerprint)
		}
		return err
	})
	return Reembedding{Spec: spec, Fingerprint: j.Fingerprint, Dim: j.Dim, Started: j.Started,
		Done: j.done(), NotEmbedded: j.Remarks.NotEmbedded, FromThumbnail: j.Remarks.FromThumbnail}, j.Generation != 0, err
}

// CancelReembedding gives up the re-embedding under way, if there is one. DropOld removes what it has made.
func (s *Store) CancelReembedding() error {
	return wrap("cancel the re-embedding", s.update(func(t *txn) error { return t.Bucket(bucketMeta).Delete(keyJob) }))
}

// Pending gives up to limit images with numbers above after, in the order of their numbers, that the re-embedding under way
// has still to deal with. next is where to go on, 0 at the end.
func (s *Store) Pending(after uint64, limit int) (list []Image, next uint64, err error) {
	const most = 4096 // looked at in one transaction
	err = s.view(func(tx *bolt.Tx) error {
		job, err := needJob(tx)
		if err != nil {
			return err
		}
		vectors, remarks := tx.Bucket(generation(job.Generation).vectors()), tx.Bucket(generation(job.Generation).remarks())
		c := tx.Bucket(bucketImages).Cursor()
		k, v := c.Seek(idKey(after + 1))
		for looked := 0; k != nil && len(list) < limit && looked < most; k, v = c.Next() {
			looked++
			id, err := keyID(k)
			if err != nil {
				return err
			}
			next = id
			if vectors.Get(k) != nil || remarks.Get(k) != nil {
				continue
			}
			m, err := readImage(tx, id, v)
			if err != nil {
				return err
			}
			list = append(list, m)
		}
		if k == nil {
			next = 0
		}
		return nil
	})
	return list, next, wrap("list images to re-embed", err)
}

// needJob is readJob where there must be one.
func needJob(tx *bolt.Tx) (jobRecord, error) {
	job, err := readJob(tx)
	if err == nil && job.Generation == 0 {
		err = ErrNoJob
	}
	return job, err
}

// Stage keeps new vectors in one transaction, fsynced on return. Images that were deleted meanwhile are passed over, and so
// are those that have their new vector.
func (s *Store) Stage(items ...Staged) error {
	return wrap("stage vectors", s.update(func(t *txn) error {
		job, err := needJob(t.Tx)
		if err != nil {
			return err
		}
		for _, i := range items {
			if t.Bucket(bucketImages).Get(idKey(i.ID)) == nil {
				continue
			}
			if err := t.stage(&job, i); err != nil {
				return fmt.Errorf("image %d: %w", i.ID, err)
			}
		}
		return t.putJob(job)
	}))
}

// stage keeps one vector, or why there is none.
func (t *txn) stage(job *jobRecord, i Staged) error {
	if err := i.Remark.validate(i.Vector != nil); err != nil {
		return err
	}
	g, key := generation(job.Generation), idKey(i.ID)
	vectors := t.Bucket(g.vectors())
	if vectors.Get(key) != nil {
		return nil
	}
	if i.Vector != nil {
		if err := checkVector(i.Vector, job.Dim); err != nil {
			return err
		}
		job.Vectors++
		if err := vectors.Put(key, encodeVector(i.Vector)); err != nil {
			return err
		}
	}
	return t.setRemark(g, &job.Remarks, i.ID, i.Remark)
}

// unstage removes what was staged of an image that is being deleted.
func (t *txn) unstage(id uint64) error {
	job, err := readJob(t.Tx)
	if err != nil || job.Generation == 0 {
		return err
	}
	g, before := generation(job.Generation), job
	vectors := t.Bucket(g.vectors())
	if vectors.Get(idKey(id)) != nil {
		job.Vectors--
		if err := vectors.Delete(idKey(id)); err != nil {
			return err
		}
	}
	if err := t.setRemark(g, &job.Remarks, id, Remark{}); err != nil || job == before {
		return err
	}
	return t.putJob(job)
}

// EachStaged calls fn with every staged vector in the order of their images' numbers, like EachVector.
func (s *Store) EachStaged(fn func(id uint64, v []float32) error) error {
	g, err := s.jobGeneration()
	if err != nil {
		return err
	}
	return s.eachVector(g, fn)
}

// StagedVector gives an image's staged vector.
func (s *Store) StagedVector(id uint64) (x []float32, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		job, err := needJob(tx)
		if err == nil {
			x, err = readVector(tx.Bucket(generation(job.Generation).vectors()), id, nil)
		}
		return err
	})
	return x, wrap(fmt.Sprintf("staged vector of image %d", id), err)
}

// jobGeneration is the generation that is being made.
func (s *Store) jobGeneration() (g generation, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		job, err := needJob(tx)
		g = generation(job.Generation)
		return err
	})
	return g, err
}
