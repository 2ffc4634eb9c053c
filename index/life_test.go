package index

import (
	"math/rand/v2"
	"os"
	"testing"

	"lookalike/internal/testutil"
	"lookalike/internal/vectors"
)

// TestSoakLife replaces a fifth of the vectors ten times over, in random order:
// recall stays within 0.01 of a fresh build, and nothing grows. With
// LOOKALIKE_SOAK it does so with 20,000 of 768.
func TestSoakLife(t *testing.T) {
	testutil.NotUnderRace(t)
	n, dim, queries := 1500, 48, 100
	if os.Getenv("LOOKALIKE_SOAK") != "" {
		n, dim, queries = 20000, 768, 300
	}
	const rounds = 10
	base, query := vectors.Hard.Make(13, n+rounds*n/5, queries, dim)
	x := buildAll(t, base[:n])
	live := make([]uint64, n)
	for i := range live {
		live[i] = uint64(i)
	}
	r := rand.New(rand.NewPCG(13, 0))
	knots, chunks := x.knots.used, len(x.TakeChanges().Chunks)
	for round := range rounds {
		next := n + round*n/5
		r.Shuffle(n, func(i, j int) { live[i], live[j] = live[j], live[i] })
		for _, id := range live[:n/5] {
			if err := x.Delete(id); err != nil {
				t.Fatal(err)
			}
		}
		if err := x.AddAll(items(base[next:next+n/5], next)); err != nil {
			t.Fatal(err)
		}
		for i := range live[:n/5] {
			live[i] = uint64(next + i)
		}
		if got := len(x.TakeChanges().Chunks); got > chunks {
			t.Errorf("round %d: %d chunks, %d at first", round, got, chunks)
		}
	}
	var kept [][]float32
	for _, id := range live {
		kept = append(kept, base[id])
	}
	// At ef=16 there is something to lose.
	fresh, now := recall(t, buildAll(t, kept), query, 10, 16), recall(t, x, query, 10, 16)
	t.Logf("%d x %d: recall@10 at ef=16 %.4f, of a fresh build %.4f; %d of %d slots free, %d knots, %d at first",
		n, dim, now, fresh, len(x.free), x.slots, x.knots.used, knots)
	if !(now >= fresh-0.01) || x.slots != n || x.knots.used > 2*knots {
		t.Error("it has decayed or grown")
	}
	if err := x.Check(); err != nil {
		t.Error(err)
	}
}
