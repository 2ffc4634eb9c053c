package store

import (
	"errors"
	"fmt"
	"slices"
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
	for i := range 5 {
		ids = append(ids, add(t, s, entryOf(i+1, pathFile("/"+string(rune('a'+i)), i+1, 0))).ID)
	}
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
