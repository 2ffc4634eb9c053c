package store

import (
	"bytes"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// link records a file of an image: in files, in paths if it has one, and in sha256. link and unlink are the only writers of
// these three buckets, so that each always agrees with the others.
func (t *txn) link(id uint64, f File) error {
	if err := t.countSHA(id, f, 1); err != nil {
		return err
	}
	record, err := encodeFile(f)
	if err != nil {
		return err
	}
	if !f.Uploaded {
		if err := t.Bucket(bucketPaths).Put([]byte(f.Path), idKey(id)); err != nil {
			return err
		}
	}
	t.counts.Files++
	return t.Bucket(bucketFiles).Put(fileKey(id, f), record)
}

// unlink is the inverse of link. It may leave the image without files.
func (t *txn) unlink(id uint64, f File) error {
	if err := t.countSHA(id, f, -1); err != nil {
		return err
	}
	if !f.Uploaded {
		if err := t.Bucket(bucketPaths).Delete([]byte(f.Path)); err != nil {
			return err
		}
	}
	t.counts.Files--
	return t.Bucket(bucketFiles).Delete(fileKey(id, f))
}

// countSHA counts one file with these bytes more (by 1) or fewer (by -1), and notices an original's first and last.
func (t *txn) countSHA(id uint64, f File, by int) error {
	b := t.Bucket(bucketSHA256)
	r := shaRecord{id: id}
	if v := b.Get(f.SHA256[:]); v != nil {
		var err error
		if r, err = decodeSHA(v); err != nil {
			return err
		}
	}
	if r.id != id {
		return fmt.Errorf("%w: image %d has these bytes, not image %d", ErrEntry, r.id, id)
	}
	r.files += uint32(by) // -1 wraps around to one fewer
	if f.Uploaded {
		t.countOriginal(f, r.uploads, by)
		r.uploads += uint32(by)
	}
	if r.files == 0 {
		return b.Delete(f.SHA256[:])
	}
	return b.Put(f.SHA256[:], encodeSHA(r))
}

// countOriginal notes what countSHA means for the original: uploads is how many records it had before.
func (t *txn) countOriginal(f File, uploads uint32, by int) {
	switch {
	case by > 0:
		t.uploads = append(t.uploads, f.SHA256)
		if uploads == 0 {
			t.counts.Originals++
			t.counts.OriginalBytes += f.Size
		}
	case uploads == 1:
		t.abandoned = append(t.abandoned, f.SHA256)
		t.counts.Originals--
		t.counts.OriginalBytes -= f.Size
	}
}

// drop deletes an image that has no files any more, with its vector, thumbnail, pixels and labels, and logs it: the graph has to
// follow.
func (t *txn) drop(id uint64) error {
	key := idKey(id)
	images := t.Bucket(bucketImages)
	m, err := decodeImage(id, images.Get(key))
	if err != nil {
		return err
	}
	t.counts.Images--
	gone := Change{Delete: true, ID: id}
	// One that cannot be read is not worth refusing the delete: the graph is rebuilt then.
	g, err := currentGeneration(t.Tx)
	if err != nil {
		return err
	}
	gone.Vector, _ = decodeVector(t.Bucket(g.vectors()).Get(key))
	return errors.Join(
		images.Delete(key),
		t.Bucket(g.vectors()).Delete(key),
		t.setRemark(g, &t.counts.Remarks, id, Remark{}),
		t.unstage(id),
		t.Bucket(bucketThumbnails).Delete(key),
		t.Bucket(bucketPixels).Delete(m.PixelHash[:]),
		t.dropLabels(id),
		t.log(gone))
}

// Delete deletes images with all that belongs to them, in one transaction. Ids that do not exist are passed over. It
// gives the ids deleted and the last of their log numbers, 0 when there were none. Files that were imported by path are
// left alone; originals of uploads are removed.
func (s *Store) Delete(ids ...uint64) (deleted []uint64, seq uint64, err error) {
	err = s.update(func(t *txn) error {
		for _, id := range ids {
			if t.Bucket(bucketImages).Get(idKey(id)) == nil {
				continue
			}
			if err := t.delete(id); err != nil {
				return fmt.Errorf("image %d: %w", id, err)
			}
			deleted = append(deleted, id)
		}
		seq = t.newSeq(len(deleted))
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("delete: %w", err)
	}
	return deleted, seq, nil
}

// delete takes an image's files from it and drops what is left.
func (t *txn) delete(id uint64) error {
	files, err := filesOf(t.Tx, id)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := t.unlink(id, f); err != nil {
			return err
		}
	}
	return t.drop(id)
}

// hasFiles reports whether an image has any file.
func hasFiles(tx *bolt.Tx, id uint64) bool {
	prefix := idKey(id)
	k, _ := tx.Bucket(bucketFiles).Cursor().Seek(prefix)
	return bytes.HasPrefix(k, prefix)
}
