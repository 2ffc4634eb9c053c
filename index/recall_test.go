package index

import (
	"testing"

	"lookalike/internal/simd"
	"lookalike/internal/testutil"
	"lookalike/internal/vectors"
)

// build adds base vectors under their positions.
func build(t testing.TB, base [][]float32) *Index {
	t.Helper()
	x, err := New(Config{Dim: len(base[0]), Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range base {
		if err := x.Add(uint64(i), v); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

// rows are the source of an index of which ids are positions.
type rows [][]float32

func (r rows) Vector(id uint64, _ []float32) ([]float32, error) {
	if id >= uint64(len(r)) {
		return nil, ErrNotFound
	}
	return r[id], nil
}

// recall is the share of the exact k nearest that the graph finds. Copies have
// equal scores, so a result counts when it scores as high as the k-th best.
func recall(t testing.TB, x *Index, queries [][]float32, k, ef int) float64 {
	t.Helper()
	hits := 0
	for _, q := range queries {
		exact, err := x.Exact(q, k, nil)
		if err != nil {
			t.Fatal(err)
		}
		found, err := x.Search(q, k, ef, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if f.Score >= exact[len(exact)-1].Score {
				hits++
			}
		}
	}
	return float64(hits) / float64(k*len(queries))
}

// n and queries are the size that the floors are for.
const n, queries = 20000, 300

func skipLarge(t *testing.T) {
	t.Helper()
	if testing.Short() || testutil.Race {
		t.Skip("skipped: 20,000 vectors are for the run without -short and -race (make test-kernels)")
	}
}

func TestRecall(t *testing.T) {
	skipLarge(t)
	base, query := vectors.Hard.Make(11, n, queries, 768)
	x := build(t, base)
	checkRecall(t, x, query, "hard", 0.98)
	checkKeptWalk(t, x, base, query)
	for i := 0; i < n; i += 10 { // 30%, in no order that the graph knows
		for _, j := range []int{i, i + 3, i + 7} {
			if err := x.Delete(uint64(j)); err != nil {
				t.Fatal(err)
			}
		}
	}
	checkRecall(t, x, query, "hard, 30% deleted", 0.97)
}

func TestRecallCopies(t *testing.T) {
	skipLarge(t)
	base, query := vectors.Copies.Make(11, n, queries, 768)
	checkRecall(t, build(t, base), query, "30% copies", 0.97)
}

// checkRecall holds recall@10 at ef=64 over a floor and prints it.
func checkRecall(t *testing.T, x *Index, query [][]float32, what string, floor float64) {
	t.Helper()
	r := recall(t, x, query, 10, 64)
	t.Logf("%s, %d ids: recall@10 %.4f at ef=64 (kernel %s)", what, x.Len(), r, simd.Level())
	if !(r >= floor) {
		t.Errorf("%s: recall@10 %.4f is under %.2f", what, r, floor)
	}
	if err := x.Check(); err != nil {
		t.Error(err)
	}
}

// checkKeptWalk holds walks among a part of the nodes over a floor, also where it is
// what is nearest to one place or farthest from it.
func checkKeptWalk(t *testing.T, x *Index, base, query [][]float32) {
	t.Helper()
	s := x.searchers.New().(*searcher)
	for _, kind := range []string{"random", "near", "far"} {
		keep := somePass(kind, base, 0.4)
		f := x.Filter(keep)
		r := keptRecall(t, x, query[:100], keep, func(q []float32) []Result {
			aim := s.aim(x, q)
			if !x.keptWalk(s, aim, 64, f) {
				return nil
			}
			found, err := x.exactly(s, aim, 10, keep)
			if err != nil {
				t.Fatal(err)
			}
			return found
		})
		if t.Logf("%s 40%%: recall@10 %.4f of walks at ef=64", kind, r); !(r >= 0.97) {
			t.Errorf("%s 40%%: recall@10 %.4f of walks is under 0.97", kind, r)
		}
	}
}
