package simd

import (
	"math"
	"testing"
)

// TestFromFloat16 compares all 65,536 halves with the format's formula.
func TestFromFloat16(t *testing.T) {
	for h := range 1 << 16 {
		sign, exponent, fraction := 1-2*float64(h>>15), h>>10&31, float64(h&0x3ff)
		want := sign * math.Ldexp(1+fraction/1024, exponent-15)
		switch {
		case exponent == 0:
			want = sign * math.Ldexp(fraction/1024, -14)
		case exponent == 31 && fraction == 0:
			want = math.Inf(int(sign))
		case exponent == 31:
			want = math.NaN()
		}
		got := float64(FromFloat16(uint16(h)))
		if got != want && !(math.IsNaN(got) && math.IsNaN(want)) || math.Signbit(got) != (h>>15 == 1) {
			t.Fatalf("FromFloat16(%#04x) = %g, want %g", h, got, want)
		}
	}
}

// Every half comes back as it was; its neighbours' middle goes to the even one,
// and what lies beside the middle to the nearer.
func TestFloat16(t *testing.T) {
	for h := range uint16(0x7c00) {
		v, next := float64(FromFloat16(h)), float64(FromFloat16(h+1))
		if h == 0x7bff {
			next = 65536 // the middle to Inf, 65520, goes there
		}
		middle, even := (v+next)/2, h+h&1
		for _, test := range []struct {
			v    float64
			want uint16
		}{{v, h}, {middle, even}, {math.Nextafter(middle, 0), h}, {math.Nextafter(middle, next), h + 1}} {
			for _, sign := range []float64{1, -1} {
				want := test.want
				if sign < 0 {
					want |= 0x8000
				}
				if got := float16(math.Copysign(test.v, sign)); got != want {
					t.Fatalf("float16(%g) = %#04x, want %#04x", math.Copysign(test.v, sign), got, want)
				}
			}
		}
	}
	for v, want := range map[float64]uint16{math.Inf(1): 0x7c00, math.Inf(-1): 0xfc00, 1e300: 0x7c00, 1e-300: 0, 1: 0x3c00, -2: 0xc000} {
		if got := float16(v); got != want {
			t.Errorf("float16(%g) = %#04x, want %#04x", v, got, want)
		}
	}
	if h := float16(math.NaN()); h&0x7c00 != 0x7c00 || h&0x3ff == 0 {
		t.Errorf("float16(NaN) = %#04x, which is none", h)
	}
}

// What the kernels narrow and widen has the bits of the generic ones.
func TestFloat16Rows(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for _, n := range []int{0, 1, 7, 15, 16, 17, 33, 100} {
			halves, wide, want := make([]uint16, n), make([]float32, n), make([]float32, n)
			for first := 0; first < 0x10000; first += max(n, 4096) {
				for i := range halves {
					halves[i] = uint16(first + i)
				}
				use.widenFloat16(wide, halves)
				widenFloat16Generic(want, halves)
				for i := range wide {
					if !same(wide[i], want[i], 0) {
						t.Fatalf("%#04x widens to %v, want %v", halves[i], wide[i], want[i])
					}
				}
				checkNarrow(t, wide)
			}
			checkNarrow(t, normals(newRand(uint64(n)), n))
		}
		checkNarrow(t, []float32{65519.996, 65520, -1e9, 0x1p-25, 0x1.000002p-25, 0x1p-26, nan32, inf32, -inf32, 0x1p-149, -0x1p-14, 0x1.ffcp-15})
	})
}

// checkNarrow compares two rows of x, with room between and behind them.
func checkNarrow(t *testing.T, x []float32) {
	t.Helper()
	n := len(x)
	const room, mark = 3, 0xbeef
	got, want := make([]uint16, 2*(n+room)), make([]uint16, 2*(n+room))
	for i := range got {
		got[i], want[i] = mark, mark
	}
	src := append(append([]float32{}, x...), x...)
	use.narrowFloat16(got, n+room, src, n, 2, n)
	narrowFloat16Generic(want, n+room, src, n, 2, n)
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("row of %d: [%d] = %#04x, want %#04x of %v", n, i, got[i], want[i], src[min(i, len(src)-1)])
		}
	}
}

// The generic kernel rounds as the CPU does: both give the same bits, for
// numbers that cancel, overflow or lose all but their last bits.
func TestFloat16IsExact(t *testing.T) {
	eachNarrow(t, func(t *testing.T, p Precision) {
		if p != Float16 {
			return
		}
		for scale := -14; scale <= 8; scale += 2 {
			for _, k := range []int{1, 2, 3, 31, 255, 256, 257, 600} {
				compareFloat16(t, use, 15, 33, k, normals(newRand(uint64(100+scale)), 48*k), math.Exp2(float64(scale)))
			}
		}
	})
}

// compareFloat16 compares a level's product with the generic one, bit by bit.
func compareFloat16(t *testing.T, level *kernels, m, n, k int, x []float32, scale float64) {
	t.Helper()
	product := func(k1 *kernels) Rows {
		before := use
		defer func() { use = before }()
		use = k1
		var a, c Rows
		var w Matrix
		a.Reset(Float16, m, k)
		row := make([]float32, k)
		for i := range m {
			for l := range row {
				row[l] = x[(i*k+l)%len(x)] * float32(scale)
			}
			a.Set(i, row)
		}
		w.Pack(Float16, x[len(x)-n*k:], n, k, k)
		c.Reset(Float32, m, n)
		w.Mul(&c, &a, nil, new(Scratch))
		return c
	}
	got, want := product(level), product(&generic)
	for i := range m {
		for j, v := range want.Row(i) {
			if !same(got.Row(i)[j], v, 0) {
				t.Fatalf("%s %dx%dx%d, scale %g: c[%d][%d] = %v, want %v", level.name, m, n, k, scale, i, j, got.Row(i)[j], v)
			}
		}
	}
}
