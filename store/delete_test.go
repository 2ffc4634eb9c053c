package store

import (
	"errors"
	"testing"
)

func TestDelete(t *testing.T) {
	s := openStore(t, t.TempDir())
	put(t, s, 2, 0)
	for i, files := range [][]File{
		{pathFile("/1", 1, 0), pathFile("/1b", 1, 1)},
		{uploadFile("2.jpg", 2, 0), uploadFile("again.jpg", 2, 0)},
		{pathFile("/3", 3, 0)},
		{pathFile("/4", 4, 0)},
	} {
		add(t, s, entryOf(i+1, files...))
	}
	original := s.OriginalPath(uploadFile("", 2, 0).SHA256)
	if !exists(original) {
		t.Fatal("the original is not there")
	}
	tests := []struct {
		name    string
		ids     []uint64
		deleted []uint64
		seq     uint64
		left    []uint64
	}{
		{"none", nil, nil, 0, []uint64{4, 3, 2, 1}},
		{"unknown", []uint64{77, 0}, nil, 0, []uint64{4, 3, 2, 1}},
		{"several, one twice, one unknown", []uint64{2, 77, 1, 2}, []uint64{2, 1}, 6, []uint64{4, 3}},
		{"again", []uint64{1, 2}, nil, 0, []uint64{4, 3}},
		{"the newest", []uint64{4}, []uint64{4}, 7, []uint64{3}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			deleted, seq, err := s.Delete(tt.ids...)
			if err != nil || seq != tt.seq {
				t.Errorf("seq %d, %v, want %d", seq, err, tt.seq)
			}
			same(t, "deleted", deleted, tt.deleted)
			var left []uint64
			list, err := s.List(0, 10)
			for _, m := range list {
				left = append(left, m.ID)
			}
			same(t, "left", left, tt.left)
			if err := errors.Join(err, s.Check()); err != nil {
				t.Error(err)
			}
		})
	}
	if exists(original) {
		t.Error("the original of a deleted upload is still there")
	}
	for _, err := range []error{second(s.Image(2)), second(s.Vector(2)), second(s.Thumbnail(2))} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("deleted image: %v", err)
		}
	}
	if _, ok, _ := s.ByPixelHash(digest("pixels", 2)); ok {
		t.Error("pixels of a deleted image are known")
	}
	// Never a number twice, even after the newest is gone.
	if a := add(t, s, entryOf(5, pathFile("/5", 5, 0))); a.ID != 5 {
		t.Errorf("new image has number %d, want 5", a.ID)
	}
}

// TestDeleteSharedOriginal lets two records refer to one original.
func TestDeleteSharedOriginal(t *testing.T) {
	s := openStore(t, t.TempDir())
	put(t, s, 1, 0)
	id := add(t, s, entryOf(1, uploadFile("a.jpg", 1, 0), uploadFile("b.jpg", 1, 0))).ID
	put(t, s, 1, 0)
	if _, err := s.Attach(id, uploadFile("a.jpg", 1, 0)); err != nil { // the same upload again
		t.Fatal(err)
	}
	st, err := s.Stats()
	if err != nil || st.Originals != 1 || st.Files != 2 || st.BytesOriginals != int64(len(bytesOf(1, 0))) {
		t.Errorf("stats %+v, %v", st, err)
	}
	original := s.OriginalPath(uploadFile("", 1, 0).SHA256)
	put(t, s, 1, 0) // an upload on its way while the image is deleted
	if _, _, err := s.Delete(id); err != nil {
		t.Error(err)
	}
	if !exists(original) {
		t.Fatal("the original was removed under an upload on its way")
	}
	a := add(t, s, entryOf(1, uploadFile("c.jpg", 1, 0)))
	if _, _, err := s.Delete(a.ID); err != nil {
		t.Error(err)
	}
	if exists(original) {
		t.Error("the original outlives its last record")
	}
}

func second[T any](_ T, err error) error { return err }
