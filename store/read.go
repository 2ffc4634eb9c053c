package store

import (
	"bytes"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// BySHA256 finds the image with a file of these bytes.
func (s *Store) BySHA256(h [32]byte) (id uint64, ok bool, err error) {
	err = s.view(func(tx *bolt.Tx) (err error) {
		id, err = imageOfSHA(tx, h)
		return err
	})
	return id, id != 0, wrap("look up SHA-256", err)
}

// ByPixelHash finds the image with these pixels.
func (s *Store) ByPixelHash(h [32]byte) (id uint64, ok bool, err error) {
	err = s.view(func(tx *bolt.Tx) (err error) {
		id, err = imageOfPixels(tx, h)
		return err
	})
	return id, id != 0, wrap("look up pixels", err)
}

// ByPath finds the image that an imported file belongs to, and what was recorded of the file: if its size and time are
// still the same there is nothing to add. The names of uploads are not paths.
func (s *Store) ByPath(path string) (id uint64, f File, ok bool, err error) {
	err = s.view(func(tx *bolt.Tx) (err error) {
		id, f, err = fileOfPath(tx, path)
		return err
	})
	return id, f, id != 0, wrap("look up "+path, err)
}

// Image gives an image with its files.
func (s *Store) Image(id uint64) (m Image, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		v := tx.Bucket(bucketImages).Get(idKey(id))
		if v == nil {
			return fmt.Errorf("image %d: %w", id, ErrNotFound)
		}
		m, err = readImage(tx, id, v)
		return err
	})
	return m, err
}

// List gives up to limit images with numbers under before, newest first; before 0 starts at the newest.
func (s *Store) List(before uint64, limit int) (list []Image, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketImages).Cursor()
		k, v := c.Last()
		// Seek finds before or what comes after it; the one we want is just in front of that. A number whose image was
		// deleted meanwhile is as good a cursor as any.
		if before != 0 {
			if k, _ = c.Seek(idKey(before)); k == nil { // every number is smaller
				k, v = c.Last()
			} else {
				k, v = c.Prev()
			}
		}
		for ; k != nil && len(list) < limit; k, v = c.Prev() {
			id, err := keyID(k)
			if err != nil {
				return err
			}
			m, err := readImage(tx, id, v)
			if err != nil {
				return err
			}
			list = append(list, m)
		}
		return nil
	})
	return list, wrap("list images", err)
}

// Vector gives an image's vector.
func (s *Store) Vector(id uint64) (x []float32, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		b, err := current(tx, generation.vectors)
		if err == nil {
			x, err = readVector(b, id, nil)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("vector of image %d: %w", id, err)
	}
	return x, nil
}

// readVector reads a vector of a generation, to buf if that is as long.
func readVector(b *bolt.Bucket, id uint64, buf []float32) ([]float32, error) {
	return foundVector(b.Get(idKey(id)), buf)
}

// foundVector decodes what was found under an image's number, to buf if that is as long.
func foundVector(v []byte, buf []float32) ([]float32, error) {
	if v == nil {
		return nil, ErrNotFound
	}
	return decodeVectorTo(v, buf)
}

// Thumbnail gives an image's thumbnail, a JPEG.
func (s *Store) Thumbnail(id uint64) (jpeg []byte, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		v := tx.Bucket(bucketThumbnails).Get(idKey(id))
		if v == nil {
			return ErrNotFound
		}
		body, err := unseal(v)
		jpeg = bytes.Clone(body) // it lies in bbolt's memory map
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("thumbnail of image %d: %w", id, err)
	}
	return jpeg, nil
}

// Stats gives the sizes of the data folder.
func (s *Store) Stats() (st Stats, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		var c counts
		if err := unsealJSON(tx.Bucket(bucketMeta).Get(keyCounts), &c); err != nil {
			return err
		}
		st = Stats{Images: c.Images, Files: c.Files, Originals: c.Originals, BytesOriginals: c.OriginalBytes,
			NotEmbedded: c.Remarks.NotEmbedded, FromThumbnail: c.Remarks.FromThumbnail,
			Seq: tx.Bucket(bucketLog).Sequence(), BytesFree: freeBytes(tx.DB())}
		st.Watermark, _, err = graphHeader(tx)
		return err
	})
	if err != nil {
		return Stats{}, fmt.Errorf("stats: %w", err)
	}
	if st.BytesStore, err = fileSize(s.path()); err != nil {
		return Stats{}, fmt.Errorf("stats: %w", err)
	}
	return st, nil
}

// readImage decodes an image and gathers its files and labels.
func readImage(tx *bolt.Tx, id uint64, v []byte) (Image, error) {
	m, err := decodeImage(id, v)
	if err != nil {
		return Image{}, err
	}
	if m.Files, err = filesOf(tx, id); err == nil {
		m.Labels, err = namesOf(tx, id)
	}
	if err == nil {
		err = remarkOn(tx, &m)
	}
	return m, err
}

// remarkOn says by which model an image's vector is now, and what there is to say about it. The record has the model that the
// image was added with; re-embedding does not rewrite a million records for what one value in meta says of all.
func remarkOn(tx *bolt.Tx, m *Image) error {
	g, err := currentGeneration(tx)
	if err != nil || g == 0 {
		return err
	}
	model, err := pinned(tx)
	if err != nil {
		return err
	}
	m.Model = model.Fingerprint
	m.Remark, err = remark(tx, g, m.ID)
	if m.NotEmbedded != "" {
		m.Model = ""
	}
	return err
}

// filesOf gives the files of an image, oldest first and then by key.
func filesOf(tx *bolt.Tx, id uint64) (files []File, err error) {
	prefix := idKey(id)
	c := tx.Bucket(bucketFiles).Cursor()
	for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
		_, f, err := decodeFile(k, v)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	slices.SortStableFunc(files, func(a, b File) int { return a.Added.Compare(b.Added) })
	return files, nil
}

// imageOfSHA gives the image with a file of these bytes, or 0.
func imageOfSHA(tx *bolt.Tx, h [32]byte) (uint64, error) {
	v := tx.Bucket(bucketSHA256).Get(h[:])
	if v == nil {
		return 0, nil
	}
	r, err := decodeSHA(v)
	return r.id, err
}

// imageOfPixels gives the image with these pixels, or 0.
func imageOfPixels(tx *bolt.Tx, h [32]byte) (uint64, error) {
	v := tx.Bucket(bucketPixels).Get(h[:])
	if v == nil {
		return 0, nil
	}
	return keyID(v)
}

// fileOfPath gives the image that an imported file belongs to, or 0, and the file's record. The paths bucket holds only the
// number: the record lies with its image's other files, so that listing an image reads neighbouring keys.
func fileOfPath(tx *bolt.Tx, path string) (uint64, File, error) {
	v := tx.Bucket(bucketPaths).Get([]byte(path))
	if v == nil {
		return 0, File{}, nil
	}
	id, err := keyID(v)
	if err != nil {
		return 0, File{}, err
	}
	key := fileKey(id, File{Path: path})
	record := tx.Bucket(bucketFiles).Get(key)
	if record == nil {
		return 0, File{}, fmt.Errorf("%w: path %q has no record at image %d", ErrCorrupt, path, id)
	}
	return decodeFile(key, record)
}

// wrap names the operation that failed.
func wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", op, err)
}
