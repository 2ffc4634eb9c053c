package engine

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lookalike/index"
	"lookalike/store"
)

// TestCheckFinds breaks one part at a time behind the engine's back.
func TestCheckFinds(t *testing.T) {
	for _, tc := range []struct {
		name  string
		spoil func(e *Engine) error
		want  []string
	}{
		{"nothing", func(*Engine) error { return nil }, nil},
		{"image not in the index", func(e *Engine) error { return e.now().index.Delete(2) },
			[]string{"index: 2 images, 3 in the store", "index: image 2 is missing"}},
		{"image not in the store", func(e *Engine) error {
			v, err := e.records.Vector(1)
			return errors.Join(err, e.now().index.AddAll([]index.Item{{ID: 77, Vector: v}}))
		}, []string{"index: 4 images, 3 in the store"}},
		{"original damaged", func(e *Engine) error {
			m, err := e.Get(1)
			return errors.Join(err, os.WriteFile(e.records.OriginalPath(m.Files[0].SHA256), []byte("damaged"), 0o600))
		}, []string{"store: original"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := searched(t, 3)
			if err := tc.spoil(e); err != nil {
				t.Fatal(err)
			}
			r, err := e.Check(t.Context())
			if err != nil || r.OK() != (len(tc.want) == 0) || len(r.Problems) != len(tc.want) {
				t.Fatalf("%+v, %v, want %q", r, err, tc.want)
			}
			for i, p := range r.Problems {
				if !strings.HasPrefix(p, tc.want[i]) {
					t.Errorf("problem %q, want %q", p, tc.want[i])
				}
			}
		})
	}
}

func TestReportNotes(t *testing.T) {
	var r Report
	r.note("store", nil)
	r.note("store", &store.CheckError{Problems: []string{"one", "two"}, More: 3})
	r.note("index", index.ErrCorrupt)
	want := []string{"store: one", "store: two", "store: and 3 more", "index: " + index.ErrCorrupt.Error()}
	if diff := cmp.Diff(want, r.Problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestCheckCancelled(t *testing.T) {
	e := searched(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Check(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if err := e.Backup(ctx, &bytes.Buffer{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestCompact: deletes leave space that is given back, searches and adds go on in the new file, and a cancelled one changes nothing.
func TestCompact(t *testing.T) {
	dir := manyFilled(t)
	log := logged(t, dir, func(e *Engine) {
		for id := uint64(5); id < manyPictures; id++ {
			if _, err := e.Delete(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := e.Compact(ctx, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		before, err := e.Stats()
		if err != nil || before.BytesFree == 0 {
			t.Fatalf("%+v, %v", before, err)
		}
		told := false
		done, err := e.Compact(t.Context(), func(int, int) { told = true })
		if err != nil || !told || done.Before != before.BytesStore || done.After >= done.Before {
			t.Errorf("%+v, %v; before %d", done, err, before.BytesStore)
		}
		finds(t, e)
		add(t, e, upload(50))
		if after, err := e.Stats(); err != nil || after.Images != 5 || after.BytesFree >= before.BytesFree {
			t.Errorf("%+v, %v", after, err)
		}
	})
	log += logged(t, dir, func(e *Engine) { finds(t, e) })
	if strings.Contains(log, "WARN") || strings.Contains(log, "ERROR") {
		t.Error(log)
	}
}

func TestBackupAndRestore(t *testing.T) {
	e := openAt(t, filled(t))
	path := write(t, t.TempDir(), "imported.png", madePNG(4))
	imported := add(t, e, Source{Path: path})
	var archive bytes.Buffer
	if err := e.Backup(t.Context(), &archive); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Delete(t.Context(), 1, 2, 3); err != nil { // not the backup's concern
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "restored")
	if err := Restore(dir, bytes.NewReader(archive.Bytes())); err != nil {
		t.Fatal(err)
	}
	log := logged(t, dir, func(r *Engine) {
		finds(t, r)
		if m, err := r.FindPath(path); err != nil || m.ID != imported.ID {
			t.Errorf("%+v, %v", m, err)
		}
		if f, _, err := r.Original(1); err != nil {
			t.Error(err)
		} else {
			f.Close()
		}
	})
	if log != "" {
		t.Errorf("the backup holds its graph, but: %s", log)
	}
	if err := Restore(dir, bytes.NewReader(archive.Bytes())); !errors.Is(err, store.ErrNotEmpty) {
		t.Errorf("into a folder in use: %v, want ErrNotEmpty", err)
	}
	half := filepath.Join(t.TempDir(), "half")
	if err := Restore(half, bytes.NewReader(archive.Bytes()[:archive.Len()/2])); !errors.Is(err, store.ErrBackup) {
		t.Errorf("half an archive: %v, want ErrBackup", err)
	}
}
