package engine

import (
	stdcmp "cmp"
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lookalike/internal/imageio"
)

// searched is an engine with the made pictures 1 to n as images 1 to n.
func searched(t *testing.T, n int) *Engine {
	t.Helper()
	e := openAt(t, t.TempDir(), func(c *Config) { c.Workers = 1 }) // one worker keeps the numbers in order
	var sources []Source
	for i := range n {
		sources = append(sources, upload(uint64(i+1)))
	}
	for i, r := range e.AddBatch(t.Context(), sources) {
		if r.Err != nil || r.ID != uint64(i+1) {
			t.Fatalf("%+v", r)
		}
	}
	return e
}

func idsOf(matches []Match) (ids []uint64) {
	for _, m := range matches {
		ids = append(ids, m.Image.ID)
	}
	return ids
}

func TestSearchesAgree(t *testing.T) {
	e := searched(t, 12)
	byImage, err := e.SearchImage(t.Context(), "q", madePNG(5), Query{K: 12})
	if err != nil {
		t.Fatal(err)
	}
	if len(byImage) != 12 || byImage[0].Image.ID != 5 {
		t.Fatalf("found %v", idsOf(byImage))
	}
	if !slices.IsSortedFunc(byImage, func(a, b Match) int { return stdcmp.Compare(b.Score, a.Score) }) {
		t.Error("matches are not best first")
	}
	v, err := e.Embed(t.Context(), "q", madePNG(5))
	if err != nil {
		t.Fatal(err)
	}
	for i := range v {
		v[i] *= 3 // any length will do
	}
	byVector, err := e.SearchVector(t.Context(), v, Query{K: 12})
	if diff := cmp.Diff(idsOf(byImage), idsOf(byVector)); diff != "" || err != nil {
		t.Errorf("by vector (-image +vector): %s, %v", diff, err)
	}
	byID, err := e.SearchID(t.Context(), 5, Query{K: 12})
	if diff := cmp.Diff(idsOf(byImage)[1:], idsOf(byID)); diff != "" || err != nil {
		t.Errorf("by id, itself left out (-image +id): %s, %v", diff, err)
	}
}

func TestQuery(t *testing.T) {
	e := searched(t, 25)
	all, err := e.SearchImage(t.Context(), "q", madePNG(1), Query{K: 100})
	if err != nil || len(all) != 25 {
		t.Fatalf("%d matches, %v", len(all), err)
	}
	ids := idsOf(all)
	for _, tc := range []struct {
		name string
		q    Query
		want []uint64
	}{
		{"default k", Query{}, ids[:DefaultK]},
		{"k", Query{K: 3}, ids[:3]},
		{"exclude", Query{K: 3, Exclude: []uint64{ids[0], ids[2]}}, []uint64{ids[1], ids[3], ids[4]}},
		{"threshold", Query{Threshold: all[4].Score}, ids[:5]},
		{"negative threshold", Query{K: 100, Threshold: -1}, ids},
		{"nothing that near", Query{Exclude: ids[:1], Threshold: 1}, nil},
	} {
		got, err := e.SearchImage(t.Context(), "q", madePNG(1), tc.q)
		if diff := cmp.Diff(tc.want, idsOf(got)); diff != "" || err != nil {
			t.Errorf("%s (-want +got): %s, %v", tc.name, diff, err)
		}
	}
}

func TestSearchRefuses(t *testing.T) {
	e := searched(t, 2)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	nan := float32(math.NaN())
	unit := slices.Repeat([]float32{1}, e.Model().Dim)
	for _, tc := range []struct {
		name string
		err  func() error
		want error
	}{
		{"k under 0", func() error { return errOf(e.SearchID(t.Context(), 1, Query{K: -1})) }, ErrQuery},
		{"k over the limit", func() error { return errOf(e.SearchImage(t.Context(), "q", madePNG(1), Query{K: MaxK + 1})) }, ErrQuery},
		{"threshold", func() error { return errOf(e.SearchVector(t.Context(), unit, Query{Threshold: nan})) }, ErrQuery},
		{"no such image", func() error { return errOf(e.SearchID(t.Context(), 9, Query{})) }, ErrNotFound},
		{"short vector", func() error { return errOf(e.SearchVector(t.Context(), unit[1:], Query{})) }, ErrQuery},
		{"zero vector", func() error { return errOf(e.SearchVector(t.Context(), make([]float32, e.Model().Dim), Query{})) }, ErrQuery},
		{"NaN", func() error {
			return errOf(e.SearchVector(t.Context(), slices.Repeat([]float32{nan}, e.Model().Dim), Query{}))
		}, ErrQuery},
		{"no picture", func() error { return errOf(e.SearchImage(t.Context(), "q", []byte("text"), Query{})) }, imageio.ErrFormat},
		{"cancelled image", func() error { return errOf(e.SearchImage(canceled, "q", madePNG(1), Query{})) }, context.Canceled},
		{"cancelled id", func() error { return errOf(e.SearchID(canceled, 1, Query{})) }, context.Canceled},
		{"cancelled vector", func() error { return errOf(e.SearchVector(canceled, unit, Query{})) }, context.Canceled},
	} {
		if err := tc.err(); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
}

func errOf(_ []Match, err error) error { return err }

// TestSearchBetweenCommitAndIndex finds an image in the index whose record is gone already.
func TestSearchBetweenCommitAndIndex(t *testing.T) {
	e := searched(t, 3)
	if _, _, err := e.records.Delete(2); err != nil { // the index does not follow yet
		t.Fatal(err)
	}
	got, err := e.SearchImage(t.Context(), "q", madePNG(2), Query{})
	if err != nil || slices.Contains(idsOf(got), 2) || len(got) != 2 {
		t.Errorf("found %v, %v", idsOf(got), err)
	}
	if d, err := e.Duplicates(t.Context(), DuplicateQuery{Threshold: 0.01}); err != nil || len(d.Groups) > 1 {
		t.Errorf("%+v, %v", d, err)
	}
}
