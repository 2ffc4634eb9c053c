package index

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestKnots: lists in one pool hold what was pushed and not removed, and the pool
// does not grow by what comes and goes.
func TestKnots(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var k knots
		var first [3]uint32
		var want [3][]uint32
		most := 0
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			l := rapid.IntRange(0, 2).Draw(t, "list")
			slot := rapid.Uint32Range(0, 40).Draw(t, "slot")
			if at := slices.Index(want[l], slot); at >= 0 {
				k.remove(&first[l], slot)
				want[l] = slices.Delete(want[l], at, at+1)
			} else {
				k.push(&first[l], slot)
				want[l] = append(want[l], slot)
			}
			now := 0
			for l := range want {
				got := k.each(first[l], nil)
				slices.Sort(got)
				slices.Sort(want[l])
				if !slices.Equal(got, want[l]) {
					t.Fatalf("list %d holds %v, want %v", l, got, want[l])
				}
				now += (len(want[l]) + 6) / 7
			}
			if most = max(most, now); int(k.used) > most {
				t.Fatalf("%d knots were used where %d were enough", k.used, most)
			}
		}
	})
}
