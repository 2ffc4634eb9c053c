package engine

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestListPages(t *testing.T) {
	e := searched(t, 7)
	for _, tc := range []struct {
		limit int
		want  [][]uint64
	}{
		{3, [][]uint64{{7, 6, 5}, {4, 3, 2}, {1}}},
		{7, [][]uint64{{7, 6, 5, 4, 3, 2, 1}}},
		{100, [][]uint64{{7, 6, 5, 4, 3, 2, 1}}},
	} {
		var got [][]uint64
		for before := uint64(0); ; {
			images, next, err := e.List(before, tc.limit)
			if err != nil {
				t.Fatal(err)
			}
			var page []uint64
			for _, m := range images {
				page = append(page, m.ID)
			}
			got = append(got, page)
			if before = next; next == 0 {
				break
			}
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("limit %d (-want +got):\n%s", tc.limit, diff)
		}
	}
	if _, _, err := e.List(0, 0); !errors.Is(err, ErrQuery) {
		t.Errorf("limit 0: %v", err)
	}
}

func TestNotFound(t *testing.T) {
	e := openAt(t, t.TempDir())
	_, get := e.Get(1)
	_, thumbnail := e.Thumbnail(1)
	_, _, original := e.Original(1)
	_, path := e.FindPath("/no/such/file.jpg")
	for name, err := range map[string]error{"Get": get, "Thumbnail": thumbnail, "Original": original, "FindPath": path} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
}

func TestOriginal(t *testing.T) {
	e := openAt(t, t.TempDir())
	dir := t.TempDir()
	path, copied := write(t, dir, "a.png", madePNG(1)), write(t, dir, "b.png", madePNG(1))
	id := add(t, e, Source{Path: path}).ID
	read := func() []byte {
		t.Helper()
		r, m, err := e.Original(id)
		if err != nil {
			if !errors.Is(err, ErrGone) {
				t.Errorf("%v, want ErrGone", err)
			}
			return nil
		}
		defer r.Close()
		data, err := io.ReadAll(r)
		if err != nil || m.ID != id {
			t.Errorf("image %d, %v", m.ID, err)
		}
		return data
	}
	same := func(when string, there bool) {
		t.Helper()
		if got := read(); there != (got != nil) || there && !bytes.Equal(got, madePNG(1)) {
			t.Errorf("%s: got %d bytes", when, len(got))
		}
	}
	same("as it was", true)
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
	same("touched", true)
	other := bytes.Clone(madePNG(1))
	other[len(other)-1] ^= 1
	write(t, dir, "a.png", other)
	same("same size, other bytes", false)
	write(t, dir, "a.png", madePNG(2))
	same("other size", false)
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	same("a folder now", false)
	add(t, e, Source{Path: copied})
	same("a second file", true)
	if err := os.Remove(copied); err != nil {
		t.Fatal(err)
	}
	same("both gone", false)
	add(t, e, upload(1))
	same("uploaded", true)
	r, err := e.Check(t.Context())
	if err != nil || !r.OK() {
		t.Fatalf("%+v, %v", r, err)
	}
	if diff := cmp.Diff([]string{copied}, r.Missing); diff != "" { // the folder is there, whatever it is
		t.Errorf("missing (-want +got): %s", diff)
	}
	if m, err := e.FindPath(filepath.Join(dir, ".", "b.png")); err != nil || m.ID != id {
		t.Errorf("%+v, %v", m, err)
	}
}
