package engine

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"lookalike/internal/simd"
	"lookalike/store"
)

// day is a day of the made-up files.
func day(n int) time.Time { return time.Date(2024, 1, 1+n, 12, 0, 0, 0, time.UTC) }

// variedEntry is an image with random attributes; path is its file's, unless that is an upload.
func variedEntry(t *testing.T, e *Engine, rng *rand.Rand, path string) store.Entry {
	t.Helper()
	en := randomEntry(rng, e.Model().Fingerprint, e.Model().Dim)
	en.Image.Format = []string{"jpeg", "png", "webp"}[rng.IntN(3)]
	en.Image.Width, en.Image.Height = 100+rng.IntN(10)*100, 100+rng.IntN(10)*100
	f := variedFile(rng, path, en.Image.Files[0].SHA256)
	if rng.IntN(4) == 0 {
		data := make([]byte, f.Size)
		for i := range data {
			data[i] = byte(rng.Uint32())
		}
		f.Path, f.Uploaded, f.SHA256 = "upload.png", true, sha256.Sum256(data)
		if err := e.records.PutOriginal(f.SHA256, data); err != nil {
			t.Fatal(err)
		}
	}
	en.Image.Files[0] = f
	return en
}

func variedFile(rng *rand.Rand, path string, sha [32]byte) store.File {
	return store.File{Path: path, SHA256: sha, Size: int64(10 + rng.IntN(1000)), ModTime: day(rng.IntN(100)), Added: day(rng.IntN(100))}
}

var folders = []string{"/photos/a", "/photos/a/deep", "/photos/ab", "/other"}

// defined is what a filter means, in a slow and plain way.
func defined(f Filter, m Image) bool {
	within := func(n, low, high int) bool { return n >= low && (high == 0 || n <= high) }
	if len(f.Formats) > 0 && !slices.Contains(f.Formats, m.Format) || !within(m.Width, f.MinWidth, f.MaxWidth) || !within(m.Height, f.MinHeight, f.MaxHeight) {
		return false
	}
	return slices.ContainsFunc(m.Files, func(file File) bool {
		changed := file.ModTime
		if file.Uploaded {
			changed = file.Added
		}
		return (f.Folder == "" || !file.Uploaded && strings.HasPrefix(file.Path, f.Folder+"/")) &&
			(f.After.IsZero() || !changed.Before(f.After)) && (f.Before.IsZero() || changed.Before(f.Before)) &&
			within(int(file.Size), int(f.MinBytes), int(f.MaxBytes))
	})
}

// checkFilter holds a list in pages, and a search, against the definition.
func checkFilter(t *testing.T, e *Engine, f Filter) {
	t.Helper()
	var want, got []uint64
	best, bestScore := uint64(0), float32(-2)
	var query []float32
	err := e.records.EachImage(func(m Image) error {
		if v, _ := e.records.Vector(m.ID); query == nil {
			query = v
		}
		if !defined(f, m) {
			return nil
		}
		if labels, _ := e.Labels(m.ID); f.Label != "" && (len(labels) == 0 || CleanLabel(f.Label) != labels[0].Name) {
			return nil
		}
		want = append(want, m.ID)
		v, err := e.records.Vector(m.ID)
		if s := simd.Dot(query, v); s > bestScore {
			best, bestScore = m.ID, s
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(want)
	for before := uint64(0); ; {
		page, next, total, err := e.ListIn(f, before, 7)
		if err != nil || total != len(want) {
			t.Fatalf("%+v: %d in all, want %d: %v", f, total, len(want), err)
		}
		for _, m := range page {
			got = append(got, m.ID)
		}
		if before = next; next == 0 {
			break
		}
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Fatalf("%+v: list (-definition +engine): %s", f, diff)
	}
	found, err := e.SearchVector(t.Context(), query, Query{K: 1000, Filter: f})
	if err != nil || len(found) != len(want) || len(want) > 0 && found[0].Score != bestScore {
		t.Fatalf("%+v: %d found, want %d, best %d: %v", f, len(found), len(want), best, err)
	}
}

// TestFilters compares with the definition while images and files come and go.
func TestFilters(t *testing.T) {
	e := openAt(t, t.TempDir(), unhurried)
	rng := rand.New(rand.NewPCG(9, 9))
	filters := []Filter{
		{Folder: "/photos/a"}, {Folder: "/photos"}, {Folder: "/nowhere"}, {After: day(50)}, {Before: day(50)}, {After: day(20), Before: day(21)},
		{Formats: []string{"png", "webp"}}, {MinWidth: 500}, {MaxWidth: 500, MinHeight: 300, MaxHeight: 800}, {MinBytes: 500}, {MaxBytes: 500}, {Label: " cat"}, {Label: "cat", MinWidth: 300}, {Label: "dog"},
		{Folder: "/photos/a", Formats: []string{"jpeg"}, After: day(10), MinBytes: 100}, {},
	}
	var ids []uint64
	for round := range 6 {
		for i := range 40 {
			path := fmt.Sprintf("%s/%d-%d.png", folders[rng.IntN(len(folders))], round, i)
			added, err := e.store([]store.Entry{variedEntry(t, e, rng, path)})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, added[0].ID)
			if i%5 == 0 {
				var sha [32]byte
				sha[0], sha[1] = byte(round), byte(i)
				in := &intake{file: variedFile(rng, path+".more", sha)}
				if err := e.attach(in, ids[rng.IntN(len(ids))]); err != nil {
					t.Fatal(err)
				}
			}
			if i%8 == 0 {
				at := rng.IntN(len(ids))
				if _, err := e.Delete(t.Context(), ids[at]); err != nil {
					t.Fatal(err)
				}
				ids = slices.Delete(ids, at, at+1)
			}
		}
		if _, err := e.SetLabels(t.Context(), LabelChange{ID: ids[rng.IntN(len(ids))], Label: "cat", Decision: Given}); err != nil {
			t.Fatal(err)
		}
		for _, f := range filters {
			checkFilter(t, e, f)
		}
	}
	if n := len(e.attributes.prepared); n > maxPrepared {
		t.Errorf("%d filters are kept ready", n)
	}
}

func TestFilterRefuses(t *testing.T) {
	e := openAt(t, t.TempDir())
	for _, f := range []Filter{{Folder: "relative"}, {MinWidth: -1}, {MaxBytes: -5}} {
		if _, _, _, err := e.ListIn(f, 0, 5); !errors.Is(err, ErrQuery) {
			t.Errorf("list %+v: %v", f, err)
		}
		if _, err := e.SearchVector(t.Context(), make([]float32, e.Model().Dim), Query{Filter: f}); !errors.Is(err, ErrQuery) {
			t.Errorf("search %+v: %v", f, err)
		}
	}
	if _, _, _, err := e.ListIn(Filter{}, 0, 0); !errors.Is(err, ErrQuery) {
		t.Errorf("limit 0: %v", err)
	}
}
