package simd

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"
)

// FuzzMul compares each level's product with the generic one for any shape,
// stride and bits of the operands, NaN and Inf among them.
func FuzzMul(f *testing.F) {
	f.Add(uint8(14), uint8(32), uint16(64), uint16(0), uint8(0), []byte("the shape of one whole tile"))
	f.Fuzz(func(t *testing.T, m, n uint8, k, pad uint16, flags uint8, bits []byte) {
		next := cycle(bits)
		// Below 1e15 no sum overflows on its way, whatever its order.
		number := func() float32 { return clampFinite(next(), 1e15) }
		p := newProduct(int(m%40)+1, int(n%80)+1, int(k%1000)+1, int(pad%1100), flags&1 != 0, flags&2 != 0, flags&4 != 0, number)
		force(t, &generic)
		want := p.run(t, 0)
		for _, level := range supported() {
			force(t, level)
			got := p.run(t, int(flags>>4))
			for i := range p.m {
				for j := range p.n {
					_, size := p.naive(i, j)
					if at := i*p.ldc + j; !same(got[at], want[at], float64(p.k+4)*0x1p-22*size+0x1p-120) {
						t.Fatalf("%s %+v: c[%d][%d] = %v, want %v", level.name, p.shape(), i, j, got[at], want[at])
					}
				}
			}
		}
	})
}

// FuzzRow compares each level's dot product, GELU, softmax and LayerNorm of a
// row of any bits with the generic ones.
func FuzzRow(f *testing.F) {
	f.Add([]byte("a row that is a little longer than two registers of sixteen floats, and then some"), float32(0.125))
	f.Fuzz(func(t *testing.T, bits []byte, scale float32) {
		x := make([]float32, min(len(bits)/4, 300))
		next := cycle(bits)
		for i := range x {
			x[i] = next()
		}
		for _, level := range supported() {
			compareGELU(t, level, x)
			compareSoftmax(t, level, clamped(x, 1e4), clampFinite(scale, 1))
			compareLayerNorm(t, level, clamped(x, 100))
			compareDot(t, level, clamped(x, 1e15))
		}
	})
}

func compareGELU(t *testing.T, level *kernels, x []float32) {
	got, want := slices.Clone(x), slices.Clone(x)
	level.gelu(got)
	geluGeneric(want)
	compare(t, level.name+" GELU", got, want, func(i int) float64 { return 1e-6 * max(1, math.Abs(float64(x[i]))) })
}

// compareSoftmax allows for scores of up to 1e4, whose rounding is 1e-3.
func compareSoftmax(t *testing.T, level *kernels, x []float32, scale float32) {
	got, want := slices.Clone(x), slices.Clone(x)
	level.softmax(got, scale)
	softmaxGeneric(want, scale)
	compare(t, level.name+" Softmax", got, want, func(int) float64 { return 5e-3 })
}

func compareLayerNorm(t *testing.T, level *kernels, x []float32) {
	got, want, ones := make([]float32, len(x)), make([]float32, len(x)), make([]float32, len(x))
	for i := range ones {
		ones[i] = 1
	}
	level.layerNorm(got, x, ones, ones, 1)
	layerNormGeneric(want, x, ones, ones, 1)
	compare(t, level.name+" LayerNorm", got, want, func(int) float64 { return 1e-3 })
}

func compareDot(t *testing.T, level *kernels, x []float32) {
	size := 0.0
	for _, v := range x {
		size += float64(v) * float64(v)
	}
	got, want := level.dot(x, x), dotGeneric(x, x)
	compare(t, level.name+" Dot", []float32{got}, []float32{want}, func(int) float64 { return 300*0x1p-23*size + 0x1p-120 })
}

func compare(t *testing.T, what string, got, want []float32, eps func(i int) float64) {
	t.Helper()
	for i := range want {
		if !same(got[i], want[i], eps(i)) {
			t.Fatalf("%s: %v at %d of %d, want %v", what, got[i], i, len(want), want[i])
		}
	}
}

// cycle returns a source of floats that goes round and round the bits.
func cycle(bits []byte) func() float32 {
	at := 0
	return func() float32 {
		if len(bits) < 4 {
			return 1
		}
		at = (at + 4) % (len(bits) - 3)
		return math.Float32frombits(binary.LittleEndian.Uint32(bits[at:]))
	}
}

// clampFinite limits a finite number to -limit..limit.
func clampFinite(v, limit float32) float32 {
	if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
		return v
	}
	return max(-limit, min(limit, v))
}

// clamped is a copy of x with its finite numbers limited.
func clamped(x []float32, limit float32) []float32 {
	c := make([]float32, len(x))
	for i, v := range x {
		c[i] = clampFinite(v, limit)
	}
	return c
}

// FuzzNarrow compares each level's products of narrow operands, of
// any shape and any finite bits, with what the operands stand for.
func FuzzNarrow(f *testing.F) {
	f.Add(uint8(14), uint8(32), uint16(64), uint8(1), []byte("the shape of one whole tile, and numbers of every size"))
	f.Fuzz(func(t *testing.T, m, n uint8, k uint16, flags uint8, bits []byte) {
		next := cycle(bits)
		number := func() float32 {
			if v := next(); v == v && v-v == 0 { // neither NaN nor Inf: those have a test of their own
				return clampFinite(v, 1e15)
			}
			return 1
		}
		for _, level := range supported() {
			force(t, level)
			for _, p := range []Precision{BFloat16, Float16, Int8} {
				if use.of(p) == use {
					o := newNarrow(p, int(m%40)+1, int(n%80)+1, int(k%1000)+1, number)
					add := flags&1 != 0
					o.check(t.Fatalf, o.run(t, int(flags>>4), int(flags>>4), add), add)
				}
			}
		}
	})
}
