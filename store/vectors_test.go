package store

import (
	"errors"
	"slices"
	"testing"
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
