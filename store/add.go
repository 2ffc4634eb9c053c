package store

import (
	"fmt"
	"math"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// Add stores the entries in one transaction, all of them or none, fsynced on return. A file whose bytes, or whose pixels,
// are known is attached to the image that has them. A path that was another image's moves, and an image left without
// files is deleted.
func (s *Store) Add(entries ...Entry) ([]Added, error) {
	for _, e := range entries {
		if err := e.validate(); err != nil {
			return nil, fmt.Errorf("add: %w", err)
		}
	}
	added := make([]Added, len(entries))
	err := s.update(func(t *txn) (err error) {
		for i, e := range entries {
			if added[i], err = t.add(e); err != nil {
				return fmt.Errorf("%s: %w", e.Image.Files[0].Path, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("add: %w", err)
	}
	return added, nil
}

// Attach records one more file of an image: an exact copy that was recognised before it was decoded.
func (s *Store) Attach(id uint64, f File) (Added, error) {
	added := Added{ID: id, Already: true}
	err := f.validate()
	if err == nil {
		err = s.update(func(t *txn) (err error) {
			if t.Bucket(bucketImages).Get(idKey(id)) == nil {
				return fmt.Errorf("image %d: %w", id, ErrNotFound)
			}
			added.Removed, err = t.attach(id, f)
			added.Seq = t.newSeq(len(added.Removed))
			return err
		})
	}
	if err != nil {
		return Added{}, fmt.Errorf("attach %s: %w", f.Path, err)
	}
	return added, nil
}

// validate refuses what would break an invariant.
func (e Entry) validate() error {
	if len(e.Image.Files) == 0 {
		return fmt.Errorf("%w: an image without a file", ErrEntry)
	}
	for _, f := range e.Image.Files {
		if err := f.validate(); err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
	}
	name := e.Image.Files[0].Path
	if e.Image.Model == "" || len(e.Vector) == 0 {
		return fmt.Errorf("%s: %w: no vector, or none that names its model", name, ErrEntry)
	}
	return wrap(name, checkVector(e.Vector, len(e.Vector)))
}

// checkVector refuses what is no vector of a model.
func checkVector(v []float32, dim int) error {
	if len(v) != dim {
		return fmt.Errorf("%w: a vector of %d numbers, the model makes %d", ErrEntry, len(v), dim)
	}
	for i, x := range v {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return fmt.Errorf("%w: number %d of the vector is %v", ErrEntry, i, x)
		}
	}
	return nil
}

// validate refuses what has no key. An import's path must mean the same file from every working directory; an upload's
// name may be anything, and empty.
func (f File) validate() error {
	switch {
	case len(f.Path) > maxPath:
		return fmt.Errorf("%w: a path of %d bytes, at most %d can be stored", ErrEntry, len(f.Path), maxPath)
	case !f.Uploaded && !filepath.IsAbs(f.Path):
		return fmt.Errorf("%w: path %q is not absolute", ErrEntry, f.Path)
	}
	return nil
}

// add places each file of the entry where its content is, making the image when that is nowhere yet.
func (t *txn) add(e Entry) (Added, error) {
	if err := t.pin(modelRecord{Fingerprint: e.Image.Model, Dim: len(e.Vector)}); err != nil {
		return Added{}, err
	}
	a := Added{Already: true}
	logged := 0
	// One entry is one content, so its files land together: the first finds or makes the image, the others find it by its
	// pixels. Only if bytes known before decode otherwise today do they part; then a.ID is the image that was made.
	for _, f := range e.Image.Files {
		id, err := t.known(f.SHA256, e.Image.PixelHash)
		if err == nil && id == 0 {
			id, err = t.create(e)
			a.ID, a.Already = id, false
			logged++
		}
		if err != nil {
			return Added{}, err
		}
		removed, err := t.attach(id, f)
		if err != nil {
			return Added{}, err
		}
		if a.ID == 0 {
			a.ID = id
		}
		a.Removed = append(a.Removed, removed...)
	}
	a.Seq = t.newSeq(logged + len(a.Removed))
	return a, nil
}

// newSeq is the newest log number if something was logged, else 0. Adds and deletes of one entry have numbers in a row, so
// the last one stands for all: a graph that has come that far holds them.
func (t *txn) newSeq(logged int) uint64 {
	if logged == 0 {
		return 0
	}
	return t.lastSeq
}

// known finds the image that has these bytes, or else these pixels; 0 when there is none. Bytes come first: were a decoder
// changed, the same file would have other pixels, and still be the same file.
func (t *txn) known(sha, pixels [32]byte) (uint64, error) {
	if id, err := imageOfSHA(t.Tx, sha); id != 0 || err != nil {
		return id, err
	}
	return imageOfPixels(t.Tx, pixels)
}

// create makes an image without files. The caller attaches at least one.
func (t *txn) create(e Entry) (uint64, error) {
	images := t.Bucket(bucketImages)
	id, err := images.NextSequence()
	if err != nil {
		return 0, err
	}
	m := e.Image
	if m.Added.IsZero() {
		m.Added = t.now
	}
	m.Added = tidyTime(m.Added)
	record, err := encodeImage(m)
	if err != nil {
		return 0, err
	}
	vectors, err := current(t.Tx, generation.vectors)
	if err != nil {
		return 0, err
	}
	key := idKey(id)
	for _, put := range []struct {
		bucket     *bolt.Bucket
		key, value []byte
	}{
		{images, key, record},
		{vectors, key, encodeVector(e.Vector)},
		{t.Bucket(bucketThumbnails), key, seal(e.Thumbnail)},
		{t.Bucket(bucketPixels), m.PixelHash[:], key},
	} {
		if err := put.bucket.Put(put.key, put.value); err != nil {
			return 0, err
		}
	}
	t.counts.Images++
	if err := t.stageNew(id, e); err != nil {
		return 0, err
	}
	return id, t.log(Change{ID: id})
}

// stageNew keeps what the target of a re-embedding under way made of a new image. Without it the image is pending.
func (t *txn) stageNew(id uint64, e Entry) error {
	if e.Next == nil {
		return nil
	}
	job, err := readJob(t.Tx)
	if err != nil || job.Fingerprint != e.NextModel {
		return err
	}
	if err := t.stage(&job, Staged{ID: id, Vector: e.Next}); err != nil {
		return err
	}
	return t.putJob(job)
}

// attach records f as a file of the image. If f is a path that was recorded before, it moves, and the image that it
// leaves behind without files is deleted.
func (t *txn) attach(id uint64, f File) (removed []uint64, err error) {
	if err := t.checkOriginal(f); err != nil {
		return nil, err
	}
	f.ModTime = tidyTime(f.ModTime)
	if f.Added.IsZero() {
		f.Added = t.now
	}
	f.Added = tidyTime(f.Added)
	from, before, err := t.recorded(id, f)
	if err != nil {
		return nil, err
	}
	// Unlinked before it is linked anew, because both may be the same key, and dropped after, because from may be id.
	if from != 0 {
		if err := t.unlink(from, before); err != nil {
			return nil, err
		}
		if from == id && before.SHA256 == f.SHA256 {
			f.Added = before.Added // the same file once more
		}
	}
	if err := t.link(id, f); err != nil {
		return nil, err
	}
	if from == 0 || hasFiles(t.Tx, from) {
		return nil, nil
	}
	return []uint64{from}, t.drop(from)
}

// checkOriginal holds the invariant that an original is on disk before its record. PutOriginal has compared the hash; the
// size is a cheap reminder that it was this file.
func (t *txn) checkOriginal(f File) error {
	if !f.Uploaded {
		return nil
	}
	info, err := os.Stat(t.store.OriginalPath(f.SHA256))
	if err != nil || info.Size() != f.Size {
		return fmt.Errorf("%w: store its %d bytes with PutOriginal first", ErrNoOriginal, f.Size)
	}
	return nil
}

// recorded finds the record that f replaces, and its image: the one of the same path, or for an upload the one of the
// same bytes and name.
func (t *txn) recorded(id uint64, f File) (uint64, File, error) {
	if !f.Uploaded {
		return fileOfPath(t.Tx, f.Path)
	}
	key := fileKey(id, f)
	v := t.Bucket(bucketFiles).Get(key)
	if v == nil {
		return 0, File{}, nil
	}
	return decodeFile(key, v)
}
