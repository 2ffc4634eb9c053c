package store

import (
	"bytes"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// pageLen is how many items a walk reads in one transaction: some 800 KB of vectors of 768 numbers, copied out of the memory
// map before they are handed on.
const pageLen = 256

// EachVector calls fn with every image's vector in the order of their numbers, until fn fails. fn may call the store, and
// what is added or deleted during the walk may be seen or not.
func (s *Store) EachVector(fn func(id uint64, v []float32) error) error {
	var g generation
	err := s.view(func(tx *bolt.Tx) (err error) {
		g, err = currentGeneration(tx)
		return err
	})
	if err != nil {
		return err
	}
	return s.eachVector(g, fn)
}

// eachVector walks the vectors of one generation; ErrModel when it is replaced meanwhile.
func (s *Store) eachVector(g generation, fn func(id uint64, v []float32) error) error {
	type item struct {
		id uint64
		x  []float32
	}
	return each(s, g.vectors(), 0, func(_ *bolt.Tx, id uint64, v []byte) (item, error) {
		x, err := decodeVector(v)
		if err != nil {
			err = fmt.Errorf("vector of image %d: %w", id, err)
		}
		return item{id, x}, err
	}, func(i item) error { return fn(i.id, i.x) })
}

// EachImage calls fn with every image in the order of their numbers, like EachVector.
func (s *Store) EachImage(fn func(Image) error) error {
	return each(s, bucketImages, 0, readImage, fn)
}

// Changes calls fn with the entries of the log after a number, oldest first. Those up to the saved graph's watermark
// are trimmed: asking for them gives ErrTrimmed.
func (s *Store) Changes(after uint64, fn func(Change) error) error {
	_, watermark, err := s.LoadGraph()
	if err != nil {
		return err
	}
	if after < watermark {
		return fmt.Errorf("changes after %d: %w up to %d", after, ErrTrimmed, watermark)
	}
	return each(s, bucketLog, after+1, func(_ *bolt.Tx, seq uint64, v []byte) (Change, error) {
		return decodeChange(idKey(seq), v)
	}, fn)
}

// each reads the items of a bucket from a key on, a page of them per transaction, and hands them on between the
// transactions: a long one would keep bbolt from growing its file, and one that fn waits in would be a deadlock.
func each[T any](s *Store, bucket []byte, from uint64, decode func(*bolt.Tx, uint64, []byte) (T, error), fn func(T) error) error {
	for more := true; more; {
		var page []T
		err := s.view(func(tx *bolt.Tx) error {
			if err := stillThere(tx, bucket); err != nil {
				return err
			}
			c := tx.Bucket(bucket).Cursor()
			k, v := c.Seek(idKey(from))
			for ; k != nil && len(page) < pageLen; k, v = c.Next() {
				id, err := keyID(k)
				if err != nil {
					return err
				}
				item, err := decode(tx, id, v)
				if err != nil {
					return err
				}
				page = append(page, item)
				from = id + 1
			}
			more = k != nil
			return nil
		})
		if err != nil {
			return fmt.Errorf("read %s: %w", bucket, err)
		}
		for _, item := range page {
			if err := fn(item); err != nil {
				return err
			}
		}
	}
	return nil
}

// stillThere fails when the bucket belongs to a generation that was replaced: some of it may be dropped by now.
func stillThere(tx *bolt.Tx, bucket []byte) error {
	g, ok := parseGeneration(bucket)
	if !ok {
		return nil
	}
	now, err := currentGeneration(tx)
	if err != nil || g == now {
		return err
	}
	job, err := readJob(tx)
	if err == nil && (g == 0 || generation(job.Generation) != g) {
		err = fmt.Errorf("%w: the vectors were replaced while they were read", ErrModel)
	}
	return err
}

// LoadGraph gives the saved graph's header, nil when there is none, and its watermark. The changes after the watermark
// are missing from the graph.
func (s *Store) LoadGraph() (header []byte, watermark uint64, err error) {
	err = s.view(func(tx *bolt.Tx) (err error) {
		watermark, header, err = graphHeader(tx)
		header = bytes.Clone(header)
		return err
	})
	return header, watermark, err
}

// GraphChunk gives a chunk of the saved graph.
func (s *Store) GraphChunk(no uint32) (data []byte, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		b, err := current(tx, generation.graph)
		if err != nil {
			return err
		}
		v := b.Get(chunkKey(no))
		if v == nil {
			return ErrNotFound
		}
		body, err := unseal(v)
		data = bytes.Clone(body)
		return err
	})
	return data, wrap(fmt.Sprintf("graph chunk %d", no), err)
}

// graphHeader gives the watermark and the header; 0 and nil when no graph was saved.
func graphHeader(tx *bolt.Tx) (watermark uint64, header []byte, err error) {
	b, err := current(tx, generation.graph)
	if err != nil {
		return 0, nil, err
	}
	v := b.Get(keyHeader)
	if v == nil {
		return 0, nil, nil
	}
	watermark, header, err = decodeHeader(v)
	if len(header) == 0 {
		header = nil
	}
	return watermark, header, err
}

// beyond reports whether a log key is above a number.
func beyond(k []byte, seq uint64) bool { return len(k) != 8 || binary.BigEndian.Uint64(k) > seq }
