package index

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Ranks order nodes by score and then by slot, and give both back.
func TestRank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) scored {
			return scored{score: float32(rapid.IntRange(-8, 8).Draw(t, name)) / 8, slot: rapid.Uint32().Draw(t, name+" slot")}
		}
		a, b := draw("a"), draw("b")
		if got := rankOf(a.score, a.slot).scored(); got != a {
			t.Fatalf("%v became %v", a, got)
		}
		want := cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.slot, b.slot))
		if got := a.compare(b); got != want {
			t.Fatalf("%v and %v: %d, want %d", a, b, got, want)
		}
	})
}

// A heap hands out what a sort would.
func TestHeap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h heap
		var want []rank
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			r := rank(rapid.Uint64Range(0, 30).Draw(t, "rank"))
			switch what := rapid.IntRange(0, 3).Draw(t, "what"); {
			case what == 0 && len(h) > 0:
				if got := h.pop(); got != want[0] {
					t.Fatalf("popped %d, want %d", got, want[0])
				}
				want = want[1:]
			case what == 1 && len(h) > 0:
				h.replace(r)
				want[0] = r
			default:
				h.push(r)
				want = append(want, r)
			}
			slices.Sort(want)
		}
		for _, w := range want {
			if got := h.pop(); got != w {
				t.Fatalf("popped %d, want %d", got, w)
			}
		}
	})
}
