package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func backupOf(t testing.TB, s *Store) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.Backup(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// contents reads everything that a store holds, in a form that can be compared.
func contents(t testing.TB, s *Store) map[string]any {
	t.Helper()
	all := map[string]any{}
	err := s.EachImage(func(m Image) error {
		x, err := s.Vector(m.ID)
		thumb, err2 := s.Thumbnail(m.ID)
		labels, err3 := s.Labels(m.ID)
		all[fmt.Sprint("image ", m.ID)] = []any{m, x, thumb, labels}
		for _, f := range m.Files {
			if f.Uploaded {
				data, err := os.ReadFile(s.OriginalPath(f.SHA256))
				if err != nil {
					return err
				}
				all[fmt.Sprint("original ", f.Path)] = data
			}
		}
		return errors.Join(err, err2, err3)
	})
	header, watermark, err2 := s.LoadGraph()
	st, err3 := s.Stats()
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	st.BytesStore, st.BytesFree = 0, 0
	all["graph"], all["stats"], all["log"] = []any{header, watermark}, st, changes(t, s, watermark)
	return all
}

// sample fills a store with one of everything.
func sample(t testing.TB, s *Store) {
	t.Helper()
	fill(t, s, 4)
	for i := 10; i < 13; i++ {
		put(t, s, i, 0)
		add(t, s, entryOf(i, uploadFile(fmt.Sprint(i, ".jpg"), i, 0)))
	}
	set(t, s, LabelChange{1, "cat", Given}, LabelChange{2, "cat", Given}, LabelChange{3, "cat", Accepted}, LabelChange{3, "dog", Rejected})
	if err := s.SaveGraph(Graph{Header: []byte("h"), Chunks: []Chunk{{1, []byte("one")}}, Watermark: 5}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Delete(2); err != nil {
		t.Fatal(err)
	}
}

func TestBackupAndRestore(t *testing.T) {
	s := openStore(t, t.TempDir())
	sample(t, s)
	archive := backupOf(t, s)
	existing := t.TempDir()
	for name, dir := range map[string]string{"new": filepath.Join(t.TempDir(), "a", "b"), "empty": existing} {
		if err := Restore(dir, bytes.NewReader(archive)); err != nil {
			t.Fatal(err)
		}
		r := openStore(t, dir)
		same(t, name, contents(t, r), contents(t, s))
		// The restored folder goes on where the other was.
		if a := add(t, r, entryOf(20, pathFile("/20", 20, 0))); a.ID != 8 || a.Seq != 9 {
			t.Errorf("%s: next image is %+v", name, a)
		}
	}
	if err := Restore(existing, bytes.NewReader(archive)); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("restoring over a folder: %v", err)
	}
}

// deletingWriter deletes everything once the first bytes of an archive arrive, and adds more than the file has room for.
type deletingWriter struct {
	io.Writer
	do func()
}

func (w *deletingWriter) Write(p []byte) (int, error) {
	if w.do != nil {
		w.do()
		w.do = nil
	}
	return w.Writer.Write(p)
}

// TestBackupIsHot changes the store between the first byte and the last: the archive is of the moment before.
func TestBackupIsHot(t *testing.T) {
	s := openStore(t, t.TempDir())
	sample(t, s)
	before := contents(t, s)
	original := s.OriginalPath(uploadFile("", 11, 0).SHA256)
	var b bytes.Buffer
	err := s.Backup(&deletingWriter{&b, func() {
		if _, _, err := s.Delete(1, 2, 3, 4, 5, 6, 7); err != nil {
			t.Error(err)
		}
		big := entryOf(30, pathFile("/30", 30, 0))
		big.Thumbnail = make([]byte, 32<<20) // the memory map must grow
		add(t, s, big)
		if !exists(original) {
			t.Error("an original was removed under a backup")
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if exists(original) {
		t.Error("a deleted original is still there after the backup")
	}
	dir := filepath.Join(t.TempDir(), "r")
	if err := Restore(dir, &b); err != nil {
		t.Fatal(err)
	}
	same(t, "restored", contents(t, openStore(t, dir)), before)
}

// TestBackupRefuses has an original go missing or rot: better no backup than one that does not restore.
func TestBackupRefuses(t *testing.T) {
	for name, harm := range map[string]func(path string) error{
		"missing": os.Remove,
		"rotten":  func(path string) error { return os.WriteFile(path, bytesOf(12, 9), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(t.TempDir(), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			sample(t, s)
			path := s.OriginalPath(uploadFile("", 12, 0).SHA256)
			if err := harm(path); err != nil {
				t.Fatal(err)
			}
			err = s.Backup(io.Discard)
			if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "put") {
				t.Errorf("backup: %v", err)
			}
		})
	}
	s := openStore(t, t.TempDir())
	sample(t, s)
	if err := s.Backup(failingWriter{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("backup to a closed pipe: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(s.Dir(), tempPattern)); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
