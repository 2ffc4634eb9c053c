package simd

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// narrowOperands is a product of bfloat16 or int8 operands, and what they
// stand for: the kernels must compute that exactly, up to rounding of the sums.
type narrowOperands struct {
	precision  Precision
	m, n, k    int
	a          Rows
	matrix     Matrix
	av, wv     []float32 // values of a (m, k) and of w (n, k)
	bias, base []float32 // base (m, n) is what dst holds before
}

func newNarrow(p Precision, m, n, k int, number func() float32) *narrowOperands {
	fill := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = number()
		}
		return x
	}
	o := &narrowOperands{precision: p, m: m, n: n, k: k, bias: fill(n), base: fill(m * n)}
	x, w := fill(m*k), fill(n*k)
	if p == Float16 { // beyond 65504 it has no numbers: 2*float16Words products of these stay below
		x, w = clamped(x, 15), clamped(w, 15)
	}
	o.a.Reset(p, m, k)
	for i := range m {
		o.a.Set(i, x[i*k:])
	}
	o.av = values(&o.a)
	o.matrix.Pack(p, w, n, k, k)
	o.wv = weightValues(p, w, n, k)
	return o
}

// values are what the rows stand for.
func values(r *Rows) []float32 {
	x := make([]float32, r.M*r.K)
	for i := range r.M {
		r.Get(x[i*r.K:], i)
	}
	return x
}

// weightValues are what w (n, k) is rounded to.
func weightValues(p Precision, w []float32, n, k int) []float32 {
	if p.half() {
		var r Rows
		r.Reset(p, n, k)
		for j := range n {
			r.Set(j, w[j*k:])
		}
		return values(&r)
	}
	out, codes := make([]float32, n*k), make([]uint8, k)
	for j := range n {
		scale, _ := quantizeWeights(codes, w[j*k:(j+1)*k], use.top)
		for l, q := range codes {
			out[j*k+l] = scale * float32(int8(q))
		}
	}
	return out
}

// want is element (i, j) in float64 and the size of what was added up.
func (o *narrowOperands) want(i, j int, add bool) (sum, size float64) {
	for l := range o.k {
		v := float64(o.av[i*o.k+l]) * float64(o.wv[j*o.k+l])
		sum, size = sum+v, size+math.Abs(v)
	}
	if o.precision == Int8 { // it adds up codes, of which the offset is taken off at the end
		size += math.Abs(float64(o.a.affine[2*i])*255+math.Abs(float64(o.a.affine[2*i+1]))) * float64(o.k) * float64(o.matrix.scale[j]) * 127
	}
	sum, size = sum+float64(o.bias[j]), size+math.Abs(float64(o.bias[j]))
	if add {
		sum, size = sum+float64(o.base[i*o.n+j]), size+math.Abs(float64(o.base[i*o.n+j]))
	}
	return sum, size
}

// run computes the product between guard words, into rows of pad floats more.
func (o *narrowOperands) run(t *testing.T, pad, offset int, add bool) Rows {
	t.Helper()
	stride := o.n + pad
	c := guard(make([]float32, (o.m-1)*stride+o.n), offset)
	dst := Of(c.x, o.m, o.n, stride)
	for i := range o.m {
		copy(dst.Row(i), o.base[i*o.n:(i+1)*o.n])
	}
	var s Scratch
	if add {
		o.matrix.MulAdd(&dst, &o.a, o.bias, &s)
	} else {
		o.matrix.Mul(&dst, &o.a, o.bias, &s)
	}
	c.check(t)
	return dst
}

func (o *narrowOperands) check(fail func(string, ...any), got Rows, add bool) {
	for i := range o.m {
		for j, v := range got.Row(i) {
			want, size := o.want(i, j, add)
			if !(math.Abs(float64(v)-want) <= float64(o.k+8)*0x1p-24*size+0x1p-110+o.sums16(size)) {
				fail("%v %d x %d x %d: c[%d][%d] = %v, want %v", o.precision, o.m, o.n, o.k, i, j, v, want)
				return
			}
		}
	}
}

// sums16 is how far the sums of Float16 may be off: each step rounds what is
// added up so far, by 2^-11 of it or, if it is tiny, by half of the least number.
func (o *narrowOperands) sums16(size float64) float64 {
	if o.precision != Float16 {
		return 0
	}
	return float64(min(o.matrix.k, float16Words)+2)*0x1p-11*size + float64(o.k+8)*0x1p-25
}

// eachNarrow runs test at every level that has a precision's instructions, and
// at the generic one.
func eachNarrow(t *testing.T, test func(t *testing.T, p Precision)) {
	eachLevel(t, func(t *testing.T) {
		for _, p := range []Precision{BFloat16, Float16, Int8} {
			if use.of(p) == use {
				t.Run(p.String(), func(t *testing.T) { test(t, p) })
			}
		}
	})
}

func TestNarrowShapes(t *testing.T) {
	eachNarrow(t, func(t *testing.T, p Precision) {
		number := normal(21)
		for m := 1; m <= 2*min(use.rows, 14)+2; m++ {
			for _, n := range []int{1, 4, 5, 15, 16, 17, 31, 32, 33, 71} {
				for _, depth := range []int{1, 2, 3, 4, 5, 17} {
					o := newNarrow(p, m, n, depth, number)
					o.check(t.Fatalf, o.run(t, m%3*5, (m+n)%16, m%2 == 0), m%2 == 0)
				}
			}
		}
	})
}

// Depths around one and several passes, where the second must not bring the
// bias, nor an int8 row's offset, again.
func TestNarrowPasses(t *testing.T) {
	eachNarrow(t, func(t *testing.T, p Precision) {
		for _, words := range []int{767, 768, 769, 1537} {
			for _, add := range []bool{false, true} {
				o := newNarrow(p, 3, 35, words*p.group()-1, normal(uint64(words)))
				o.check(t.Fatalf, o.run(t, 1, 3, add), add)
			}
		}
	})
}

func TestNarrowProperty(t *testing.T) {
	eachNarrow(t, func(t *testing.T, p Precision) {
		rapid.Check(t, func(rt *rapid.T) {
			dim := rapid.IntRange(1, 70)
			m, n, k := dim.Draw(rt, "m"), dim.Draw(rt, "n"), dim.Draw(rt, "k")
			scale, r := math.Exp2(float64(rapid.IntRange(-20, 20).Draw(rt, "scale"))), newRand(rapid.Uint64().Draw(rt, "seed"))
			o := newNarrow(p, m, n, k, func() float32 { return float32(r.NormFloat64() * scale) })
			add := rapid.Bool().Draw(rt, "add")
			o.check(rt.Fatalf, o.run(t, 0, 0, add), add)
		})
	})
}

// Whole numbers add up exactly: every level gives the same bits, with the
// largest codes of either sign, too. 16-bit sums would overflow here.
func TestInt8IsExact(t *testing.T) {
	const m, n, k = 15, 33, 300
	eachNarrow(t, func(t *testing.T, p Precision) {
		if p != Int8 {
			return
		}
		for _, extreme := range []bool{true, false} {
			r := newRand(5)
			w := make([]float32, n*k)
			for i := range w {
				w[i] = float32(r.IntN(2*int(use.top)+1)) - use.top
				if extreme || i%k == 0 {
					w[i] = []float32{-use.top, use.top}[i/k%2] // so that the scale is 1
				}
			}
			var matrix Matrix
			matrix.Pack(Int8, w, n, k, k)
			var a Rows
			a.Reset(Int8, m, k)
			for i := range m {
				a.affine[2*i], a.affine[2*i+1] = 1, 0
				for l := range k {
					quarters(a.words[i*a.stride:])[l] = 255
					if !extreme {
						quarters(a.words[i*a.stride:])[l] = uint8(r.IntN(256))
					}
				}
			}
			dst := Of(make([]float32, m*n), m, n, n)
			matrix.Mul(&dst, &a, nil, new(Scratch))
			for i := range m {
				for j, got := range dst.Row(i) {
					want := 0
					for l, q := range quarters(a.words[i*a.stride:])[:k] {
						want += int(q) * int(w[j*k+l])
					}
					if got != float32(want) {
						t.Fatalf("extreme %v: c[%d][%d] = %v, want %d", extreme, i, j, got, want)
					}
				}
			}
		}
	})
}

// What a product leaves in bfloat16, and behind GELU, is what it leaves in
// float32, rounded.
func TestMulInto(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for _, p := range []Precision{Float32, BFloat16, Float16, Int8} {
			for _, into := range []Precision{Float32, BFloat16, Float16} {
				for _, gelu := range []bool{false, true} {
					for _, n := range []int{32, 64, 70, 6} {
						t.Run(fmt.Sprintf("%v-%v-%v-%d", p, into, gelu, n), func(t *testing.T) { mulInto(t, p, into, gelu, n) })
					}
				}
			}
		}
	})
}

func mulInto(t *testing.T, p, into Precision, gelu bool, n int) {
	const m, k = 29, 48
	var a, want, dst Rows
	var s Scratch
	var matrix Matrix
	number := normal(3)
	w, x := make([]float32, n*k), make([]float32, k)
	for i := range w {
		w[i] = number()
	}
	matrix.Pack(p, w, n, k, k)
	a.Reset(p, m, k)
	for i := range m {
		for l := range x {
			x[l] = number()
		}
		a.Set(i, x)
	}
	want.Reset(Float32, m, n)
	matrix.Mul(&want, &a, nil, &s)
	dst.Reset(into, m, n+2)
	for i := range m {
		dst.Set(i, make([]float32, n+2))
	}
	columns := dst.Columns(2, n) // what lies before stays as it was
	if gelu {
		matrix.MulGELU(&columns, &a, nil, &s)
	} else {
		matrix.Mul(&columns, &a, nil, &s)
	}
	got := values(&dst)
	for i := range m {
		row := want.Row(i)
		if gelu {
			GELU(row)
		}
		for j := range n + 2 {
			v, eps := float32(0), 0.0
			if j >= 2 {
				v = row[j-2]
				if into.half() {
					eps = 0x1p-8 * math.Abs(float64(v))
				}
				if gelu {
					eps += 1e-6 // another row of lanes, another rounding
				}
			}
			if !same(got[i*(n+2)+j], v, eps) {
				t.Fatalf("[%d][%d] = %v, want %v", i, j, got[i*(n+2)+j], v)
			}
		}
	}
}

// Packed rows and packed columns are the same matrix as packed weights.
func TestPackRowsAndColumns(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			dim := rapid.IntRange(1, 80)
			n, k := dim.Draw(rt, "n"), dim.Draw(rt, "k")
			p := rapid.SampledFrom([]Precision{Float32, BFloat16, Float16}).Draw(rt, "precision")
			w := normals(newRand(rapid.Uint64().Draw(rt, "seed")), n*k)
			var weights, rows, columns Matrix
			var r, c Rows
			weights.Pack(p, w, n, k, k)
			r.Reset(p, n, k)
			c.Reset(p, k, n)
			for j := range n {
				r.Set(j, w[j*k:])
			}
			for l := range k {
				column := make([]float32, n)
				for j := range column {
					column[j] = w[j*k+l]
				}
				c.Set(l, column)
			}
			rows.PackRows(&r)
			columns.PackColumns(&c)
			for i, want := range weights.panels {
				if rows.panels[i] != want || columns.panels[i] != want {
					rt.Fatalf("word %d: rows %#x, columns %#x, want %#x", i, rows.panels[i], columns.panels[i], want)
				}
			}
		})
	})
}

// A NaN or Inf in a row reaches that row of the result and no other.
func TestNarrowSpecialValues(t *testing.T) {
	eachNarrow(t, func(t *testing.T, p Precision) {
		for _, bad := range []float32{nan32, inf32, -inf32} {
			const m, n, k = 20, 37, 70
			o := newNarrow(p, m, n, k, func() float32 { return 1 })
			row := make([]float32, k)
			for l := range row {
				row[l] = 1
			}
			row[k-1] = bad
			o.a.Set(13, row)
			got := o.run(t, 0, 0, false)
			for i := range m {
				for j, v := range got.Row(i) {
					if i == 13 && !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) || i != 13 && !same(v, k+1, 0.01) {
						t.Fatalf("%v: c[%d][%d] = %v", bad, i, j, v)
					}
				}
			}
		}
	})
}
