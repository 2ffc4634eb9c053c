package store

import (
	"errors"
	"fmt"
	"testing"
)

// fill adds n images numbered from 1.
func fill(t testing.TB, s *Store, n int) {
	t.Helper()
	var entries []Entry
	for i := 1; i <= n; i++ {
		entries = append(entries, entryOf(i, pathFile(fmt.Sprintf("/%d", i), i, 0)))
	}
	if _, err := s.Add(entries...); err != nil {
		t.Fatal(err)
	}
}

func TestList(t *testing.T) {
	s := openStore(t, t.TempDir())
	if list, err := s.List(0, 5); len(list) != 0 || err != nil {
		t.Errorf("empty store lists %v, %v", list, err)
	}
	fill(t, s, 6)
	if _, _, err := s.Delete(4); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		before uint64
		limit  int
		want   []uint64
	}{
		{0, 2, []uint64{6, 5}},
		{5, 2, []uint64{3, 2}},
		{4, 2, []uint64{3, 2}}, // the cursor's image was deleted
		{2, 2, []uint64{1}},
		{1, 2, nil},
		{7, 1, []uint64{6}},
		{999, 9, []uint64{6, 5, 3, 2, 1}},
		{0, 0, nil},
	}
	for _, tt := range tests {
		list, err := s.List(tt.before, tt.limit)
		var got []uint64
		for _, m := range list {
			got = append(got, m.ID)
			if len(m.Files) != 1 {
				t.Errorf("image %d has files %v", m.ID, m.Files)
			}
		}
		if err != nil {
			t.Error(err)
		}
		same(t, fmt.Sprintf("List(%d, %d)", tt.before, tt.limit), got, tt.want)
	}
}

// TestEach walks more than one page, and writes in the midst of it.
func TestEach(t *testing.T) {
	s := openStore(t, t.TempDir())
	const n = 2*pageLen + 3
	fill(t, s, n)
	next := uint64(1)
	err := s.EachVector(func(id uint64, x []float32) error {
		if id != next {
			t.Fatalf("vector %d stands where %d should", id, next)
		}
		next++
		same(t, "vector", x, vectorOf(int(id)))
		if id == 5 { // with a transaction open this would wait for itself, once the file has to grow
			_, err := s.Add(entryOf(n+1, pathFile("/new", n+1, 0)))
			return err
		}
		return nil
	})
	if err != nil || next != n+2 {
		t.Errorf("walked up to %d, %v", next, err)
	}
	images := 0
	err = s.EachImage(func(m Image) error {
		images++
		if m.ID != uint64(images) || len(m.Files) != 1 || m.Width != 640+images {
			t.Errorf("image %+v at place %d", m, images)
		}
		return nil
	})
	if err != nil || images != n+1 {
		t.Errorf("walked %d images, %v", images, err)
	}
	stop := errors.New("stop")
	if err := s.EachVector(func(id uint64, _ []float32) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("a failing callback: %v", err)
	}
}

func TestReadMissing(t *testing.T) {
	s := openStore(t, t.TempDir())
	for what, err := range map[string]error{
		"image": second(s.Image(1)), "vector": second(s.Vector(1)), "thumbnail": second(s.Thumbnail(1)),
		"chunk": second(s.GraphChunk(1)),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, h := range [][32]byte{{}, {1}} {
		if id, ok, err := s.BySHA256(h); id != 0 || ok || err != nil {
			t.Errorf("BySHA256: %d, %v, %v", id, ok, err)
		}
		if id, ok, err := s.ByPixelHash(h); id != 0 || ok || err != nil {
			t.Errorf("ByPixelHash: %d, %v, %v", id, ok, err)
		}
	}
}
