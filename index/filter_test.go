package index

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"lookalike/internal/simd"
	"lookalike/internal/testutil"
	"lookalike/internal/vectors"
)

// somePass chooses a share of n ids: at random, or those whose vectors are
// nearest to, or farthest from, one of them.
func somePass(kind string, base [][]float32, share float64) func(id uint64) bool {
	r := rand.New(rand.NewPCG(4, 4))
	order := make([]uint64, len(base))
	score := make([]float32, len(base))
	for i := range base {
		order[i] = uint64(i)
		switch kind {
		case "near":
			score[i] = -simd.Dot(base[7], base[i])
		case "far":
			score[i] = simd.Dot(base[7], base[i])
		default:
			score[i] = r.Float32()
		}
	}
	slices.SortFunc(order, func(a, b uint64) int { return scored{score: -score[a]}.compare(scored{score: -score[b]}) })
	pass := map[uint64]bool{}
	for _, id := range order[:int(share*float64(len(base)))] {
		pass[id] = true
	}
	return func(id uint64) bool { return pass[id] }
}

// keptRecall is the share of the exact 10 nearest that pass which a search finds;
// it refuses results that do not pass.
func keptRecall(t *testing.T, x *Index, query [][]float32, keep func(uint64) bool, search func(q []float32) []Result) float64 {
	t.Helper()
	hits, total := 0, 0
	for _, q := range query {
		exact, err := x.Exact(q, 10, keep)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range search(q) {
			if !keep(r.ID) {
				t.Fatalf("%d does not pass", r.ID)
			}
			if slices.Contains(exact, r) {
				hits++
			}
		}
		total += len(exact)
	}
	return float64(hits) / float64(total)
}

// kept is what the tests of filters search: 6,000 vectors, indexed once.
func kept(t *testing.T) (x *Index, base, query [][]float32) {
	t.Helper()
	keptOnce.Do(func() { keptBase, keptQuery = vectors.Hard.Make(2, 6000, 50, 64); keptIndex = build(t, keptBase) })
	return keptIndex, keptBase, keptQuery
}

var (
	keptOnce            sync.Once
	keptIndex           *Index
	keptBase, keptQuery [][]float32
)

// TestFilterRecall: whatever passes, and however much, prepared or not.
func TestFilterRecall(t *testing.T) {
	testutil.NotUnderRace(t)
	x, base, query := kept(t)
	for _, kind := range []string{"random", "near", "far"} {
		for _, share := range []float64{0.001, 0.01, 0.1, 0.5, 0.95} {
			keep := somePass(kind, base, share)
			f := x.Filter(keep)
			for what, search := range map[string]func(q []float32) ([]Result, error){
				"prepared": func(q []float32) ([]Result, error) { return x.SearchIn(q, 10, 64, f) },
				"asked":    func(q []float32) ([]Result, error) { return x.Search(q, 10, 64, keep) },
			} {
				r := keptRecall(t, x, query, keep, func(q []float32) []Result {
					found, err := search(q)
					if err != nil {
						t.Fatal(err)
					}
					return found
				})
				if t.Logf("%s %.3f %s: recall@10 %.4f", kind, share, what, r); !(r >= 0.97) {
					t.Errorf("%s %.3f %s: recall@10 %.4f is under 0.97", kind, share, what, r)
				}
			}
		}
	}
}

// TestKeptWalk walks where a search of so few would compare all that pass.
func TestKeptWalk(t *testing.T) {
	testutil.NotUnderRace(t)
	x, base, query := kept(t)
	s := x.searchers.New().(*searcher)
	for _, kind := range []string{"random", "near", "far"} {
		for _, share := range []float64{0.3, 0.5, 0.7} {
			keep, walked := somePass(kind, base, share), 0
			f := x.Filter(keep)
			r := keptRecall(t, x, query, keep, func(q []float32) []Result {
				aim := s.aim(x, q)
				if !x.keptWalk(s, aim, 64, f) {
					return nil
				}
				walked++
				found, err := x.exactly(s, aim, 10, keep)
				if err != nil {
					t.Fatal(err)
				}
				return found
			})
			t.Logf("%s %.1f: %d of %d walks came to an end, recall@10 %.4f of these", kind, share, walked, len(query), r*float64(len(query))/float64(walked))
			if walked*10 < len(query)*7 || !(r*float64(len(query))/float64(walked) >= 0.95) {
				t.Errorf("%s %.1f: too few", kind, share)
			}
		}
	}
}

// TestFilterOutdated: what has changed since a filter was prepared may be missed,
// but never makes a wrong answer.
func TestFilterOutdated(t *testing.T) {
	testutil.NotUnderRace(t)
	base, query := vectors.Clustered.Make(2, 3000, 20, 32)
	x := build(t, base[:2000])
	odd := func(id uint64) bool { return id%2 == 1 }
	f := x.Filter(odd)
	for i := range 1000 {
		if err := errors.Join(x.Delete(uint64(i)), x.Add(uint64(2000+i), base[2000+i])); err != nil {
			t.Fatal(err)
		}
	}
	for i, v := range base[:500] {
		if err := x.Add(uint64(5000+i), v); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range query {
		found, err := x.SearchIn(q, 10, 64, f)
		if err != nil || len(found) != 10 {
			t.Fatalf("%d found, %v", len(found), err)
		}
		for _, r := range found {
			if !odd(r.ID) || !x.Contains(r.ID) {
				t.Errorf("%d was found", r.ID)
			}
		}
	}
	if _, err := x.SearchIn(query[0][1:], 10, 64, f); !errors.Is(err, ErrVector) {
		t.Errorf("a short vector: %v", err)
	}
	if found, err := x.SearchIn(query[0], 0, 64, f); err != nil || found != nil {
		t.Errorf("k 0: %v, %v", found, err)
	}
	elsewhere, _ := build(t, base[:10]).SearchIn(query[0], 10, 64, f)
	other, _ := x.SearchIn(query[0], 10, 64, build(t, base[:10]).Filter(odd))
	if here, _ := x.SearchIn(query[0], 10, 64, x.Filter(odd)); len(elsewhere) != 5 || !slices.Equal(here, other) {
		t.Errorf("another index's filter: %v, %v", elsewhere, other)
	}
	none := x.Filter(func(uint64) bool { return false })
	if found, err := x.SearchIn(query[0], 10, 64, none); err != nil || len(found) != 0 {
		t.Errorf("nothing passes: %v, %v", found, err)
	}
}
