package store

import (
	"errors"
	"path/filepath"
	"testing"
)

func TestSpecWith(t *testing.T) {
	base := Spec{Name: "dino", Size: "448x448", Descriptor: "copy", Whiten: true}
	for _, tt := range []struct {
		other, want Spec
		text        string
	}{
		{Spec{}, base, "dino --size 448x448 --descriptor copy --whiten"},
		{Spec{Name: "dino"}, base, "dino --size 448x448 --descriptor copy --whiten"},
		{Spec{Descriptor: "cls", Preprocess: "eval"}, Spec{"dino", "eval", "448x448", "cls", true}, "dino --preprocess eval --size 448x448 --descriptor cls --whiten"},
		{Spec{Name: "starter"}, Spec{Name: "starter"}, "starter"},
	} {
		got := base.With(tt.other)
		if got != tt.want || got.String() != tt.text {
			t.Errorf("with %+v: %+v, %q", tt.other, got, got)
		}
	}
	if got := (Spec{}).With(Spec{Size: "64x64"}).String(); got != "--size 64x64" {
		t.Errorf("without a name: %q", got)
	}
}

// TestSpecs: how a model is opened, and what its vectors are whitened by, is there as long as the model counts or is about to.
func TestSpecs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := openStore(t, dir)
	check := func(err error) {
		t.Helper()
		if err := errors.Join(err, s.Check()); err != nil {
			t.Fatal(err)
		}
	}
	want := func(model int, spec Spec, whitening string) {
		t.Helper()
		got, err := s.Spec(modelNo(model))
		check(err)
		same(t, "spec", got, spec)
		data, err := s.Whitening(modelNo(model))
		if errors.Is(err, ErrNotFound) {
			err = nil
		}
		check(err)
		same(t, "whitening", string(data), whitening)
	}
	first, second := Spec{Name: "starter", Size: "64x64"}, Spec{Name: "dino", Whiten: true}
	want(0, Spec{}, "")
	check(s.SetModel(first, modelNo(0), dimOf(0)))
	add(t, s, newEntry(0, 0))
	check(s.SetModel(Spec{}, modelNo(0), dimOf(0))) // says nothing
	want(0, first, "")
	check(s.BeginReembedding(second, modelNo(1), dimOf(1), []byte("by this")))
	want(1, second, "by this")
	s.Close()
	s = openStore(t, dir)
	r, _, err := s.Reembedding()
	check(err)
	same(t, "spec of the target", r.Spec, second)
	stageAll(t, s, 1)
	check(s.Swap(Graph{Watermark: 1}))
	for more := true; more; {
		more, err = s.DropOld(10)
		check(err)
	}
	want(0, Spec{}, "")
	want(1, second, "by this")
	check(s.BeginReembedding(Spec{Name: "third"}, modelNo(2), dimOf(2), []byte("never used")))
	check(s.CancelReembedding())
	for more := true; more; {
		more, err = s.DropOld(10)
		check(err)
	}
	want(2, Spec{}, "")
	want(1, second, "by this")
}

// TestReviveThumbnail: a vector that was made from the thumbnail is replaced by one from a file, in one transaction that the
// log tells as a delete and an add.
func TestReviveThumbnail(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "data"))
	for _, content := range []int{2, 3} {
		add(t, s, newEntry(content, 0))
	}
	s.BeginReembedding(Spec{Name: "one"}, modelNo(1), dimOf(1), nil)
	stageAll(t, s, 1)
	if err := s.Swap(Graph{Watermark: 2}); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Remarked(0, 10); err != nil || len(list) != 2 || !list[0].FromThumbnail || list[1].NotEmbedded == "" {
		t.Errorf("%+v, %v", list, err)
	}
	old, fresh := vectorBy(2, 1), vectorBy(50, 1)
	for _, item := range []Staged{
		{ID: 1, Vector: vectorBy(51, 1), Remark: Remark{FromThumbnail: true}}, // no better than what is there
		{ID: 1, Vector: fresh},
		{ID: 1, Vector: vectorBy(52, 1)}, // is from a file already
	} {
		if err := errors.Join(s.Revive(modelNo(1), item), s.Check()); err != nil {
			t.Fatal(err)
		}
	}
	x, err := s.Vector(1)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "vector", x, fresh)
	var log []Change
	if err := s.Changes(2, func(c Change) error { log = append(log, c); return nil }); err != nil {
		t.Fatal(err)
	}
	same(t, "log", log, []Change{{Seq: 3, Delete: true, ID: 1, Vector: old}, {Seq: 4, ID: 1}})
	if list, err := s.Remarked(0, 10); err != nil || len(list) != 1 || list[0].ID != 2 {
		t.Errorf("%+v, %v", list, err)
	}
	if st, _ := s.Stats(); st.FromThumbnail != 0 || st.NotEmbedded != 1 {
		t.Errorf("%+v", st)
	}
}
