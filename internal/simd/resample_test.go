package simd

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// guardByte stands around the slices of these tests.
const guardByte = 0xa5

// guardBytes returns n guard bytes at an odd place, more of them behind it, and
// a function that tells whether those around it still stand.
func guardBytes(n, offset int) (x []byte, whole func() bool) {
	const margin = 64
	all := bytes.Repeat([]byte{guardByte}, margin+offset+n+margin)
	from := margin + offset
	return all[from : from+n], func() bool {
		return bytes.Count(all[:from], []byte{guardByte}) == from && bytes.Count(all[from+n:], []byte{guardByte}) == margin
	}
}

func randomBytes(r *rand.Rand, n int) []byte {
	x := make([]byte, n)
	for i := range x {
		x[i] = byte(r.Uint32())
	}
	return x
}

// randomWeight is one of a filter's, or of any size: those make sums overflow.
func randomWeight(r *rand.Rand) int32 {
	switch r.IntN(8) {
	case 0:
		return []int32{math.MinInt32, math.MaxInt32, 1 << 15, -1 << 15, 1<<15 - 1, 1 << 16, -1, 1 << WeightBits}[r.IntN(8)]
	case 1:
		return int32(r.Uint32())
	}
	return int32(r.IntN(3<<WeightBits/4) - 1<<WeightBits/4)
}

// randomSpans returns n spans over a row of width pixels, up to longest long.
func randomSpans(r *rand.Rand, n, width, longest int) []Span {
	spans := make([]Span, n)
	for i := range spans {
		length := 1 + r.IntN(min(longest, width))
		spans[i] = Span{r.IntN(width - length + 1), make([]int32, length)}
		for j := range spans[i].Weights {
			spans[i].Weights[j] = randomWeight(r)
		}
	}
	return spans
}

// checkHorizontal compares every pixel of a resize with the generic kernel's,
// and checks that the other bytes of dst are left alone.
func checkHorizontal(t testing.TB, spans []Span, src []byte, width, rows, pad, offset int) {
	t.Helper()
	var taps Taps
	taps.Pack(spans)
	used := 3 * len(spans)
	stride, want := used+1+pad, make([]byte, used)
	dst, whole := guardBytes(stride*(rows-1)+used+1, offset)
	taps.Horizontal(dst, stride, src, width, rows)
	for y := range rows {
		horizontalGeneric(want, 0, src[3*width*y:], 0, &taps)
		row := dst[stride*y:]
		if !bytes.Equal(row[:used], want) {
			t.Fatalf("row %d of %d, %d pixels to %d, spans of %d blocks: %v, want %v", y, rows, width, len(spans), taps.blocks, row[:used], want)
		}
		if y < rows-1 && bytes.Count(row[used+1:stride], []byte{guardByte}) != pad {
			t.Fatalf("row %d of %d: the bytes between rows are %v", y, rows, row[used+1:stride])
		}
	}
	if !whole() {
		t.Fatalf("%d rows of %d pixels: written around dst", rows, len(spans))
	}
}

func TestHorizontalAgainstGeneric(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := newRand(11)
		for _, width := range []int{1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 36, 61} {
			for rows := 1; rows <= 19; rows++ {
				for _, longest := range []int{1, 2, 4, 5, 8, 9, 37} {
					n, offset := 1+r.IntN(30), r.IntN(maxOffset+1)
					src, whole := guardBytes(3*width*rows, offset)
					copy(src, randomBytes(r, len(src)))
					checkHorizontal(t, randomSpans(r, n, width, longest), src, width, rows, r.IntN(9), offset)
					if !whole() {
						t.Fatal("written around src")
					}
				}
			}
		}
	})
}

// A span of a whole wide row: its sums overflow many times over.
func TestHorizontalWide(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := newRand(12)
		for _, width := range []int{9999, 10000, 10001} {
			spans := randomSpans(r, 3, width, width)
			spans = append(spans, Span{0, make([]int32, width)})
			for j := range spans[3].Weights {
				spans[3].Weights[j] = int32(r.Uint32())
			}
			checkHorizontal(t, spans, randomBytes(r, 3*width*9), width, 9, 0, 0)
		}
	})
}

// What lies behind the rows may be read, and must not show.
func TestHorizontalOfTheFirstRows(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := newRand(13)
		const width, rows = 21, 40
		src, spans := randomBytes(r, 3*width*rows), randomSpans(r, 10, width, width)
		for n := 1; n < rows; n++ {
			checkHorizontal(t, spans, src, width, n, 0, 0)
		}
	})
}

func TestTapsAreUsedAgain(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := newRand(14)
		var taps Taps
		for range 200 {
			width, rows := 1+r.IntN(50), 1+r.IntN(12)
			spans := randomSpans(r, 1+r.IntN(20), width, width)
			src, stride := randomBytes(r, 3*width*rows), 3*len(spans)+1
			got, want := make([]byte, stride*rows), make([]byte, stride*rows)
			taps.Pack(spans)
			taps.Horizontal(got, stride, src, width, rows)
			var fresh Taps
			fresh.Pack(spans)
			fresh.Horizontal(want, stride, src, width, rows)
			for y := range rows {
				if !bytes.Equal(got[stride*y:][:stride-1], want[stride*y:][:stride-1]) {
					t.Fatalf("row %d differs after other work", y)
				}
			}
		}
	})
}

func TestHorizontalRefuses(t *testing.T) {
	spans := []Span{{0, []int32{1, 2}}, {1, []int32{3, 4}}} // 3 pixels to 2
	for name, run := range map[string]func(taps *Taps){
		"a negative start":   func(taps *Taps) { taps.Pack([]Span{{-1, []int32{1}}}) },
		"a span too long":    func(taps *Taps) { taps.Horizontal(make([]byte, 99), 7, make([]byte, 99), 2, 1) },
		"rows that overlap":  func(taps *Taps) { taps.Horizontal(make([]byte, 99), 6, make([]byte, 99), 3, 1) },
		"a source too short": func(taps *Taps) { taps.Horizontal(make([]byte, 99), 7, make([]byte, 26), 3, 3) },
		"no room in dst":     func(taps *Taps) { taps.Horizontal(make([]byte, 20), 7, make([]byte, 99), 3, 3) },
	} {
		eachLevel(t, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Errorf("%s is taken", name)
				}
			}()
			var taps Taps
			taps.Pack(spans)
			run(&taps)
		})
	}
}

func TestNothingToResize(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		var taps Taps
		taps.Pack([]Span{{0, []int32{1}}})
		taps.Horizontal(nil, 4, nil, 1, 0)
		taps.Pack(nil)
		taps.Horizontal(nil, 1, nil, 1, 0)
		taps.Horizontal(make([]byte, 3), 1, make([]byte, 9), 1, 3)
		Vertical(nil, nil, 1, []int32{1})
		dst := bytes.Repeat([]byte{9}, 70)
		Vertical(dst, nil, 70, nil)
		if !bytes.Equal(dst, make([]byte, 70)) {
			t.Errorf("the sum of no rows is %v", dst)
		}
	})
}

// The words of a weight make it up again, whatever it is.
func TestPackWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.Int32(), 1, 13).Draw(t, "weights")
		words := make([]uint16, (len(weights)+3)/4*8)
		packWords(words, weights)
		for j, w := range weights {
			high, low := int16(words[j/4*8+j%4]), int16(words[j/4*8+j%4+4])
			if int32(high)<<16+int32(low) != w {
				t.Fatalf("weight %d is packed as %d, %d", w, high, low)
			}
		}
	})
}

// checkVertical compares with the generic kernel.
func checkVertical(t testing.TB, rows []byte, stride int, weights []int32, n, offset int) {
	t.Helper()
	want := make([]byte, n)
	verticalGeneric(want, rows, stride, weights)
	got, whole := guardBytes(n, offset)
	Vertical(got, rows, stride, weights)
	if !bytes.Equal(got, want) || !whole() {
		t.Fatalf("%d columns of %d rows %d apart, guards whole %v: %v, want %v", n, len(weights), stride, whole(), got, want)
	}
}

func TestVerticalAgainstGeneric(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := newRand(15)
		eachShape(func(n, offset int) {
			for _, count := range []int{1, 2, 3, 36} {
				weights, stride := make([]int32, count), n+r.IntN(5)
				for j := range weights {
					weights[j] = randomWeight(r)
				}
				rows, _ := guardBytes(stride*(count-1)+n, maxOffset-offset)
				copy(rows, randomBytes(r, len(rows)))
				checkVertical(t, rows, stride, weights, n, offset)
			}
		})
	})
}

// Both passes in numbers that can be worked out by hand.
func TestResizeRoundsAndClamps(t *testing.T) {
	const one = 1 << WeightBits
	tests := []struct {
		name    string
		pixels  []byte
		weights []int32
		want    byte
	}{
		{"the pixel itself", []byte{0, 77, 0}, []int32{0, one, 0}, 77},
		{"half rounds up", []byte{2, 3}, []int32{one / 2, one / 2}, 3},
		{"just below half", []byte{2, 3}, []int32{one / 2, one/2 - 1}, 2},
		{"above white", []byte{255, 255}, []int32{one, one / 2}, 255},
		{"below black", []byte{255, 100}, []int32{-one, one}, 0},
		{"a lobe on each side", []byte{255, 100, 255}, []int32{-one / 8, 5 * one / 4, -one / 8}, 61},
		{"wraps around", []byte{255, 255, 255}, []int32{one, one, one}, 0},
	}
	eachLevel(t, func(t *testing.T) {
		for _, test := range tests {
			var taps Taps
			taps.Pack([]Span{{0, test.weights}})
			var src, rows, down []byte
			for _, v := range test.pixels {
				src = append(src, v, v, v)
				rows = append(rows, bytes.Repeat([]byte{v}, 40)...)
			}
			across := make([]byte, 4)
			taps.Horizontal(across, 4, src, len(test.pixels), 1)
			down = make([]byte, 40)
			Vertical(down, rows, 40, test.weights)
			for _, got := range append(across[:3], down...) {
				if got != test.want {
					t.Errorf("%s: %v and %v, want %d", test.name, across[:3], down, test.want)
					break
				}
			}
		}
	})
}

func TestResizeDoesNotAllocate(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		const width, rows = 200, 21
		spans, src := randomSpans(newRand(16), 40, width, 30), make([]byte, 3*width*rows)
		dst, out := make([]byte, 121*rows), make([]byte, 120)
		var taps Taps
		if n := testing.AllocsPerRun(5, func() {
			taps.Pack(spans)
			taps.Horizontal(dst, 121, src, width, rows)
			Vertical(out, dst, 121, spans[0].Weights[:1])
		}); n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
}
