package store

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// edit changes a database behind the store's back.
func edit(t testing.TB, dir string, fn func(tx *bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(filepath.Join(dir, databaseName), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(fn), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// filled makes a closed data folder with one of everything.
func filled(t testing.TB) (dir string) {
	t.Helper()
	dir = t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	sample(t, s)
	if err := errors.Join(s.Check(), s.Close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

// copyOf copies a closed data folder, to be spoiled.
func copyOf(t testing.TB, from string) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestOpenMakesPrivateFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	s := openStore(t, dir)
	put(t, s, 1, 0)
	for path, want := range map[string]fs.FileMode{
		dir:                              0o700,
		filepath.Join(dir, databaseName): 0o600,
		filepath.Join(dir, ownerName):    0o600,
		filepath.Join(dir, "originals"):  0o700,
		s.OriginalPath(uploadFile("", 1, 0).SHA256): 0o600,
	} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", path, got, want)
		}
	}
}

// TestOpenRefuses spoils a database file so that Open must not take it.
func TestOpenRefuses(t *testing.T) {
	inMeta := func(key, value string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			edit(t, dir, func(tx *bolt.Tx) error { return tx.Bucket(bucketMeta).Put([]byte(key), []byte(value)) })
		}
	}
	withFile := func(change func(data []byte) []byte) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, databaseName)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, change(data), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := []struct {
		name  string
		spoil func(t *testing.T, dir string)
		want  error
		says  string
	}{
		{"newer schema", inMeta("schema", "3"), ErrNewer, "the data folder has schema 3, this program knows up to 1"},
		{"no number", inMeta("schema", "x"), ErrCorrupt, `schema version "x"`},
		{"schema 0", inMeta("schema", "0"), ErrCorrupt, `schema version "0"`},
		{"bucket missing", func(t *testing.T, dir string) {
			edit(t, dir, func(tx *bolt.Tx) error { return tx.DeleteBucket(bucketVectors) })
		}, ErrCorrupt, "bucket vectors is missing"},
		{"somebody else's bbolt file", func(t *testing.T, dir string) {
			edit(t, dir, func(tx *bolt.Tx) error { return tx.DeleteBucket(bucketMeta) })
		}, ErrCorrupt, "not one of lookalike's"},
		{"text", withFile(func([]byte) []byte { return []byte("hello") }), ErrCorrupt, "lookalike.db"},
		{"noise", withFile(func(d []byte) []byte { return noise(len(d)) }), ErrCorrupt, "restore a backup"},
		{"zeros", withFile(func(d []byte) []byte { return make([]byte, len(d)) }), ErrCorrupt, "restore a backup"},
		{"cut to one page", withFile(func(d []byte) []byte { return d[:4096] }), ErrCorrupt, "restore a backup"},
		{"cut to two pages", withFile(func(d []byte) []byte { return d[:8192] }), ErrCorrupt, "restore a backup"},
		{"cut in the middle", withFile(func(d []byte) []byte { return d[:24000] }), ErrCorrupt, "restore a backup"},
		{"noise after the meta pages", withFile(func(d []byte) []byte { return append(d[:8192:8192], noise(len(d)-8192)...) }), ErrCorrupt, "restore a backup"},
		{"is a folder", func(t *testing.T, dir string) {
			path := filepath.Join(dir, databaseName)
			if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
				t.Fatal(err)
			}
		}, nil, "is a directory"},
	}
	good := filled(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := copyOf(t, good)
			tt.spoil(t, dir)
			for range 2 { // a refused Open leaves no lock behind
				_, err := Open(dir, Options{})
				if err == nil || (tt.want != nil && !errors.Is(err, tt.want)) || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), dir) {
					t.Errorf("error is %v, want %v saying %q", err, tt.want, tt.says)
				}
			}
		})
	}
}

func noise(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{7}).Read(b)
	return b
}

// TestDamageIsAnError overwrites pages with noise. Whatever is then called gives an error or an answer, never a panic or
// a memory fault, and Check finds it.
func TestDamageIsAnError(t *testing.T) {
	dir := filled(t)
	path := filepath.Join(dir, databaseName)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	found := 0
	rounds := 60
	for range rounds {
		bad := bytes.Clone(good)
		at := 8192 + random.IntN(len(bad)-8192-64)
		copy(bad[at:], noise(1+random.IntN(2048)))
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if useAll(dir) != nil {
			found++
		}
	}
	t.Logf("%d of %d damaged files were noticed; the others were hit where nothing is stored", found, rounds)
	if found == 0 {
		t.Error("no damage was noticed")
	}
}

// useAll calls what reads and what writes.
func useAll(dir string) error {
	s, err := Open(dir, Options{})
	if err != nil {
		return err
	}
	err = s.Check()
	s.EachImage(func(m Image) error { return second(s.Vector(m.ID)) })
	s.List(0, 10)
	s.EachLabelled(func(string, uint64) error { return nil })
	s.SetLabels(LabelChange{1, "new", Given})
	s.Stats()
	s.Add(entryOf(40, pathFile("/40", 40, 0)))
	s.Delete(1, 3)
	return errors.Join(err, s.Close())
}

func TestReadOnly(t *testing.T) {
	dir := filled(t)
	if _, err := Open(filepath.Join(dir, "nothing here"), Options{ReadOnly: true}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opening nothing: %v", err)
	}
	before := names(t, dir)
	one, err := Open(dir, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	two, err := Open(dir, Options{ReadOnly: true})
	if err != nil {
		t.Fatalf("a second reader: %v", err)
	}
	same(t, "contents", contents(t, one), contents(t, two))
	for what, err := range map[string]error{
		"add":      second(one.Add(entryOf(9, pathFile("/9", 9, 0)))),
		"delete":   third(one.Delete(1)),
		"label":    second(one.SetLabels(LabelChange{1, "x", Given})),
		"graph":    one.SaveGraph(Graph{}),
		"model":    one.SetModel(Spec{}, otherModel, 1),
		"announce": one.Announce("http://127.0.0.1:1", "t"),
		"original": one.PutOriginal(digest("", 0), nil),
	} {
		if !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "only reads") {
		t.Errorf("a writer beside readers: %v", err)
	}
	if err := errors.Join(one.Check(), one.Close(), two.Close()); err != nil {
		t.Error(err)
	}
	same(t, "names in the folder", names(t, dir), before)
}

func TestClosed(t *testing.T) {
	s := openStore(t, t.TempDir())
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"add":      second(s.Add(entryOf(9, pathFile("/9", 9, 0)))),
		"image":    second(s.Image(1)),
		"list":     second(s.List(0, 1)),
		"label":    second(s.SetLabels(LabelChange{1, "x", Given})),
		"labels":   second(s.Labels(1)),
		"labelled": s.EachLabelled(nil),
		"vectors":  s.EachVector(func(uint64, []float32) error { return nil }),
		"check":    s.Check(),
		"stats":    second(s.Stats()),
		"backup":   s.Backup(&bytes.Buffer{}),
		"announce": s.Announce("", ""),
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
