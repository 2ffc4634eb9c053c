package index

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"lookalike/internal/vectors"
)

// What links remember of who occludes them changes nothing: after any history,
// selecting anew from a list gives the same as when all of it is forgotten.
func TestOccludersAreRemembered(t *testing.T) {
	compared := 0
	rapid.Check(t, func(rt *rapid.T) {
		m := rapid.IntRange(2, 8).Draw(rt, "M")
		x, err := New(Config{Dim: 8, M: m, EfConstruction: 40, Seed: 1})
		if err != nil {
			rt.Fatal(err)
		}
		base, _ := vectors.Clustered.Make(rapid.Uint64().Draw(rt, "seed"), 250, 0, 8)
		r, next := rand.New(rand.NewPCG(1, 2)), uint64(0)
		var live []uint64
		for range rapid.IntRange(50, 250).Draw(rt, "operations") {
			if at := r.IntN(4); at == 0 && len(live) > 0 {
				at = r.IntN(len(live))
				if err := x.Delete(live[at]); err != nil {
					rt.Fatal(err)
				}
				live = slices.Delete(live, at, at+1)
				continue
			}
			if err := x.Add(next, base[next]); err != nil {
				rt.Fatal(err)
			}
			live, next = append(live, next), next+1
		}
		compared += compareForgotten(rt, x)
	})
	t.Logf("%d lists selected again", compared)
}

// compareForgotten selects each list of links anew, with and without what it
// remembers, for one link fewer than it has.
func compareForgotten(rt *rapid.T, x *Index) (lists int) {
	for slot := range uint32(x.slots) {
		for layer := range x.level(slot) + 1 {
			links := x.links(slot, layer, nil)
			ring, others := splitRing(links, layer)
			others = slices.Clone(others)
			slices.SortFunc(others, scored.compare)
			forgotten := slices.Clone(others)
			for i, l := range forgotten {
				if l.by != unknown && l.by != nobody && !linked(links, l.by-1) {
					rt.Fatalf("slot %d, layer %d: link to %d remembers slot %d, which is no link", slot, layer, l.slot, l.by-1)
				}
				forgotten[i].by = unknown
			}
			most := max(len(ring)+1, len(links)-1)
			got, want := x.selectNeighborsHeuristic(&selection{}, ring, others, most), x.selectNeighborsHeuristic(&selection{}, ring, forgotten, most)
			if !slices.EqualFunc(got, want, func(a, b scored) bool { return a.slot == b.slot }) {
				rt.Fatalf("slot %d, layer %d: %v, want %v", slot, layer, got, want)
			}
			lists++
		}
	}
	return lists
}
