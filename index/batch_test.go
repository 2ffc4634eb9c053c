package index

import (
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lookalike/internal/testutil"
	"lookalike/internal/vectors"
)

// items gives vectors their positions for ids, from first on.
func items(base [][]float32, first int) []Item {
	out := make([]Item, len(base))
	for i, v := range base {
		out[i] = Item{ID: uint64(first + i), Vector: v}
	}
	return out
}

// buildAll is build, with AddAll.
func buildAll(t testing.TB, base [][]float32) *Index {
	t.Helper()
	x, err := New(Config{Dim: len(base[0]), Seed: 1})
	if err == nil {
		err = x.AddAll(items(base, 0))
	}
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// The number of cores changes nothing, and batches find what single adds find,
// also in bursts that are larger than a batch.
func TestAddAll(t *testing.T) {
	n := 2000
	if testutil.Race {
		n = 800
	}
	hard, hardQuery := vectors.Hard.Make(3, n, 60, 48)
	bursts, burstQuery := vectors.Bursts(3, 4, 250, 10, 32, 0.001)
	for name, set := range map[string][2][][]float32{"hard": {hard, hardQuery}, "bursts": {bursts, burstQuery}} {
		before := runtime.GOMAXPROCS(1)
		one := buildAll(t, set[0])
		runtime.GOMAXPROCS(4)
		four := buildAll(t, set[0])
		runtime.GOMAXPROCS(before)
		if err := four.Check(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(one.TakeChanges(), four.TakeChanges()); diff != "" {
			t.Errorf("%s: one core and four differ: %s", name, diff)
		}
		single := recall(t, build(t, set[0]), set[1], 10, 32)
		together := recall(t, four, set[1], 10, 32)
		t.Logf("%s: recall@10 at ef=32 %.4f one by one, %.4f in batches", name, single, together)
		if !(together >= single-0.01) {
			t.Errorf("%s: batches cost recall", name)
		}
		if missed := missedSelf(t, four, set[0]); missed > len(set[0])/500 {
			t.Errorf("%s: %d of %d are not found by themselves", name, missed, len(set[0]))
		}
	}
}

// Batches of any size, with copies and between deletes, leave a sound index with
// exactly what was added.
func TestAddAllHistories(t *testing.T) {
	pool, _ := vectors.Clustered.Make(5, 400, 1, 16)
	for i := 0; i < len(pool); i += 3 {
		pool[i] = pool[i/2]
	}
	rapid.Check(t, func(t *rapid.T) {
		m := model{}
		x, err := New(Config{Dim: 16, M: rapid.IntRange(2, 6).Draw(t, "M"), EfConstruction: 20, Seed: 1, Source: m})
		if err != nil {
			t.Fatal(err)
		}
		next := uint64(0)
		for range rapid.IntRange(1, 6).Draw(t, "rounds") {
			var batch []Item
			for range rapid.IntRange(0, 150).Draw(t, "items") {
				it := Item{next, rapid.SampledFrom(pool).Draw(t, "vector")}
				m[it.ID], next, batch = it.Vector, next+1, append(batch, it)
			}
			if err := x.AddAll(batch); err != nil {
				t.Fatal(err)
			}
			for id := range m {
				if id%3 == 0 {
					if err := x.Delete(id); err != nil {
						t.Fatal(err)
					}
					delete(m, id)
				}
			}
			if err := x.Check(); err != nil || x.Len() != len(m) {
				t.Fatalf("%d ids of %d: %v", x.Len(), len(m), err)
			}
		}
	})
}

// A bad item stops a batch, and those before it are in.
func TestAddAllErrors(t *testing.T) {
	base, _ := vectors.Clustered.Make(5, 200, 1, 16)
	for what, c := range map[string]struct {
		bad  Item
		want error
	}{
		"an id that is there":   {Item{3, base[150]}, ErrExists},
		"an id of this batch":   {Item{120, base[150]}, ErrExists},
		"a vector that is none": {Item{900, make([]float32, 16)}, ErrVector},
	} {
		x := buildAll(t, base[:100])
		batch := slices.Insert(items(base[100:], 100), 40, c.bad)
		if err := x.AddAll(batch); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", what, err)
		}
		if err := x.Check(); err != nil || x.Len() != 140 {
			t.Errorf("%s: %d ids, %v", what, x.Len(), err)
		}
	}
}

// Searches go on beside batches, and find what was there before.
func TestSearchBesideAddAll(t *testing.T) {
	base, query := vectors.Clustered.Make(6, 1800, 20, 16)
	x := buildAll(t, base[:1500])
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				if found, err := x.Search(query[i%len(query)], 5, 20, nil); err != nil || len(found) != 5 {
					t.Errorf("%d results: %v", len(found), err)
					return
				}
			}
		})
	}
	err := x.AddAll(items(base[1500:], 1500))
	close(done)
	readers.Wait()
	if err := errors.Join(err, x.Check()); err != nil {
		t.Error(err)
	}
}
