package index

import (
	"slices"
	"testing"

	"lookalike/internal/simd"
	"lookalike/internal/testutil"
	"lookalike/internal/vectors"
)

// TestBursts: of bursts larger than efConstruction, added one after the other
// and thinned by a third, every vector is found by itself, and the neighbours
// within its burst are.
func TestBursts(t *testing.T) {
	testutil.NotUnderRace(t)
	for _, dim := range []int{32, 192} {
		for _, spread := range []float64{0.01, 0.001, 0.0001} {
			if (testing.Short() || testutil.Race) && (dim > 32 || spread != 0.001) {
				continue
			}
			base, query := vectors.Bursts(3, 20, 250, 10, dim, spread)
			x := build(t, base)
			checkBursts(t, x, base, query, dim, spread)
			for i := 1; i < len(base); i += 3 {
				if err := x.Delete(uint64(i)); err != nil {
					t.Fatal(err)
				}
			}
			checkBursts(t, x, base, query, dim, spread)
		}
	}
}

// checkBursts allows one vector in 500 to be missed, and prints how many are.
func checkBursts(t *testing.T, x *Index, base, query [][]float32, dim int, spread float64) {
	t.Helper()
	if err := x.Check(); err != nil {
		t.Fatal(err)
	}
	missed := missedSelf(t, x, base)
	r := recall(t, x, query, 10, 64)
	t.Logf("dim %d, spread %g, %d ids: %d not found by themselves, recall@10 %.4f", dim, spread, x.Len(), missed, r)
	if missed > x.Len()/500 || !(r >= 0.98) {
		t.Errorf("dim %d, spread %g: more than %d missed or recall@10 under 0.98", dim, spread, x.Len()/500)
	}
}

// missedSelf counts the ids that a search for their own vector does not find
// among the ten best, where no more than ten are as good.
func missedSelf(t *testing.T, x *Index, base [][]float32) (missed int) {
	t.Helper()
	for i, v := range base {
		if !x.Contains(uint64(i)) {
			continue
		}
		found, err := x.Search(v, 10, 64, nil)
		if err != nil {
			t.Fatal(err)
		}
		self := simd.Dot(v, v)
		is := func(r Result) bool { return r.ID == uint64(i) || r.Score > self }
		if !slices.ContainsFunc(found, is) && found[len(found)-1].Score < self {
			missed++
		}
	}
	return missed
}

func TestOnePoint(t *testing.T) {
	for _, c := range []struct {
		between, seen float32
		want          bool
	}{
		{0.9999, 0.5, true},      // a burst from afar
		{0.9999, 0.9999, false},  // from within
		{0.99, 0.85, false},      // 15 times as far, squared
		{0.99, 0.83, true},       // 17 times
		{1.0000001, 0.99, true},  // rounded beyond 1
		{1, 1, false},            // no distance at all
		{0.5, 1.0000001, false},  // the query is at the very place
		{-1, -1, false},          // as far as can be
		{0.999999, 0.999, true},  // bursts within bursts
		{0.999, 0.999999, false}, // and from the inner one
	} {
		if got := onePoint(c.between, c.seen); got != c.want {
			t.Errorf("onePoint(%g, %g) = %v", c.between, c.seen, got)
		}
	}
}

func TestStandIn(t *testing.T) {
	burst := []scored{{score: 0.2, slot: 9}, {score: 0.9991, slot: 4}, {score: 0.9999, slot: 7}, {score: 0.9995, slot: 5}}
	for _, c := range []struct {
		what  string
		links []scored
		seen  float32
		slot  uint32
		ok    bool
	}{
		{"the nearest of the burst", []scored{{score: 0.3, slot: 1}}, 0.1, 7, true},
		{"a link outside the burst changes nothing", []scored{{score: 0.3, slot: 9}}, 0.1, 7, true},
		{"a link into the burst is left", []scored{{score: 0.1, slot: 5}}, 0.1, 0, false},
		{"seen from within", nil, 0.9992, 0, false},
		{"seen from so near that one is the same point", nil, 0.998, 7, true},
	} {
		if slot, ok := standIn(c.links, burst, c.seen); slot != c.slot || ok != c.ok {
			t.Errorf("%s: slot %d, %v", c.what, slot, ok)
		}
	}
}

// TestBurstLinks: in a graph of two bursts larger than efConstruction, far from
// each other, nodes of both lead out and the walk for one comes from the other.
func TestBurstLinks(t *testing.T) {
	testutil.NotUnderRace(t)
	base, _ := vectors.Bursts(5, 2, 600, 0, 24, 0.0001)
	x := build(t, base)
	lead := [2]int{}
	for slot := range uint32(x.slots) {
		for _, to := range x.list(slot, 0).slots() {
			if slot/600 != to/600 {
				lead[slot/600]++
			}
		}
	}
	if lead[0] < 10 || lead[1] < 10 {
		t.Errorf("%d links lead out of one burst, %d out of the other", lead[0], lead[1])
	}
	for start := uint32(0); start < 1200; start += 7 {
		s := &searcher{}
		q := s.aim(x, base[1199-start])
		x.searchLayer(s, q, []scored{{score: x.score(start, 1199-start), slot: start}}, 64, 0, nil)
		if !slices.ContainsFunc(s.found, func(f rank) bool { return f.slot() == 1199-start }) {
			t.Errorf("from slot %d the walk does not find slot %d", start, 1199-start)
		}
	}
}
