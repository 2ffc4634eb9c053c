package simd

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// randomLines returns n lines of random bytes.
func randomLines(seed uint64, n int) []Nibbles {
	r, lines := newRand(seed), make([]Nibbles, n)
	for i := range lines {
		for j := range lines[i] {
			lines[i][j] = byte(r.Uint32())
		}
	}
	return lines
}

// Sums of whole numbers are exact: every level gives the same, and writes no more.
func TestDotNibblesOf(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			each := rapid.IntRange(1, 13).Draw(rt, "lines of each")
			vectors := rapid.IntRange(1, 40).Draw(rt, "vectors")
			lines := randomLines(rapid.Uint64().Draw(rt, "lines"), each*vectors)
			query := randomCodes(rapid.Uint64().Draw(rt, "query"), each*NibbleLine)
			var at []*Nibbles
			for _, i := range rapid.SliceOfN(rapid.IntRange(0, vectors-1), 0, 40).Draw(rt, "at") {
				at = append(at, &lines[i*each])
			}
			got, want := make([]int32, len(at)+1), make([]int32, len(at)+1)
			got[len(at)], want[len(at)] = 77, 77
			DotNibblesOf(got, query, at)
			dotNibblesOfGeneric(want, query, at)
			for i := range want {
				if got[i] != want[i] {
					rt.Fatalf("%d of %d: %d, want %d", i, len(at), got[i], want[i])
				}
			}
		})
	})
}

// The largest sums, of either sign, and the definition in other words; 512 lines are
// the most there can be.
func TestDotNibblesExtremes(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for _, n := range []int{1, 2, 3, 6, 512} {
			query, lines := make([]int8, n*NibbleLine), make([]Nibbles, n)
			for _, q := range []int8{-128, -1, 0, 1, 127} {
				for i := range query {
					query[i] = q
				}
				for _, b := range []byte{0, 0x0f, 0xf0, 0x5a, 0xff} {
					fill(lines, b)
					at := []*Nibbles{&lines[0], &lines[0], &lines[0], &lines[0], &lines[0]} // four at once and one
					got := make([]int32, len(at))
					DotNibblesOf(got, query, at)
					for i := range got {
						if want := int32(64*n) * int32(b&15+b>>4) * int32(q); got[i] != want {
							t.Errorf("%d lines of %#x times %d: %d, want %d", n, b, q, got[i], want)
						}
					}
				}
			}
		}
	})
}

func fill(lines []Nibbles, b byte) {
	for i := range lines {
		for j := range lines[i] {
			lines[i][j] = b
		}
	}
}

// The last 4 bytes of the first two lines are anything and do not count.
func TestDotSplit(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			n := rapid.IntRange(2, 14).Draw(rt, "lines")
			a := randomLines(rapid.Uint64().Draw(rt, "a"), n)
			b := randomLines(rapid.Uint64().Draw(rt, "b"), n)
			along, across := DotSplit(&a[0], &b[0], a[1:], b[1:])
			if wantAlong, wantAcross := dotSplitGeneric(&a[0], &b[0], a[1:], b[1:]); along != wantAlong || across != wantAcross {
				rt.Fatalf("%d lines: %d and %d, want %d and %d", n, along, across, wantAlong, wantAcross)
			}
			for _, v := range [][]Nibbles{a[:2], b[:2]} {
				for i := range v {
					copy(v[i][SplitCodes/2:], rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(rt, "what else is there"))
				}
			}
			if again, _ := DotSplit(&a[0], &b[0], a[1:], b[1:]); again != along {
				rt.Fatalf("%d lines: %d, and %d with other bytes that do not count", n, along, again)
			}
		})
	})
}

// The largest sums, of either sign. Where all bytes are the same, two codes, c, are all
// there are in the first two lines, and two others, d, in the lines behind.
func TestDotSplitExtremes(t *testing.T) {
	type halves struct{ c, d [2]int32 } // low, high
	of := func(b byte) halves {
		low, high := int32(b&15), int32(b>>4)
		return halves{[2]int32{17*low - 128, 17*high - 128}, [2]int32{low - 8, high - 8}}
	}
	eachLevel(t, func(t *testing.T) {
		for _, n := range []int{2, 3, 8, 512} {
			a, b := make([]Nibbles, n), make([]Nibbles, n)
			for _, x := range []byte{0, 0x0f, 0xf0, 0x80, 0xff} {
				for _, y := range []byte{0, 0x0f, 0xf0, 0x08, 0xff} {
					fill(a, x)
					fill(b, y)
					p, q := of(x), of(y)
					wantAlong := SplitCodes / 2 * (p.c[0]*q.c[0] + p.c[1]*q.c[1])
					wantAcross := int32(64*(n-2)) * (p.d[0]*q.d[0] + p.d[1]*q.d[1])
					if along, across := DotSplit(&a[0], &b[0], a[1:], b[1:]); along != wantAlong || across != wantAcross {
						t.Errorf("%d lines of %#x and %#x: %d and %d, want %d and %d", n, x, y, along, across, wantAlong, wantAcross)
					}
				}
			}
		}
	})
}

func TestNibblesOperands(t *testing.T) {
	lines := make([]Nibbles, 1<<9+1)
	at, one := []*Nibbles{&lines[0]}, make([]int32, 1)
	for name, call := range map[string]func(){
		"no query":              func() { DotNibblesOf(one, nil, at) },
		"half a query":          func() { DotNibblesOf(one, make([]int8, 64), at) },
		"a line and a half":     func() { DotNibblesOf(one, make([]int8, 192), at) },
		"query longer than sum": func() { DotNibblesOf(one, make([]int8, 1<<16+NibbleLine), at) },
		"dst too short":         func() { DotNibblesOf(nil, make([]int8, NibbleLine), at) },
		"one line split":        func() { DotSplit(&lines[0], &lines[0], nil, nil) },
		"more lines in a":       func() { DotSplit(&lines[0], &lines[0], lines[:3], lines[:2]) },
		"more lines in b":       func() { DotSplit(&lines[0], &lines[0], lines[:2], lines[:3]) },
		"split longer than sum": func() { DotSplit(&lines[0], &lines[0], lines, lines) },
	} {
		if !panics(call) {
			t.Errorf("%s: no panic", name)
		}
	}
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

// BenchmarkDotNibblesOf reads vectors of one line, as many as a walk compares at once, and
// the further lines of the few that are left, at random out of 50,000.
func BenchmarkDotNibblesOf(b *testing.B) {
	const stored, calls = 50_000, 1 << 10
	for _, shape := range []struct{ lines, vectors int }{{1, 24}, {6, 8}} {
		query, codes := randomCodes(1, shape.lines*NibbleLine), randomLines(2, shape.lines*stored)
		r, at, dst := newRand(3), make([]*Nibbles, shape.vectors*calls), make([]int32, shape.vectors)
		for i := range at {
			at[i] = &codes[shape.lines*r.IntN(stored)]
		}
		for _, k := range supported() {
			b.Run(fmt.Sprintf("lines=%d/%s", shape.lines, k.name), func(b *testing.B) {
				call := 0
				for b.Loop() {
					k.dotNibblesOf(dst, query, at[call%calls*shape.vectors:][:shape.vectors])
					call++
				}
				b.ReportMetric(float64(b.Elapsed())/float64(b.N*shape.vectors), "ns/vector")
			})
		}
	}
}

// BenchmarkDotSplit compares random pairs of 50,000 nodes.
func BenchmarkDotSplit(b *testing.B) {
	const lines, stored, pairs = 8, 50_000, 1 << 14
	nodes := randomLines(1, lines*stored)
	r, at := newRand(2), make([][]Nibbles, 2*pairs)
	for i := range at {
		at[i] = nodes[lines*r.IntN(stored):][:lines]
	}
	for _, k := range supported() {
		b.Run(k.name, func(b *testing.B) {
			pair := 0
			for b.Loop() {
				x, y := at[2*(pair%pairs)], at[2*(pair%pairs)+1]
				k.dotSplit(&x[0], &y[0], x[1:], y[1:])
				pair++
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N), "ns/vector")
		})
	}
}
