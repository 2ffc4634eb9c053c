package store

import (
	"bytes"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"lookalike/internal/simd"
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

// lookAhead is how many vectors are found before the first of them is read, so that memory sends them meanwhile: 0.88 of the
// time (BenchmarkExactVectors), with 4 or 16 as well. 8 of 768 numbers fit into a core's nearest cache.
const lookAhead = 8

// Vectors calls use, in order, with what Vector gives for each image, in one transaction, until use fails. x is buf where
// that is as long, and so the next one's. use must not write to the store, which may wait for the transaction to end.
func (v *Vectors) Vectors(ids []uint64, buf []float32, use func(i int, x []float32, err error) error) error {
	return v.store.view(func(tx *bolt.Tx) error {
		f, found := newFinder(tx.Bucket(v.of.vectors())), [lookAhead][]byte{}
		for i, id := range ids {
			if i%lookAhead == 0 {
				f.fetch(ids[i:], found[:])
			}
			x, err := foundVector(found[i%lookAhead], buf)
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

// finder finds one image's value after the other in a bucket. Bucket.Get makes a cursor each time, and the path that it
// takes through the pages: 150 bytes of garbage.
type finder struct {
	cursor *bolt.Cursor // nil where there is no bucket
	key    [8]byte
}

func newFinder(b *bolt.Bucket) *finder {
	if b == nil {
		return &finder{}
	}
	return &finder{cursor: b.Cursor()}
}

// find gives an image's value, nil if it has none. It lies in the memory map.
func (f *finder) find(id uint64) []byte {
	if f.cursor == nil {
		return nil
	}
	binary.BigEndian.PutUint64(f.key[:], id)
	if k, v := f.cursor.Seek(f.key[:]); bytes.Equal(k, f.key[:]) {
		return v
	}
	return nil
}

// fetch finds the first images' values, as many as there is room for, and has the CPU fetch them from memory while it does.
func (f *finder) fetch(ids []uint64, found [][]byte) {
	for i := range min(len(ids), len(found)) {
		if found[i] = f.find(ids[i]); len(found[i]) > 0 {
			simd.Fetch(&found[i][0], len(found[i]))
		}
	}
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
