package pictures

import (
	"bytes"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// files reads a whole folder.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		relative, _ := filepath.Rel(dir, path)
		found[relative], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestWriteGallery: what is returned is what lies on disk, copies follow their
// originals, exact copies are exact, and every format is there.
func TestWriteGallery(t *testing.T) {
	dir := t.TempDir()
	const n = 15
	made, err := WriteGallery(dir, n, 7)
	if err != nil {
		t.Fatal(err)
	}
	onDisk := files(t, dir)
	if len(onDisk) != len(made) {
		t.Errorf("%d files made, %d on disk", len(made), len(onDisk))
	}
	originals, edited, exact, formats := "", 0, 0, map[string]int{}
	count := 0
	for _, m := range made {
		relative, err := filepath.Rel(dir, m.Path)
		if err != nil || onDisk[relative] == nil {
			t.Fatalf("%s is not on disk", m.Path)
		}
		formats[strings.ToLower(filepath.Ext(m.Path))]++
		switch {
		case m.Original == "":
			originals, count = m.Path, count+1
			if m.Edit != "" {
				t.Errorf("%s is an original with edit %q", m.Path, m.Edit)
			}
			continue
		case m.Original != originals:
			t.Errorf("%s follows %s but says it was made from %s", m.Path, originals, m.Original)
		case m.Edit == ExactCopy:
			exact++
		default:
			edited++
		}
		parent, _ := filepath.Rel(dir, m.Original)
		if same := bytes.Equal(onDisk[relative], onDisk[parent]); same != (m.Edit == ExactCopy) {
			t.Errorf("%s (%s): equal to its original: %t", m.Path, m.Edit, same)
		}
	}
	if count != n || edited < n/3-1 || exact < 2 {
		t.Errorf("%d originals, %d edited, %d exact copies", count, edited, exact)
	}
	for _, ext := range []string{".jpg", ".png", ".gif", ".tiff", ".bmp"} {
		if formats[ext] == 0 {
			t.Errorf("no %s among %v", ext, formats)
		}
	}
}

// TestGalleryIsDeterministic: equal arguments, equal files; another seed, others.
func TestGalleryIsDeterministic(t *testing.T) {
	write := func(seed uint64) map[string][]byte {
		dir := t.TempDir()
		if _, err := WriteGallery(dir, 2, seed); err != nil {
			t.Fatal(err)
		}
		return files(t, dir)
	}
	first := write(1)
	if diff := cmp.Diff(sums(first), sums(write(1))); diff != "" {
		t.Errorf("files (-first +second):\n%s", diff)
	}
	for name, data := range write(2) {
		if bytes.Equal(data, first[name]) {
			t.Errorf("%s is the same with another seed", name)
		}
	}
}

// sums is what the files hold, short enough to print.
func sums(found map[string][]byte) map[string]uint32 {
	sums := map[string]uint32{}
	for name, data := range found {
		sums[name] = crc32.ChecksumIEEE(data)
	}
	return sums
}

func TestEmptyGallery(t *testing.T) {
	if made, err := WriteGallery(t.TempDir(), 0, 1); err != nil || len(made) != 0 {
		t.Errorf("%v, %v", made, err)
	}
}

// TestGalleryErrors names the folder that could not be written.
func TestGalleryErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := WriteGallery(file, 1, 1); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v", err)
	}
	if _, err := encode(Make(1, 2, 2), ".xyz"); err == nil {
		t.Error("an unknown extension is accepted")
	}
}
