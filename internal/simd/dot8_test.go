package simd

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// guardCodes is guard for bytes; the guard words would change every sum.
func guardCodes(x []int8, offset int) []int8 {
	all := make([]int8, offset+len(x)+128)
	for i := range all {
		all[i] = 127
	}
	inside := all[offset+64 : offset+64+len(x) : offset+64+len(x)]
	copy(inside, x)
	return inside
}

func randomCodes(seed uint64, n int) []int8 {
	r, x := newRand(seed), make([]int8, n)
	for i := range x {
		x[i] = int8(r.IntN(256) - 128)
	}
	return x
}

// Sums of whole numbers are exact: every level gives the same, for every byte
// there is, at every offset.
func TestDotCodes(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for n := 0; n <= 1024; n += CodeLine {
			for offset := range 16 {
				a, b := guardCodes(randomCodes(1, n), offset), guardCodes(randomCodes(2, n), 15-offset)
				if got, want := DotCodes(a, b), dotCodesGeneric(a, b); got != want {
					t.Fatalf("%d at offset %d: %d, want %d", n, offset, got, want)
				}
			}
		}
		for _, v := range []int8{-128, -127, 127} { // the largest sums
			a, b := make([]int8, 1<<16), make([]int8, 1<<16)
			for i := range a {
				a[i], b[i] = v, -128
			}
			if got, want := DotCodes(a, b), int32(v)*-128*(1<<16); got != want {
				t.Errorf("%d times %d*-128: %d, want %d", 1<<16, v, got, want)
			}
		}
	})
}

func TestDotCodesOf(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			n := CodeLine * rapid.IntRange(1, 13).Draw(rt, "lines")
			vectors := rapid.IntRange(1, 40).Draw(rt, "vectors")
			codes := guardCodes(randomCodes(uint64(n), n*vectors), rapid.IntRange(0, 15).Draw(rt, "offset"))
			query := randomCodes(uint64(vectors), n)
			slots := rapid.SliceOfN(rapid.Uint32Range(0, uint32(vectors-1)), 0, 40).Draw(rt, "slots")
			got := make([]int32, len(slots)+1)
			got[len(slots)] = 77
			at := make([]*int8, len(slots))
			for i, slot := range slots {
				at[i] = &codes[int(slot)*n]
			}
			DotCodesOf(got, query, at)
			for i, slot := range slots {
				if want := dotCodesGeneric(query, codes[int(slot)*n:][:n]); got[i] != want {
					rt.Fatalf("slot %d: %d, want %d", slot, got[i], want)
				}
			}
			if got[len(slots)] != 77 {
				rt.Fatal("one more was written")
			}
		})
	})
}

func TestDotCodesOperands(t *testing.T) {
	line := make([]int8, CodeLine)
	for name, call := range map[string]func(){
		"half a line":     func() { DotCodes(line[:32], line) },
		"b too short":     func() { DotCodes(line, line[:32:32]) },
		"half a query":    func() { DotCodesOf(make([]int32, 1), line[:32], []*int8{&line[0]}) },
		"dst too short":   func() { DotCodesOf(nil, line, []*int8{&line[0]}) },
		"longer than sum": func() { DotCodes(make([]int8, 1<<17), make([]int8, 1<<17)) },
	} {
		if !panics(call) {
			t.Errorf("%s: no panic", name)
		}
	}
}

// A code is within half a step of what it stands for, and the largest is ±127.
func TestEncode(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for n := 1; n < 200; n += 7 {
			x := normals(newRand(uint64(n)), n)
			dst := randomCodes(3, (n+CodeLine-1)/CodeLine*CodeLine)
			scale := Encode(dst, x)
			for i, q := range dst {
				v := float32(0)
				if i < n {
					v = x[i]
				}
				if !same(float32(q)*scale, v, 0.501*float64(scale)) || i >= n && q != 0 {
					t.Fatalf("%d of %d: %v became %d, scale %v", i, n, v, q, scale)
				}
			}
			if slices.Max(dst) != 127 && slices.Min(dst) != -127 {
				t.Errorf("%d: codes from %d to %d", n, slices.Min(dst), slices.Max(dst))
			}
		}
	})
}

func TestEncodeSpecialValues(t *testing.T) {
	for name, x := range map[string][]float32{"nothing": nil, "zeros": {0, 0}, "NaN": {1, nan32}, "Inf": {inf32, 1}, "-Inf": {-inf32}, "the largest": {1, -math.MaxFloat32}} {
		dst := randomCodes(4, CodeLine)
		if scale := Encode(dst, x); scale != 0 || slices.Max(dst) != 0 || slices.Min(dst) != 0 {
			t.Errorf("%s: scale %v, codes %v", name, scale, dst)
		}
	}
	dst := make([]int8, CodeLine)
	if scale := Encode(dst, []float32{1e38, -1e38}); dst[0] != 127 || dst[1] != -127 || math.IsInf(float64(scale), 0) {
		t.Errorf("large ones: %d, %d, scale %v", dst[0], dst[1], scale)
	}
}

func BenchmarkDotCodes(b *testing.B) {
	const n, vectors = 768, 50_000
	query, codes := randomCodes(1, n), randomCodes(2, n*vectors)
	r := newRand(3)
	at := make([]*int8, 32)
	dst := make([]int32, len(at))
	for _, k := range supported() {
		b.Run("hot/"+k.name, func(b *testing.B) {
			for b.Loop() {
				k.dotCodes(query, codes[:n])
			}
		})
		b.Run("random32/"+k.name, func(b *testing.B) {
			for b.Loop() {
				for i := range at {
					at[i] = &codes[n*r.IntN(vectors)]
				}
				k.dotCodesOf(dst, query, at)
			}
		})
	}
}
