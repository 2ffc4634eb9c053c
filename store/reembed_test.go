package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// modelNo is the fingerprint of one of the models that the tests swap in, one after the other.
func modelNo(n int) string { return fmt.Sprintf("model-%d", n) }

// dimOf differs from one model to the next.
func dimOf(model int) int { return testDim + model%3 }

// vectorBy is what a model makes of a content.
func vectorBy(content, model int) []float32 {
	return slices.Concat(vectorOf(content+1000*model), make([]float32, model%3))
}

// stagedBy is what a re-embedding finds of a content: some are gone, and of some only the thumbnail is left.
func stagedBy(id uint64, content, model int) Staged {
	switch {
	case content%7 == 3:
		return Staged{ID: id, Remark: Remark{NotEmbedded: "gone"}}
	case content%5 == 2:
		return Staged{ID: id, Vector: vectorBy(content, model), Remark: Remark{FromThumbnail: true}}
	}
	return Staged{ID: id, Vector: vectorBy(content, model)}
}

// newEntry is an entry for a folder that a model's vectors are in, also with the next model's.
func newEntry(content, model int) Entry {
	e := entryOf(content, pathFile(fmt.Sprint("/", content), content, 0))
	e.Image.Model, e.Vector = modelNo(model), vectorBy(content, model)
	e.Next, e.NextModel = vectorBy(content, model+1), modelNo(model+1)
	return e
}

// contentOf is the inverse of what entryOf makes of a content's number.
func contentOf(m Image) int { return m.Width - 640 }

// stageAll deals with every pending image.
func stageAll(t testing.TB, s *Store, model int) {
	t.Helper()
	for after := uint64(0); ; {
		list, next, err := s.Pending(after, 50)
		if err != nil {
			t.Fatal(err)
		}
		var items []Staged
		for _, m := range list {
			items = append(items, stagedBy(m.ID, contentOf(m), model))
		}
		if err := s.Stage(items...); err != nil {
			t.Fatal(err)
		}
		if after = next; after == 0 {
			return
		}
	}
}

// TestReembed walks from one model's vectors to another's.
func TestReembed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := openStore(t, dir)
	for content := range 9 {
		e := newEntry(content, 0)
		e.Next = nil
		add(t, s, e)
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
	}
	check(s.SaveGraph(Graph{Header: []byte("old"), Chunks: []Chunk{{1, []byte("old 1")}}, Watermark: 9}))
	check(s.BeginReembedding(Spec{Name: "one"}, modelNo(1), dimOf(1), nil))
	check(s.BeginReembedding(Spec{Name: "one"}, modelNo(1), dimOf(1), nil))
	if err := s.BeginReembedding(Spec{Name: "two"}, modelNo(2), dimOf(2), nil); !errors.Is(err, ErrJob) {
		t.Errorf("another one meanwhile: %v", err)
	}
	check(s.Stage(stagedBy(1, 0, 1), stagedBy(1, 0, 1), stagedBy(99, 0, 1)))
	list, next, err := s.Pending(2, 2)
	check(err)
	if len(list) != 2 || list[0].ID != 3 || next != 4 {
		t.Errorf("pending after 2: %+v, next %d", list, next)
	}
	if err := s.Swap(Graph{Watermark: 9}); !errors.Is(err, ErrEntry) {
		t.Errorf("swapped with images pending: %v", err)
	}
	stageAll(t, s, 1)
	_, _, err = s.Delete(5) // content 4
	check(err)
	_, _, err = s.Delete(4) // content 3, of which there is no vector
	check(err)
	add(t, s, newEntry(20, 0))
	check(nil)
	r, ok, err := s.Reembedding()
	check(err)
	if r.Started = testTime; !ok || r != (Reembedding{Spec: Spec{Name: "one"}, Fingerprint: modelNo(1), Dim: dimOf(1), Started: testTime, Done: 8, FromThumbnail: 2}) {
		t.Errorf("the job is %+v", r)
	}
	x, err := s.StagedVector(10)
	check(err)
	same(t, "staged with the add", x, vectorBy(20, 1))
	x, err = s.Vector(10)
	check(err)
	same(t, "vector until then", x, vectorBy(20, 0))

	check(s.StageGraph([]Chunk{{7, []byte("of a build that was cut off")}}))
	for more := true; more; {
		more, err = s.DropStagedGraph(1)
		check(err)
	}
	check(s.StageGraph([]Chunk{{1, []byte("new 1")}, {2, []byte("new 2")}}))
	if header, _, _ := s.LoadGraph(); string(header) != "old" {
		t.Errorf("the graph before the swap is %q", header)
	}
	if err := s.Swap(Graph{Header: []byte("new"), Watermark: 11}); !errors.Is(err, ErrEntry) {
		t.Errorf("swapped with a graph that lacks a change: %v", err)
	}
	check(s.Swap(Graph{Header: []byte("new"), Chunks: []Chunk{{2, []byte("new 2, later")}}, Watermark: 12}))
	wantSwapped(t, s, 1)
	if header, watermark, err := s.LoadGraph(); string(header) != "new" || watermark != 12 || err != nil {
		t.Errorf("the graph is %q at %d, %v", header, watermark, err)
	}
	chunk, err := s.GraphChunk(2)
	check(err)
	same(t, "chunk", string(chunk), "new 2, later")
	pieces := 0
	for more := true; more; pieces++ {
		more, err = s.DropOld(4)
		check(err)
	}
	if pieces < 4 { // 8 vectors, a header and a chunk
		t.Errorf("what was replaced went in %d pieces", pieces)
	}
	s.Close()
	s = openStore(t, dir)
	wantSwapped(t, s, 1)
}

// wantSwapped compares every image with what the model makes of it.
func wantSwapped(t testing.TB, s *Store, model int) {
	t.Helper()
	if fingerprint, dim, err := s.Model(); fingerprint != modelNo(model) || dim != dimOf(model) || err != nil {
		t.Errorf("the model is %s with %d, %v", fingerprint, dim, err)
	}
	vectors := map[uint64][]float32{}
	if err := s.EachVector(func(id uint64, v []float32) error { vectors[id] = v; return nil }); err != nil {
		t.Fatal(err)
	}
	err := s.EachImage(func(m Image) error {
		want := stagedBy(m.ID, contentOf(m), model)
		if m.isZero() { // came with an add, or was revived
			want = Staged{Vector: vectorBy(contentOf(m), model)}
		}
		same(t, fmt.Sprint("vector of ", m.ID), vectors[m.ID], want.Vector)
		same(t, fmt.Sprint("remark on ", m.ID), m.Remark, want.Remark)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestRevive: an image without a vector gets one after all.
func TestRevive(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "data"))
	for _, content := range []int{3, 1, 10} {
		add(t, s, newEntry(content, 0))
	}
	s.BeginReembedding(Spec{Name: "one"}, modelNo(1), dimOf(1), nil)
	stageAll(t, s, 1)
	list, err := s.NotEmbedded(true, 0, 10)
	if err != nil || len(list) != 2 || list[0].NotEmbedded != "gone" || list[1].ID != 3 {
		t.Errorf("staged without a vector: %+v, %v", list, err)
	}
	if err := s.Swap(Graph{Watermark: 3}); err != nil {
		t.Fatal(err)
	}
	if list, err = s.NotEmbedded(false, 1, 10); err != nil || len(list) != 1 || list[0].ID != 3 || list[0].Model != "" {
		t.Errorf("without a vector: %+v, %v", list, err)
	}
	st, _ := s.Stats()
	if st.NotEmbedded != 2 || st.Images != 3 {
		t.Errorf("%+v", st)
	}
	for _, tt := range []struct {
		model string
		Staged
		want error
	}{
		{modelNo(0), Staged{ID: 1, Vector: vectorBy(3, 1)}, ErrModel},
		{modelNo(1), Staged{ID: 1, Vector: vectorBy(3, 0)}, ErrEntry},
		{modelNo(1), Staged{ID: 1}, ErrEntry},
		{modelNo(1), Staged{ID: 2, Vector: vectorBy(9, 1)}, nil}, // has one
		{modelNo(1), Staged{ID: 9, Vector: vectorBy(9, 1)}, nil}, // does not exist
		{modelNo(1), Staged{ID: 1, Vector: vectorBy(3, 1)}, nil},
	} {
		if err := s.Revive(tt.model, tt.Staged); !errors.Is(err, tt.want) {
			t.Errorf("%+v: %v, want %v", tt.Staged, err, tt.want)
		}
	}
	wantSwapped(t, s, 1)
	var log []Change
	if err := s.Changes(3, func(c Change) error { log = append(log, c); return nil }); err != nil {
		t.Fatal(err)
	}
	same(t, "log", log, []Change{{Seq: 4, ID: 1}})
	if _, _, err := s.Delete(3); err != nil { // without a vector
		t.Fatal(err)
	}
	if st, _ := s.Stats(); st.NotEmbedded != 0 {
		t.Errorf("%+v", st)
	}
}

// TestCancelReembedding: nothing of it is left, and the next one starts from nothing.
func TestCancelReembedding(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "data"))
	for content := range 5 {
		add(t, s, newEntry(content, 0))
	}
	s.BeginReembedding(Spec{Name: "one"}, modelNo(1), dimOf(1), nil)
	stageAll(t, s, 1)
	if err := s.CancelReembedding(); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"stage": s.Stage(Staged{ID: 1}), "graph": s.StageGraph(nil), "swap": s.Swap(Graph{}), "each": s.EachStaged(nil),
		"pending": third(s.Pending(0, 1)), "vector": second(s.StagedVector(1)), "vectors": second(s.StagedVectors()), "drop": second(s.DropStagedGraph(1)), "list": second(s.NotEmbedded(true, 0, 1)),
	} {
		if !errors.Is(err, ErrNoJob) {
			t.Errorf("%s: %v, want %v", what, err, ErrNoJob)
		}
	}
	s.BeginReembedding(Spec{Name: "two"}, modelNo(2), dimOf(2), nil)
	for more := true; more; {
		more, _ = s.DropOld(2)
	}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	if list, _, err := s.Pending(0, 10); len(list) != 5 || err != nil {
		t.Errorf("%d images pending, %v", len(list), err)
	}
	wantSwapped(t, s, 0)
}

// TestWalkSwapped: a walk over vectors that are replaced meanwhile fails instead of ending early.
func TestWalkSwapped(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "data"))
	var entries []Entry
	for content := range pageLen + 1 {
		entries = append(entries, newEntry(7*content, 0)) // none is gone
	}
	if _, err := s.Add(entries...); err != nil {
		t.Fatal(err)
	}
	swapped := false
	err := s.EachVector(func(uint64, []float32) error {
		if swapped {
			return nil
		}
		swapped = true
		s.BeginReembedding(Spec{Name: "one"}, modelNo(1), dimOf(1), nil)
		stageAll(t, s, 1)
		return s.Swap(Graph{Watermark: pageLen + 1})
	})
	if !errors.Is(err, ErrModel) {
		t.Errorf("%v, want %v", err, ErrModel)
	}
}

// TestCheckReembedding breaks one thing at a time in a folder whose re-embedding is under way.
func TestCheckReembedding(t *testing.T) {
	good := filepath.Join(t.TempDir(), "data")
	s := openStore(t, good)
	for content := range 5 {
		add(t, s, newEntry(content, 0))
	}
	s.BeginReembedding(Spec{Name: "one"}, modelNo(1), dimOf(1), nil)
	stageAll(t, s, 1)
	s.Close()
	g := generation(1)
	putIn := func(bucket, key, value []byte) func(tx *bolt.Tx) error {
		return func(tx *bolt.Tx) error { return tx.Bucket(bucket).Put(key, value) }
	}
	gone, _ := sealJSON(Remark{NotEmbedded: "gone"})
	nothing, _ := sealJSON(Remark{})
	for name, tt := range map[string]struct {
		harm func(tx *bolt.Tx) error
		says string
	}{
		"vector of nothing":  {putIn(g.vectors(), idKey(9), encodeVector(vectorBy(1, 1))), "vectors.1: image 0000000000000009 does not exist"},
		"other dimension":    {putIn(g.vectors(), idKey(1), encodeVector(vectorOf(1))), "vectors.1: image 0000000000000001: 8 numbers, the model makes 9"},
		"lost vector":        {func(tx *bolt.Tx) error { return tx.Bucket(g.vectors()).Delete(idKey(1)) }, "counts are 4 vectors"},
		"vector and none":    {putIn(g.remarks(), idKey(1), gone), "remark on image 0000000000000001: cannot be stored"},
		"remark of nothing":  {putIn(g.remarks(), idKey(9), gone), "remarks.1: image 0000000000000009 does not exist"},
		"empty remark":       {putIn(g.remarks(), idKey(1), nothing), "nothing is remarked"},
		"damaged remark":     {putIn(g.remarks(), idKey(1), []byte("xxxxxxxx")), "remark on image 0000000000000001: damaged"},
		"damaged job":        {putIn(bucketMeta, keyJob, []byte("xxxxxxxx")), "meta: re-embedding: damaged"},
		"no bucket":          {func(tx *bolt.Tx) error { return tx.DeleteBucket(g.graph()) }, "the bucket graph.1 is missing"},
		"generation of none": {putIn(bucketMeta, keyGeneration, seal(idKey(7))), "vectors.7: the bucket is missing"},
		"foreign bucket":     {func(tx *bolt.Tx) error { return second(tx.CreateBucket([]byte("vectors.01"))) }, `"vectors.01" is none of ours`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyOf(t, good)
			edit(t, dir, tt.harm)
			s, err := Open(dir, Options{ReadOnly: true})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			wantProblems(t, s.Check(), tt.says)
		})
	}
}
