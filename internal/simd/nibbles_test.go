package simd

import (
	"testing"

	"pgregory.net/rapid"
)

// Sums of whole numbers are exact: every level gives the same, and writes no more.
func TestDotNibblesOf(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			lines := make([]Nibbles, rapid.IntRange(1, 40).Draw(rt, "lines"))
			for i := range lines {
				for j, c := range randomCodes(uint64(i), len(lines[i])) {
					lines[i][j] = byte(c)
				}
			}
			query := NibbleQuery(randomCodes(rapid.Uint64().Draw(rt, "query"), 128))
			var at []*Nibbles
			for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(lines)-1), 0, 40).Draw(rt, "at") {
				at = append(at, &lines[i])
			}
			got, want := make([]int32, len(at)+1), make([]int32, len(at)+1)
			got[len(at)], want[len(at)] = 77, 77
			DotNibblesOf(got, &query, at)
			dotNibblesOfGeneric(want, &query, at)
			for i := range want {
				if got[i] != want[i] {
					rt.Fatalf("%d of %d: %d, want %d", i, len(at), got[i], want[i])
				}
			}
		})
	})
}

// The largest sums, of either sign, and the definition in other words.
func TestDotNibblesExtremes(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for _, q := range []int8{-128, -1, 0, 1, 127} {
			for low := range byte(16) {
				high := 15 - low
				var query NibbleQuery
				var line Nibbles
				for i := range query {
					query[i] = q
				}
				for i := range line {
					line[i] = low | high<<4
				}
				got := []int32{0}
				DotNibblesOf(got, &query, []*Nibbles{&line})
				if want := 64 * 15 * int32(q); got[0] != want {
					t.Errorf("%d and %d times %d: %d, want %d", low, high, q, got[0], want)
				}
			}
		}
	})
}

// To fetch is to read nothing: what lies beyond the end of a page does no harm.
func TestFetch(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		b := make([]byte, 1)
		for _, n := range []int{0, 1, 64, 65, 1 << 20} {
			Fetch(&b[0], n)
		}
		if b[0] != 0 {
			t.Error("a byte has changed")
		}
	})
}
