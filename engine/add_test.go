package engine

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lookalike/internal/imageio"
	"lookalike/internal/pictures"
	"lookalike/store"
)

func TestAddedIsStoredAndFound(t *testing.T) {
	e := openAt(t, t.TempDir())
	path := write(t, t.TempDir(), "a.png", madePNG(1))
	for _, src := range []Source{{Path: path}, upload(2)} {
		r := add(t, e, src)
		if r.Already || r.ID == 0 || r.Path != src.label() {
			t.Fatalf("result %+v", r)
		}
		m, err := e.Get(r.ID)
		if err != nil {
			t.Fatal(err)
		}
		if m.Width != 64 || m.Height != 48 || m.Format != "png" || m.Model != e.Model().Fingerprint || len(m.Files) != 1 {
			t.Errorf("image %+v", m)
		}
		if f := m.Files[0]; f.Path != src.label() || f.Uploaded != src.Upload || f.Size == 0 || f.Added.IsZero() {
			t.Errorf("file %+v", f)
		}
		thumb, err := e.Thumbnail(r.ID)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := imageio.DecodeConfig("thumbnail", thumb, imageio.Limits{}); err != nil || info.Format != "jpeg" {
			t.Errorf("thumbnail is %+v, %v", info, err)
		}
	}
	got, err := e.SearchImage(t.Context(), "q", madePNG(2), Query{K: 1})
	if err != nil || len(got) != 1 || got[0].Image.ID != 2 || got[0].Score < 0.9999 {
		t.Errorf("search found %+v, %v", got, err)
	}
	sound(t, e)
}

// TestCopiesAreOneImage adds the same picture as other bytes, paths and formats.
func TestCopiesAreOneImage(t *testing.T) {
	counting := &countingEncoder{Encoder: starter()}
	e := openAt(t, t.TempDir(), func(c *Config) { c.Encoder = counting })
	dir := t.TempDir()
	other := asBMP(pictures.Make(1, 64, 48))
	first := add(t, e, Source{Path: write(t, dir, "first.png", madePNG(1))})
	for _, tc := range []struct {
		name string
		src  Source
	}{
		{"same path", Source{Path: filepath.Join(dir, "first.png")}},
		{"same path, not clean", Source{Path: dir + "/../" + filepath.Base(dir) + "/first.png"}},
		{"same bytes", Source{Path: write(t, dir, "second.png", madePNG(1))}},
		{"same pixels", Source{Path: write(t, dir, "third.bmp", other)}},
		{"same bytes, upload", upload(1)},
		{"same pixels, upload", Source{Upload: true, Name: "up.bmp", Data: other}},
		{"same upload again", upload(1)},
		{"more bytes after the picture", Source{Upload: true, Name: "tail.png", Data: append(bytes.Clone(madePNG(1)), "tail"...)}},
	} {
		if r := add(t, e, tc.src); r.ID != first.ID || !r.Already {
			t.Errorf("%s: %+v, want already, image %d", tc.name, r, first.ID)
		}
	}
	if n := counting.count(); n != 1 {
		t.Errorf("encoded %d times, want once", n)
	}
	d, err := e.Duplicates(t.Context(), DuplicateQuery{})
	if err != nil || len(d.Exact) != 1 || len(d.Groups) != 0 {
		t.Fatalf("duplicates %+v, %v", d, err)
	}
	var paths []string
	for _, f := range d.Exact[0].Files {
		paths = append(paths, filepath.Base(f.Path))
	}
	want := []string{"first.png", "second.png", "third.bmp", "made-1.png", "up.bmp", "tail.png"}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	sound(t, e)
}

// TestKnownPathIsNotRead changes a file behind the engine's back, keeping size and time.
func TestKnownPathIsNotRead(t *testing.T) {
	e := openAt(t, t.TempDir())
	path := write(t, t.TempDir(), "a.png", madePNG(1))
	r := add(t, e, Source{Path: path})
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	rewrite := func(data []byte, at time.Time) {
		t.Helper()
		if err := errors.Join(os.WriteFile(path, data, 0o600), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	garbage := bytes.Repeat([]byte{7}, int(info.Size()))
	rewrite(garbage, info.ModTime())
	if again := add(t, e, Source{Path: path}); !again.Already || again.ID != r.ID {
		t.Errorf("unchanged size and time: %+v", again)
	}
	rewrite(garbage, info.ModTime().Add(time.Second))
	if _, err := e.Add(t.Context(), Source{Path: path}); !errors.Is(err, imageio.ErrFormat) {
		t.Errorf("another time: %v, want the garbage noticed", err)
	}
	rewrite(madePNG(1), info.ModTime().Add(2*time.Second))
	if again := add(t, e, Source{Path: path}); !again.Already || again.ID != r.ID {
		t.Errorf("touched: %+v", again)
	}
	if m, _ := e.Get(r.ID); !m.Files[0].ModTime.Equal(info.ModTime().Add(2 * time.Second)) {
		t.Errorf("touched file's time was not noted: %v", m.Files[0].ModTime)
	}
	if _, err := e.Delete(t.Context(), r.ID); err != nil {
		t.Fatal(err)
	}
	if again := add(t, e, Source{Path: path}); again.Already || again.ID == r.ID {
		t.Errorf("after its record was deleted: %+v, want it added anew", again)
	}
	sound(t, e)
}

// TestPathWithNewContent moves a path between images; an image left without files goes.
func TestPathWithNewContent(t *testing.T) {
	e := openAt(t, t.TempDir())
	dir := t.TempDir()
	path := write(t, dir, "a.png", madePNG(1))
	first := add(t, e, Source{Path: path})
	write(t, dir, "a.png", append(bytes.Clone(madePNG(2)), 0))
	second := add(t, e, Source{Path: path})
	if second.Already || second.ID == first.ID {
		t.Fatalf("changed content: %+v", second)
	}
	if _, err := e.Get(first.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("the old image is still there: %v", err)
	}
	if m, err := e.FindPath(path); err != nil || m.ID != second.ID {
		t.Errorf("path leads to %+v, %v", m, err)
	}
	if got, err := e.SearchImage(t.Context(), "q", madePNG(1), Query{}); err != nil || len(got) != 1 || got[0].Image.ID != second.ID {
		t.Errorf("search still finds the old image: %+v, %v", got, err)
	}
	third := add(t, e, upload(3))
	write(t, dir, "a.png", madePNG(3)) // now a copy of the upload: attaching removes the second image
	if r := add(t, e, Source{Path: path}); r.ID != third.ID || !r.Already {
		t.Errorf("%+v, want image %d", r, third.ID)
	}
	if e.now().index.Contains(second.ID) {
		t.Error("the index kept an image that lost its last file")
	}
	sound(t, e)
}

// TestConcurrentCopiesAreEncodedOnce adds few contents from many goroutines, many times.
func TestConcurrentCopiesAreEncodedOnce(t *testing.T) {
	counting := &countingEncoder{Encoder: starter()}
	e := openAt(t, t.TempDir(), func(c *Config) { c.Encoder, c.Workers = counting, 8 })
	var sources []Source
	for i := range 60 {
		sources = append(sources, upload(uint64(i%5)))
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for i, r := range e.AddBatch(t.Context(), sources) {
				if r.Err != nil {
					t.Errorf("%d: %v", i, r.Err)
				}
			}
		})
	}
	wg.Wait()
	if s, err := e.Stats(); err != nil || s.Images != 5 || s.Files != 5 || counting.count() != 5 {
		t.Errorf("%+v, %v: encoded %d times; want 5 images, 5 files, 5 times", s, err, counting.count())
	}
	if len(e.inFlight.held) != 0 {
		t.Errorf("%d claims were not given back", len(e.inFlight.held))
	}
	sound(t, e)
}

func TestBatchKeepsOrder(t *testing.T) {
	e := openAt(t, t.TempDir(), func(c *Config) { c.Workers = 4 })
	var sources []Source
	for i := range 3 * groupSize {
		src := upload(uint64(i % 40))
		if i%10 == 9 {
			src = Source{Upload: true, Name: src.Name, Data: []byte("no picture")}
		}
		sources = append(sources, src)
	}
	for i, r := range e.AddBatch(t.Context(), sources) {
		if r.Path != sources[i].Name || (r.Err != nil) != (i%10 == 9) {
			t.Errorf("result %d is %+v for %s", i, r, sources[i].Name)
		}
		if r.Err == nil {
			if m, err := e.Get(r.ID); err != nil || m.Files[0].Path != r.Path {
				t.Errorf("result %d: image %d is %+v, %v", i, r.ID, m.Files, err)
			}
		}
	}
	if got := e.AddBatch(t.Context(), nil); len(got) != 0 {
		t.Errorf("no sources: %v", got)
	}
}

// TestCancel ends the context in the midst of a batch: the results must tell exactly what the store has.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	counting := &countingEncoder{Encoder: starter(), before: func(n int) {
		if n == 40 {
			cancel()
		}
	}}
	e := openAt(t, t.TempDir(), func(c *Config) { c.Encoder, c.Workers = counting, 3 })
	var sources []Source
	for i := range 120 {
		sources = append(sources, upload(uint64(i)))
	}
	added := 0
	for i, r := range e.AddBatch(ctx, sources) {
		if r.Err == nil {
			added++
			if m, err := e.Get(r.ID); err != nil || m.Files[0].Path != r.Path {
				t.Errorf("reported as added, but: %+v, %v", m, err)
			}
		} else if !errors.Is(r.Err, context.Canceled) || !strings.Contains(r.Err.Error(), sources[i].Name) {
			t.Errorf("%s: %v, want the context's error", r.Path, r.Err)
		}
	}
	s, err := e.Stats()
	if err != nil || s.Images != added || added == 0 || added > 45 {
		t.Errorf("%d reported as added, %d stored, %v", added, s.Images, err)
	}
	for i, r := range e.AddBatch(t.Context(), sources) { // and an import can be resumed
		if r.Err != nil {
			t.Errorf("resumed %d: %v", i, r.Err)
		}
	}
	sound(t, e)
}

// TestOneRefusedByTheStore has a name that no record can hold in the midst of a group.
func TestOneRefusedByTheStore(t *testing.T) {
	e := openAt(t, t.TempDir())
	sources := []Source{upload(1), upload(2), upload(3)}
	sources[1].Name = strings.Repeat("long", 1<<16)
	results := e.AddBatch(t.Context(), sources)
	if results[0].Err != nil || results[2].Err != nil || !errors.Is(results[1].Err, store.ErrEntry) {
		t.Errorf("%v, %.100v, %v", results[0].Err, results[1].Err, results[2].Err)
	}
	if r := add(t, e, upload(2)); r.Already {
		t.Error("a refused picture is there")
	}
	sound(t, e)
}

func TestDelete(t *testing.T) {
	e := openAt(t, t.TempDir())
	path := write(t, t.TempDir(), "a.png", madePNG(1))
	imported, uploaded, stays := add(t, e, Source{Path: path}), add(t, e, upload(2)), add(t, e, upload(3))
	m, err := e.Get(uploaded.ID)
	if err != nil {
		t.Fatal(err)
	}
	original := e.records.OriginalPath(m.Files[0].SHA256)
	deleted, err := e.Delete(t.Context(), imported.ID, 99, uploaded.ID, uploaded.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]uint64{imported.ID, uploaded.ID}, deleted); diff != "" {
		t.Errorf("deleted (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the imported file: %v", err)
	}
	if _, err := os.Stat(original); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the upload's original is still there: %v", err)
	}
	got, err := e.SearchImage(t.Context(), "q", madePNG(1), Query{})
	if err != nil || len(got) != 1 || got[0].Image.ID != stays.ID {
		t.Errorf("search finds %+v, %v", got, err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Delete(canceled, stays.ID); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	sound(t, e)
}
