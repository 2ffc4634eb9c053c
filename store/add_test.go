package store

import (
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAdd runs sequences of adds; every step says what must come back.
func TestAdd(t *testing.T) {
	type step struct {
		entry Entry
		want  Added
	}
	tests := []struct {
		name  string
		steps []step
		paths map[string]uint64 // afterwards; 0 is nowhere
		stats Stats
	}{
		{"new image", []step{
			{entryOf(1, pathFile("/a", 1, 0)), Added{ID: 1, Seq: 1}},
		}, map[string]uint64{"/a": 1, "/b": 0}, Stats{Images: 1, Files: 1, Seq: 1}},
		{"the same file again", []step{
			{entryOf(1, pathFile("/a", 1, 0)), Added{ID: 1, Seq: 1}},
			{entryOf(1, pathFile("/a", 1, 0)), Added{ID: 1, Already: true}},
		}, map[string]uint64{"/a": 1}, Stats{Images: 1, Files: 1, Seq: 1}},
		{"an exact copy", []step{
			{entryOf(1, pathFile("/a", 1, 0)), Added{ID: 1, Seq: 1}},
			{entryOf(1, pathFile("/b", 1, 0)), Added{ID: 1, Already: true}},
		}, map[string]uint64{"/a": 1, "/b": 1}, Stats{Images: 1, Files: 2, Seq: 1}},
		{"other bytes with the same pixels", []step{
			{entryOf(1, pathFile("/a.png", 1, 0)), Added{ID: 1, Seq: 1}},
			{entryOf(1, pathFile("/a.bmp", 1, 1)), Added{ID: 1, Already: true}},
		}, map[string]uint64{"/a.png": 1, "/a.bmp": 1}, Stats{Images: 1, Files: 2, Seq: 1}},
		{"known bytes win over unknown pixels", []step{
			{entryOf(1, pathFile("/a", 1, 0)), Added{ID: 1, Seq: 1}},
			{entryOf(2, pathFile("/b", 1, 0)), Added{ID: 1, Already: true}},
		}, map[string]uint64{"/b": 1}, Stats{Images: 1, Files: 2, Seq: 1}},
		{"a path whose content changes loses its image", []step{
			{entryOf(1, pathFile("/a", 1, 0)), Added{ID: 1, Seq: 1}},
			{entryOf(2, pathFile("/a", 2, 0)), Added{ID: 2, Seq: 3, Removed: []uint64{1}}},
		}, map[string]uint64{"/a": 2}, Stats{Images: 1, Files: 1, Seq: 3}},
		{"a path moves away from an image that has another", []step{
			{entryOf(1, pathFile("/a", 1, 0), pathFile("/b", 1, 0)), Added{ID: 1, Seq: 1}},
			{entryOf(2, pathFile("/a", 2, 0)), Added{ID: 2, Seq: 2}},
		}, map[string]uint64{"/a": 2, "/b": 1}, Stats{Images: 2, Files: 2, Seq: 2}},
		{"a path moves to an image that is there", []step{
			{entryOf(1, pathFile("/a", 1, 0)), Added{ID: 1, Seq: 1}},
			{entryOf(2, pathFile("/b", 2, 0)), Added{ID: 2, Seq: 2}},
			{entryOf(2, pathFile("/a", 2, 0)), Added{ID: 2, Already: true, Seq: 3, Removed: []uint64{1}}},
		}, map[string]uint64{"/a": 2, "/b": 2}, Stats{Images: 1, Files: 2, Seq: 3}},
		{"a path is saved anew with the same pixels", []step{
			{entryOf(1, pathFile("/a", 1, 0)), Added{ID: 1, Seq: 1}},
			{entryOf(1, pathFile("/a", 1, 1)), Added{ID: 1, Already: true}},
		}, map[string]uint64{"/a": 1}, Stats{Images: 1, Files: 1, Seq: 1}},
		{"numbers are never used again", []step{
			{entryOf(1, pathFile("/a", 1, 0)), Added{ID: 1, Seq: 1}},
			{entryOf(2, pathFile("/a", 2, 0)), Added{ID: 2, Seq: 3, Removed: []uint64{1}}},
			{entryOf(1, pathFile("/a", 1, 0)), Added{ID: 3, Seq: 5, Removed: []uint64{2}}},
		}, map[string]uint64{"/a": 3}, Stats{Images: 1, Files: 1, Seq: 5}},
		{"a file name that is not UTF-8", []step{
			{entryOf(1, pathFile("/caf\xe9", 1, 0)), Added{ID: 1, Seq: 1}},
		}, map[string]uint64{"/caf\xe9": 1, "/caf\ufffd": 0}, Stats{Images: 1, Files: 1, Seq: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := openStore(t, t.TempDir())
			for _, step := range tt.steps {
				same(t, "added", add(t, s, step.entry), step.want)
			}
			for path, want := range tt.paths {
				id, f, ok, err := s.ByPath(path)
				if err != nil || id != want || ok != (want != 0) || (ok && f.Path != path) {
					t.Errorf("ByPath(%q) = %d, %q, %v, %v, want %d", path, id, f.Path, ok, err, want)
				}
			}
			got, err := s.Stats()
			if err != nil {
				t.Fatal(err)
			}
			got.BytesStore, got.BytesFree = 0, 0
			same(t, "stats", got, tt.stats)
		})
	}
}

// TestAddKeepsEverything reads back, before and after reopening, what was stored.
func TestAddKeepsEverything(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	put(t, s, 1, 1)
	odd := pathFile("/photos/b.jpg", 1, 0)
	odd.ModTime = time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC) // a year that a record has no digits for
	e := entryOf(1, pathFile("/photos/a.jpg", 1, 0), odd, uploadFile("a.png", 1, 1))
	e.Image.Added = testTime.In(time.FixedZone("", 7200))
	for i := range e.Image.Files {
		e.Image.Files[i].Added = testTime.Add(time.Duration(-i) * time.Hour)
	}
	id := add(t, s, e).ID

	want := e.Image
	want.ID = id
	want.Files = []File{e.Image.Files[2], e.Image.Files[1], e.Image.Files[0]} // oldest first
	want.Files[1].ModTime = time.Time{}
	for _, when := range []string{"before", "after"} {
		got, err := s.Image(id)
		if err != nil {
			t.Fatal(err)
		}
		same(t, when+": image", got, want)
		x, err := s.Vector(id)
		same(t, when+": vector", x, e.Vector)
		thumb, thumbErr := s.Thumbnail(id)
		same(t, when+": thumbnail", thumb, e.Thumbnail)
		bySHA, ok, shaErr := s.BySHA256(want.Files[0].SHA256)
		byPixels, ok2, pixelErr := s.ByPixelHash(want.PixelHash)
		if bySHA != id || byPixels != id || !ok || !ok2 {
			t.Errorf("%s: found %d by bytes and %d by pixels, want %d", when, bySHA, byPixels, id)
		}
		if err := errors.Join(err, thumbErr, shaErr, pixelErr); err != nil {
			t.Error(err)
		}
		s.Close()
		s = openStore(t, dir)
	}
}

// TestAddRefuses lists what an Add must refuse, leaving nothing of the whole call behind.
func TestAddRefuses(t *testing.T) {
	with := func(change func(e *Entry)) Entry {
		e := entryOf(2, pathFile("/bad.jpg", 2, 0))
		change(&e)
		return e
	}
	tests := []struct {
		name  string
		entry Entry
		want  error
		says  string
	}{
		{"no file", with(func(e *Entry) { e.Image.Files = nil }), ErrEntry, "without a file"},
		{"relative path", with(func(e *Entry) { e.Image.Files[0].Path = "bad.jpg" }), ErrEntry, "not absolute"},
		{"endless path", with(func(e *Entry) { e.Image.Files[0].Path = "/" + strings.Repeat("x", maxPath) }), ErrEntry, "16384"},
		{"no vector", with(func(e *Entry) { e.Vector = nil }), ErrEntry, "/bad.jpg"},
		{"no model", with(func(e *Entry) { e.Image.Model = "" }), ErrEntry, "names its model"},
		{"NaN", with(func(e *Entry) { e.Vector[3] = float32(math.NaN()) }), ErrEntry, "number 3 of the vector is NaN"},
		{"infinity", with(func(e *Entry) { e.Vector[0] = float32(math.Inf(-1)) }), ErrEntry, "-Inf"},
		{"other model", with(func(e *Entry) { e.Image.Model = otherModel }), ErrModel, "b2b2b2b2b2b2 (8 numbers"},
		{"other dimension", with(func(e *Entry) { e.Vector = e.Vector[:7] }), ErrModel, "a1a1a1a1a1a1 (8 numbers a vector), not of a1a1a1a1a1a1 (7"},
		{"upload without original", entryOf(2, uploadFile("bad.jpg", 2, 0)), ErrNoOriginal, "PutOriginal"},
	}
	s := openStore(t, t.TempDir())
	add(t, s, entryOf(1, pathFile("/good.jpg", 1, 0)))
	before, _ := s.Stats()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := s.Add(entryOf(3, pathFile("/in/the/same/call.jpg", 3, 0)), tt.entry)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error is %v, want %v saying %q", err, tt.want, tt.says)
			}
			after, _ := s.Stats()
			same(t, "stats", after, before)
		})
	}
}

func TestAttach(t *testing.T) {
	s := openStore(t, t.TempDir())
	add(t, s, entryOf(1, pathFile("/one", 1, 0)))
	add(t, s, entryOf(2, pathFile("/two", 2, 0)))
	put(t, s, 1, 0)
	tests := []struct {
		name string
		id   uint64
		file File
		want Added
		err  error
	}{
		{"a copy", 1, pathFile("/copy", 1, 0), Added{ID: 1, Already: true}, nil},
		{"an upload of the same bytes", 1, uploadFile("up.jpg", 1, 0), Added{ID: 1, Already: true}, nil},
		{"no such image", 9, pathFile("/nine", 9, 0), Added{}, ErrNotFound},
		{"another image's bytes", 1, pathFile("/two-again", 2, 0), Added{}, ErrEntry},
		{"relative", 1, pathFile("one", 1, 0), Added{}, ErrEntry},
		{"a path that leaves its image empty", 1, pathFile("/two", 1, 0), Added{ID: 1, Already: true, Seq: 3, Removed: []uint64{2}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := s.Attach(tt.id, tt.file)
			if !errors.Is(err, tt.err) {
				t.Errorf("error is %v, want %v", err, tt.err)
			}
			same(t, "added", got, tt.want)
		})
	}
	m, err := s.Image(1)
	if err != nil || len(m.Files) != 4 {
		t.Errorf("image has files %v (%v), want 4", m.Files, err)
	}
}

// TestAddBatch adds the same content twice in one transaction, and moves a path within it.
func TestAddBatch(t *testing.T) {
	s := openStore(t, t.TempDir())
	added, err := s.Add(
		entryOf(1, pathFile("/a", 1, 0)),
		entryOf(1, pathFile("/b", 1, 1)),
		entryOf(2, pathFile("/a", 2, 0)),
		entryOf(2, pathFile("/b", 2, 0)))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "added", added, []Added{
		{ID: 1, Seq: 1}, {ID: 1, Already: true}, {ID: 2, Seq: 2}, {ID: 2, Already: true, Seq: 3, Removed: []uint64{1}}})
}

// TestModel pins, refuses, and lets an empty folder choose again.
func TestModel(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "made", "on the way"))
	check := func(fingerprint string, dim int) {
		t.Helper()
		if f, d, err := s.Model(); f != fingerprint || d != dim || err != nil {
			t.Errorf("model is %.12s, %d, %v, want %.12s, %d", f, d, err, fingerprint, dim)
		}
	}
	check("", 0)
	if err := s.SetModel(Spec{}, "", 3); !errors.Is(err, ErrEntry) {
		t.Errorf("model without a name: %v", err)
	}
	if err := errors.Join(s.SetModel(Spec{}, otherModel, 3), s.SetModel(Spec{}, testModel, testDim)); err != nil {
		t.Error(err)
	}
	check(testModel, testDim)
	id := add(t, s, entryOf(1, pathFile("/a", 1, 0))).ID
	if err := s.SetModel(Spec{}, otherModel, 3); !errors.Is(err, ErrModel) {
		t.Errorf("another model: %v", err)
	}
	check(testModel, testDim)
	if err := s.SaveGraph(Graph{Header: []byte("of 8 numbers"), Chunks: []Chunk{{No: 1}}, Watermark: 1}); err != nil {
		t.Error(err)
	}
	if _, _, err := s.Delete(id); err != nil {
		t.Error(err)
	}
	if err := s.SetModel(Spec{}, otherModel, 3); err != nil {
		t.Error(err)
	}
	check(otherModel, 3)
	header, watermark, err := s.LoadGraph()
	if header != nil || watermark != 2 || err != nil {
		t.Errorf("graph of the old model: %q, %d, %v", header, watermark, err)
	}
}
