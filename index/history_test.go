package index

import (
	stdcmp "cmp"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lookalike/internal/testutil"
	"lookalike/internal/vectors"
)

// model is what the index must agree with: ids and their vectors, nothing else.
type model map[uint64][]float32

// Vector makes it a Source.
func (m model) Vector(id uint64, _ []float32) ([]float32, error) {
	v, ok := m[id]
	if !ok {
		return nil, ErrNotFound
	}
	return v, nil
}

// nearest is the definition of a search.
func (m model) nearest(q []float32, k int, keep func(uint64) bool) []Result {
	var all []Result
	for id, v := range m {
		if keep == nil || keep(id) {
			all = append(all, Result{id, plainDot(q, v)})
		}
	}
	slices.SortFunc(all, func(a, b Result) int {
		return stdcmp.Or(stdcmp.Compare(b.Score, a.Score), stdcmp.Compare(a.ID, b.ID))
	})
	return all[:min(k, len(all))]
}

// TestHistory drives random adds, deletes, searches, saves and loads against
// the model, with every invariant checked after each step.
func TestHistory(t *testing.T) {
	pool, _ := vectors.Clustered.Make(5, 300, 1, 16)
	for i := 0; i < len(pool); i += 5 {
		pool[i] = pool[i/2] // copies
	}
	rapid.Check(t, func(t *rapid.T) {
		m := model{}
		x, err := New(Config{Dim: 16, M: rapid.IntRange(2, 6).Draw(t, "M"), EfConstruction: 20, Seed: 1, Source: m})
		if err != nil {
			t.Fatal(err)
		}
		h := &history{x: x, m: m, pool: pool, saved: map[uint32][]byte{}}
		t.Repeat(map[string]func(*rapid.T){
			"add": h.add, "delete": h.delete, "search": h.search, "save and load": h.reload,
			"": func(t *rapid.T) {
				if err := h.x.Check(); err != nil {
					t.Fatal(err)
				}
				if h.x.Len() != len(h.m) {
					t.Fatalf("%d ids, want %d", h.x.Len(), len(h.m))
				}
			},
		})
	})
}

type history struct {
	x     *Index
	m     model
	pool  [][]float32
	saved map[uint32][]byte
}

func (h *history) add(t *rapid.T) {
	id := rapid.Uint64Range(0, 400).Draw(t, "id")
	v := rapid.SampledFrom(h.pool).Draw(t, "vector")
	_, there := h.m[id]
	if err := h.x.Add(id, v); (err != nil) != there {
		t.Fatalf("add %d: %v, already there: %v", id, err, there)
	}
	if !there {
		h.m[id] = v
	}
}

func (h *history) delete(t *rapid.T) {
	id := rapid.Uint64Range(0, 400).Draw(t, "id")
	if len(h.m) > 0 && rapid.Bool().Draw(t, "existing") {
		id = rapid.SampledFrom(slices.Sorted(maps.Keys(h.m))).Draw(t, "of")
	}
	_, there := h.m[id]
	if err := h.x.Delete(id); (err == nil) != there {
		t.Fatalf("delete %d: %v, there: %v", id, err, there)
	}
	delete(h.m, id)
}

// search holds the exact scan to the definition, and the walk to results that
// are true, in order and without repeats.
func (h *history) search(t *rapid.T) {
	q, k := rapid.SampledFrom(h.pool).Draw(t, "query"), rapid.IntRange(1, 12).Draw(t, "k")
	var keep func(uint64) bool
	if mod := rapid.Uint64Range(1, 5).Draw(t, "keep one in"); mod > 1 {
		keep = func(id uint64) bool { return id%mod == 0 }
	}
	exact, err := h.x.Exact(q, k, keep)
	if err != nil {
		t.Fatal(err)
	}
	want := h.m.nearest(q, k, keep)
	if len(exact) != len(want) {
		t.Fatalf("exact found %d of %d", len(exact), len(want))
	}
	for i := range want {
		if d := exact[i].Score - want[i].Score; !(d < 1e-5 && d > -1e-5) {
			t.Fatalf("exact result %d is %v, want %v", i, exact[i], want[i])
		}
	}
	found, err := h.x.Search(q, k, 50, keep)
	if err != nil || len(found) != len(want) {
		t.Fatalf("search found %d of %d: %v", len(found), len(want), err)
	}
	if diff := cmp.Diff(exact, found); diff != "" {
		t.Fatalf("few vectors are searched exactly: %s", diff)
	}
}

// reload replaces the index by what was saved of it, chunk by changed chunk.
func (h *history) reload(t *rapid.T) {
	c := h.x.TakeChanges()
	if rapid.Bool().Draw(t, "saving fails") {
		h.x.ReturnChanges(c)
		c = h.x.TakeChanges()
	}
	for _, chunk := range c.Chunks {
		h.saved[chunk.No] = chunk.Data
	}
	again, err := Load(h.x.cfg, c.Header, func(no uint32) ([]byte, error) { return h.saved[no], nil })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(h.x.encodeHeader(), again.encodeHeader()); diff != "" {
		t.Fatalf("header after loading: %s", diff)
	}
	again.awaitIncoming()
	h.x = again
}

func plainDot(a, b []float32) (s float32) {
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}

// TestRepeatable: the same adds and deletes make the same graph, and one that
// was saved and loaded on the way holds the same ids, levels and free slots.
func TestRepeatable(t *testing.T) {
	testutil.NotUnderRace(t)
	base, _ := vectors.Hard.Make(3, 2000, 1, 24)
	history := func(reload bool) *Index {
		x := build(t, base[:1500])
		for id := uint64(0); id < 1500; id += 3 {
			if err := x.Delete(id); err != nil {
				t.Fatal(err)
			}
		}
		if reload {
			x = saveAndLoad(t, x, base)
		}
		r := rand.New(rand.NewPCG(1, 1))
		for _, i := range r.Perm(500) {
			if err := x.Add(uint64(1500+i), base[1500+i]); err != nil {
				t.Fatal(err)
			}
		}
		return x
	}
	first := history(false)
	if diff := cmp.Diff(first.TakeChanges(), history(false).TakeChanges()); diff != "" {
		t.Errorf("two runs differ: %s", diff)
	}
	if diff := cmp.Diff(first.encodeHeader(), history(true).encodeHeader()); diff != "" {
		t.Errorf("a run with a save and load differs: %s", diff)
	}
}

// saveAndLoad returns what Load makes of everything TakeChanges gave.
func saveAndLoad(t testing.TB, x *Index, base [][]float32) *Index {
	t.Helper()
	c := x.TakeChanges()
	saved := map[uint32][]byte{}
	for _, chunk := range c.Chunks {
		saved[chunk.No] = chunk.Data
	}
	x.cfg.Source = rows(base)
	again, err := Load(x.cfg, c.Header, func(no uint32) ([]byte, error) { return saved[no], nil })
	if err != nil {
		t.Fatal(err)
	}
	again.awaitIncoming()
	return again
}
