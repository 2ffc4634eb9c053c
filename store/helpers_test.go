package store

import (
	"crypto/sha256"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestMain turns the test binary into one of its own children when a test has started it as such.
func TestMain(m *testing.M) {
	switch dir := os.Getenv(childDir); os.Getenv(childRole) {
	case "crash":
		crashChild(dir, os.Getenv(childSeed))
	case "reembed":
		reembedChild(dir, os.Getenv(childSeed))
	case "compact":
		compactChild(dir)
	case "restore":
		restoreChild(dir)
	case "hold":
		holdChild(dir)
	default:
		os.Exit(m.Run())
	}
}

// How a test tells its child what to do.
const (
	childRole = "LOOKALIKE_TEST_CHILD"
	childDir  = "LOOKALIKE_TEST_DIR"
	childSeed = "LOOKALIKE_TEST_SEED"
)

const testDim = 8

var (
	testModel  = strings.Repeat("a1", 32)
	otherModel = strings.Repeat("b2", 32)
	testTime   = time.Date(2026, 3, 4, 5, 6, 7, 890, time.UTC)
)

// openStore opens a store that is checked and closed when the test ends.
func openStore(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Check(); err != nil && !strings.Contains(err.Error(), ErrClosed.Error()) {
			t.Error(err)
		}
		s.Close()
	})
	return s
}

func digest(kind string, n int) [32]byte { return sha256.Sum256(fmt.Append(nil, kind, n)) }

// vectorOf is a unit vector that only this content has.
func vectorOf(content int) []float32 {
	x := make([]float32, testDim)
	var norm float64
	for i := range x {
		x[i] = float32(math.Sin(float64(content*testDim + i + 1)))
		norm += float64(x[i]) * float64(x[i])
	}
	for i := range x {
		x[i] /= float32(math.Sqrt(norm))
	}
	return x
}

// bytesOf are the bytes of one of the files with a content: different files can have the same pixels.
func bytesOf(content, variant int) []byte {
	return fmt.Appendf(nil, "content %d as file %d", content, variant)
}

// pathFile is an imported file.
func pathFile(path string, content, variant int) File {
	data := bytesOf(content, variant)
	return File{Path: path, SHA256: sha256.Sum256(data), Size: int64(len(data)), ModTime: testTime}
}

// uploadFile is an upload; put stores its original.
func uploadFile(name string, content, variant int) File {
	f := pathFile(name, content, variant)
	f.Uploaded = true
	return f
}

func put(t rapid.TB, s *Store, content, variant int) {
	t.Helper()
	data := bytesOf(content, variant)
	if err := s.PutOriginal(sha256.Sum256(data), data); err != nil {
		t.Fatal(err)
	}
}

// entryOf is a content with its files.
func entryOf(content int, files ...File) Entry {
	return Entry{
		Image: Image{PixelHash: digest("pixels", content), Format: "jpeg", Width: 640 + content, Height: 480,
			Model: testModel, Files: files},
		Vector:    vectorOf(content),
		Thumbnail: fmt.Appendf(nil, "thumbnail %d", content),
	}
}

// add adds one entry and fails the test if that fails.
func add(t testing.TB, s *Store, e Entry) Added {
	t.Helper()
	added, err := s.Add(e)
	if err != nil {
		t.Fatal(err)
	}
	return added[0]
}

// same fails the test when what is got is not what is wanted.
func same(t rapid.TB, what string, got, want any, opts ...cmp.Option) {
	t.Helper()
	if diff := cmp.Diff(want, got, opts...); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// names lists what there is in a folder.
func names(t testing.TB, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// exists reports whether there is such a file.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
