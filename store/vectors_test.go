package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// Vectors are read into the buffer, belong to the generation that counted when
// the reader was made, and are gone with their image.
func TestVectors(t *testing.T) {
	s := openStore(t, t.TempDir())
	a := add(t, s, entryOf(1, pathFile("/a", 1, 0)))
	v, err := s.Vectors()
	if err != nil {
		t.Fatal(err)
	}
	want, err := s.Vector(a.ID)
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]float32, len(want))
	got, err := v.Vector(a.ID, buf)
	if err != nil || !slices.Equal(got, want) || &got[0] != &buf[0] {
		t.Errorf("%v, %v, want %v in the buffer", got, err, want)
	}
	if got, err := v.Vector(a.ID, buf[:1]); err != nil || !slices.Equal(got, want) {
		t.Errorf("with a short buffer: %v, %v", got, err)
	}
	if _, _, err := s.Delete(a.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Vector(a.ID, buf); !errors.Is(err, ErrNotFound) {
		t.Errorf("of a deleted image: %v", err)
	}
	other := &Vectors{store: s, of: 7}
	if _, err := other.Vector(a.ID, buf); !errors.Is(err, ErrNotFound) {
		t.Errorf("of a generation that is gone: %v", err)
	}
}

// Of many vectors each is as it is read alone, missing ones and damaged ones too, and an error of
// the reader's ends it.
func TestVectorsAtOnce(t *testing.T) {
	s := openStore(t, t.TempDir())
	var ids []uint64
	for i := range 2*lookAhead + 3 {
		ids = append(ids, add(t, s, entryOf(i+1, pathFile("/"+string(rune('a'+i)), i+1, 0))).ID)
	}
	ids = append(ids, ids[0], ids[len(ids)-1]+1, 0, math.MaxUint64) // once more, and images that were never there
	flipVector(t, s, ids[3])
	defer flipVector(t, s, ids[3]) // the store is checked when it is closed
	if _, _, err := s.Delete(ids[1]); err != nil {
		t.Fatal(err)
	}
	v, err := s.Vectors()
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]float32, len(vectorOf(1)))
	for _, reader := range []*Vectors{v, {store: s, of: 7}} {
		seen := 0
		err := reader.Vectors(ids, buf, func(i int, got []float32, err error) error {
			want, alone := reader.Vector(ids[i], nil)
			if seen != i || !slices.Equal(got, want) || fmt.Sprint(err) != fmt.Sprint(alone) {
				t.Errorf("%d, at %d: %v, %v, want %v, %v", ids[i], seen, got, err, want, alone)
			}
			seen++
			return nil
		})
		if err != nil || seen != len(ids) {
			t.Errorf("%d of %d, %v", seen, len(ids), err)
		}
	}
	end := errors.New("enough")
	seen := 0
	if err := v.Vectors(ids, buf, func(int, []float32, error) error { seen++; return end }); !errors.Is(err, end) || seen != 1 {
		t.Errorf("%d calls, %v", seen, err)
	}
}

// Of every number, there or not, a finder gives what Bucket.Get does.
func TestFinder(t *testing.T) {
	s := openStore(t, t.TempDir())
	empty := func(f *finder) {
		for _, id := range []uint64{0, 1, math.MaxUint64} {
			if v := f.find(id); v != nil {
				t.Errorf("%d is %x where nothing is", id, v)
			}
		}
	}
	empty(newFinder(nil))
	if err := s.db.Load().Update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketProbes)
		empty(newFinder(b))
		for id := uint64(2); id < 2000; id += 2 { // pages of several levels
			if err := b.Put(idKey(id), make([]byte, id%97)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	defer s.db.Load().Update(func(tx *bolt.Tx) error { // the store is checked when it is closed
		return errors.Join(tx.DeleteBucket(bucketProbes), second(tx.CreateBucket(bucketProbes)))
	})
	if err := s.view(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketProbes)
		f := newFinder(b)
		for i := range uint64(2003) {
			id := i * 739 % 2003
			if got, want := f.find(id), b.Get(idKey(id)); !bytes.Equal(got, want) || (got == nil) != (want == nil) {
				t.Errorf("%d is %x, want %x", id, got, want)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// A bit that flips on disk after its vector was read, and read well, is told at the next read.
func TestVectorGoneBadMeanwhile(t *testing.T) {
	s := openStore(t, t.TempDir())
	a := add(t, s, entryOf(1, pathFile("/a", 1, 0)))
	v, err := s.Vectors()
	if err != nil {
		t.Fatal(err)
	}
	read := func() (err error) {
		_ = v.Vectors([]uint64{a.ID}, make([]float32, testDim), func(_ int, _ []float32, told error) error {
			err = told
			return nil
		})
		return err
	}
	if err := read(); err != nil {
		t.Fatal(err)
	}
	flipOnDisk(t, s, encodeVector(vectorOf(1)))
	if err := read(); !errors.Is(err, ErrCorrupt) {
		t.Errorf("read with a flipped bit: %v", err)
	}
	bad := encodeVector(vectorOf(1))
	bad[len(bad)/2] ^= 1
	flipOnDisk(t, s, bad)
	if err := read(); err != nil {
		t.Errorf("mended: %v", err)
	}
}

// flipOnDisk flips a bit in the midst of each place of the database file that has these bytes, behind bbolt's back.
func flipOnDisk(t *testing.T, s *Store, value []byte) {
	t.Helper()
	f, err := os.OpenFile(s.path(), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	places := 0
	for at := bytes.Index(all, value); at >= 0; at = bytes.Index(all, value) {
		all[at+len(value)/2] ^= 1
		if _, err := f.WriteAt(all[at+len(value)/2:][:1], int64(at+len(value)/2)); err != nil {
			t.Fatal(err)
		}
		places++
	}
	if places == 0 {
		t.Fatal("the file does not have the value")
	}
}

// Searches read at once, each to a buffer of its own, while images come and go and the file is compacted: what a reader is
// given is the image's vector or that it is gone.
func TestVectorsConcurrent(t *testing.T) {
	s := openStore(t, t.TempDir())
	const n = 30
	ids := make([]uint64, n)
	for i := range ids {
		ids[i] = add(t, s, entryOf(i+1, pathFile(fmt.Sprint("/", i+1), i+1, 0))).ID
	}
	v, err := s.Vectors()
	if err != nil {
		t.Fatal(err)
	}
	var done atomic.Bool
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			buf := make([]float32, testDim)
			for !done.Load() {
				if err := v.Vectors(ids, buf, func(i int, x []float32, err error) error {
					if err == nil && !slices.Equal(x, vectorOf(i+1)) {
						err = fmt.Errorf("image %d has %v", ids[i], x)
					}
					if errors.Is(err, ErrNotFound) && i%3 == 0 {
						err = nil
					}
					return err
				}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := 0; i < n; i += 3 {
		add(t, s, entryOf(100+i, pathFile(fmt.Sprint("/", 100+i), 100+i, 0)))
		if _, _, err := s.Delete(ids[i]); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Compact(func(int64, int64) error { return nil }); err != nil {
		t.Error(err)
	}
	done.Store(true)
	wg.Wait()
}

// flipVector flips a bit of an image's vector as it is on disk.
func flipVector(t *testing.T, s *Store, id uint64) {
	t.Helper()
	if err := s.db.Load().Update(func(tx *bolt.Tx) error {
		g, err := currentGeneration(tx)
		if err != nil {
			return err
		}
		b := tx.Bucket(g.vectors())
		v := slices.Clone(b.Get(idKey(id)))
		v[len(v)/2] ^= 1
		return b.Put(idKey(id), v)
	}); err != nil {
		t.Fatal(err)
	}
}
