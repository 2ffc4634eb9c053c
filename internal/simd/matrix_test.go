package simd

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"pgregory.net/rapid"
)

// product is one call of Mul or MulAdd with everything it reads.
type operands struct {
	m, n, k              int
	lda, ldc             int
	rowStride, colStride int
	a, w, bias, c        []float32 // bias may be nil
	add                  bool
}

// newProduct makes an (m, k) x (k, n) product with rows padded by pad floats,
// its numbers drawn by number; transposed stores w as (k, n).
func newProduct(m, n, k, pad int, transposed, withBias, add bool, number func() float32) *operands {
	p := &operands{m: m, n: n, k: k, lda: k + pad, ldc: n + pad, rowStride: k + pad, colStride: 1, add: add}
	if transposed {
		p.rowStride, p.colStride = 1, n+pad
	}
	fill := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = number()
		}
		return x
	}
	p.a = fill((m-1)*p.lda + k)
	p.w = fill((n-1)*p.rowStride + (k-1)*p.colStride + 1)
	p.c = fill((m-1)*p.ldc + n)
	if withBias {
		p.bias = fill(n)
	}
	return p
}

// run computes the product with the kernels in use, between guard words.
func (p *operands) run(t *testing.T, offset int) []float32 {
	t.Helper()
	var matrix Matrix
	var scratch Scratch
	w, a, c := guard(p.w, offset), guard(p.a, offset), guard(p.c, offset)
	bias := p.bias
	if bias != nil {
		bias = guard(bias, offset).x
	}
	p.pack(&matrix, w.x)
	dst, rows := Of(c.x, p.m, p.n, p.ldc), Of(a.x, p.m, p.k, p.lda)
	if p.add {
		matrix.MulAdd(&dst, &rows, bias, &scratch)
	} else {
		matrix.Mul(&dst, &rows, bias, &scratch)
	}
	c.check(t)
	return c.x
}

// pack packs w, which is transposed where its rows are not consecutive.
func (p *operands) pack(matrix *Matrix, w []float32) {
	if p.colStride == 1 {
		matrix.Pack(Float32, w, p.n, p.k, p.rowStride)
		return
	}
	columns := Of(w, p.k, p.n, p.colStride)
	matrix.PackColumns(&columns)
}

// mul is run without guard words, with a matrix that is packed already.
func (p *operands) mul(matrix *Matrix, c []float32, bias []float32, s *Scratch) {
	dst, rows := Of(c, p.m, p.n, p.ldc), Of(p.a, p.m, p.k, p.lda)
	matrix.Mul(&dst, &rows, bias, s)
}

// naive returns element (i, j) in float64 and the sum of the magnitudes that
// were added up, which bounds the rounding error.
func (p *operands) naive(i, j int) (sum, size float64) {
	add := func(v float64) { sum, size = sum+v, size+math.Abs(v) }
	for l := range p.k {
		add(float64(p.a[i*p.lda+l]) * float64(p.w[j*p.rowStride+l*p.colStride]))
	}
	if p.bias != nil {
		add(float64(p.bias[j]))
	}
	if p.add {
		add(float64(p.c[i*p.ldc+j]))
	}
	return sum, size
}

// check compares got with the naive product, and what lies between the rows
// of c with what was there before.
func (p *operands) check(t *testing.T, got []float32) {
	t.Helper()
	for at, v := range got {
		i, j := at/p.ldc, at%p.ldc
		if j >= p.n {
			if v != p.c[at] {
				t.Fatalf("%+v: c[%d] beyond column n was written", p.shape(), at)
			}
			continue
		}
		// The classical bound: every addition rounds by at most 2^-24 of the size.
		want, size := p.naive(i, j)
		if !(math.Abs(float64(v)-want) <= float64(p.k+4)*0x1p-24*size) {
			t.Fatalf("%+v: c[%d][%d] = %v, want %v", p.shape(), i, j, v, want)
		}
	}
}

// shape is the product without its numbers, for messages.
func (p *operands) shape() operands {
	s := *p
	s.a, s.w, s.c, s.bias = nil, nil, nil, nil
	return s
}

func normal(seed uint64) func() float32 {
	r := newRand(seed)
	return func() float32 { return float32(r.NormFloat64()) }
}

// Every number of rows up to two tiles and more, against columns that fill
// panels, miss them by one, and are a single one.
func TestMulShapes(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		number := normal(1)
		for m := 1; m <= 2*min(use.rows, 14)+2; m++ {
			for _, n := range []int{1, 3, 4, 5, 15, 16, 17, 31, 32, 33, 64, 71} {
				for _, depth := range []int{1, 2, 17} {
					p := newProduct(m, n, depth, m%3*5, (m+n)%2 == 0, n%3 > 0, m%2 == 0, number)
					p.check(t, p.run(t, (m+n)%16))
				}
			}
		}
	})
}

// Depths around one and several passes.
func TestMulPasses(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for _, depth := range []int{767, 768, 769, 1024, 1536, 1537, 3072} {
			for _, pad := range []int{0, 1, 1024 - depth%1024, 2048 - depth%1024} {
				for _, add := range []bool{false, true} {
					p := newProduct(3, 35, depth, pad, false, true, add, normal(uint64(depth)))
					p.check(t, p.run(t, pad%16))
				}
			}
		}
	})
}

// The two products of attention, with their strides: tokens 197, head 64, qkv
// in one buffer of 3*768.
func TestMulAttention(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		const tokens, head, dim = 197, 64, 768
		scores := newProduct(tokens, tokens, head, 3*dim-head, false, false, false, normal(2))
		scores.ldc, scores.c = tokens, scores.c[:tokens*tokens]
		scores.check(t, scores.run(t, 0))
		mixed := newProduct(tokens, head, tokens, 0, true, false, false, normal(3))
		mixed.check(t, mixed.run(t, 0))
	})
}

// Whole numbers add up exactly in any order: every kernel gives the same bits.
func TestMulOfWholeNumbersIsExact(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rapid.Check(t, func(t2 *rapid.T) {
			dim := rapid.IntRange(1, 70)
			m, n, depth := dim.Draw(t2, "m"), dim.Draw(t2, "n"), dim.Draw(t2, "k")
			pad := rapid.IntRange(0, 20).Draw(t2, "pad")
			flag := rapid.Bool()
			r := newRand(rapid.Uint64().Draw(t2, "seed"))
			p := newProduct(m, n, depth, pad, flag.Draw(t2, "transposed"), flag.Draw(t2, "bias"), flag.Draw(t2, "add"),
				func() float32 { return float32(r.IntN(201) - 100) })
			got := p.run(t, pad%16)
			for i := range m {
				for j := range n {
					if want, _ := p.naive(i, j); got[i*p.ldc+j] != float32(want) {
						t2.Fatalf("%+v: c[%d][%d] = %v, want %v", p.shape(), i, j, got[i*p.ldc+j], want)
					}
				}
			}
		})
	})
}

// blas32 from gonum is the second opinion on what a matrix product is.
func TestMulAgainstGonum(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		p := newProduct(50, 96, 768, 0, false, false, true, normal(4))
		want := append([]float32(nil), p.c...)
		blas32.Gemm(blas.NoTrans, blas.Trans, 1,
			blas32.General{Rows: p.m, Cols: p.k, Stride: p.lda, Data: p.a},
			blas32.General{Rows: p.n, Cols: p.k, Stride: p.k, Data: p.w}, 1,
			blas32.General{Rows: p.m, Cols: p.n, Stride: p.ldc, Data: want})
		for i, v := range p.run(t, 0) {
			if !same(v, want[i], 5e-4) {
				t.Fatalf("c[%d] = %v, gonum has %v", i, v, want[i])
			}
		}
	})
}

// A NaN or Inf reaches the row or column it belongs to, and no other.
func TestMulSpecialValues(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		one := func() float32 { return 1 }
		for _, bad := range []float32{nan32, inf32, -inf32} {
			for _, n := range []int{32, 37} {
				p := newProduct(20, n, 800, 0, false, true, true, one)
				p.a[13*p.lda+799] = bad
				p.w[(n-1)*p.rowStride] = bad
				p.c[0], p.bias[2] = bad, bad
				got := p.run(t, 0)
				for i := range p.m {
					for j := range n {
						want := float32(802)
						if i == 13 || j == n-1 || i+j == 0 || j == 2 {
							want = bad
						}
						if v := got[i*p.ldc+j]; !same(v, want, 0) {
							t.Fatalf("n %d: c[%d][%d] = %v, want %v", n, i, j, v, want)
						}
					}
				}
			}
		}
	})
}

// Packing again, larger and smaller, must leave nothing of what was there.
func TestPackAgain(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		var matrix Matrix
		var scratch Scratch
		r := rand.New(rand.NewPCG(7, 7))
		for range 40 {
			p := newProduct(1+r.IntN(30), 1+r.IntN(100), 1+r.IntN(100), 0, r.IntN(2) == 0, false, false, normal(8))
			p.pack(&matrix, p.w)
			got := append([]float32(nil), p.c...)
			p.mul(&matrix, got, nil, &scratch)
			p.check(t, got)
		}
	})
}

// A matrix keeps the kernels it was packed for.
func TestMatrixOutlivesALevel(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		p := newProduct(9, 40, 30, 0, false, true, false, normal(9))
		var matrix Matrix
		p.pack(&matrix, p.w)
		force(t, &generic)
		got := append([]float32(nil), p.c...)
		p.mul(&matrix, got, p.bias, new(Scratch))
		p.check(t, got)
	})
}

func TestNothingAllocatesOnceGrown(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		x := normals(newRand(10), 40*70)
		var matrix, head Matrix
		var scratch Scratch
		var a, b, c Rows
		for _, precision := range []Precision{Float32, BFloat16, Int8} {
			matrix.Pack(precision, x, 37, 70, 70) // happens once a model
			got := testing.AllocsPerRun(5, func() {
				a.Reset(precision, 40, 70)
				b.Reset(BFloat16, 40, 37)
				c.Reset(Float32, 40, 37)
				for i := range 40 {
					a.Set(i, x[i*70:])
				}
				part, dst := a.Slice(10, 20), b.Slice(10, 20)
				matrix.MulGELU(&dst, &part, x, &scratch)
				matrix.Mul(&c, &a, nil, &scratch)
				matrix.MulAdd(&c, &a, x, &scratch)
				c.Convert(&b, &scratch)
				head.PackRows(&b)
				head.PackColumns(&b)
			})
			if got != 0 {
				t.Errorf("%v: %v allocations", precision, got)
			}
		}
	})
}

func TestRowKernelsDoNotAllocate(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		row := normals(newRand(11), 100)
		got := testing.AllocsPerRun(5, func() {
			LayerNorm(row, row, row, row, 1)
			GELU(row)
			Softmax(row, 1)
			row[0] = Dot(row, row)
		})
		if got != 0 {
			t.Errorf("%v allocations", got)
		}
	})
}

// No rows are no work; operands that are too short or do not fit are the
// caller's mistake and must not reach assembly.
func TestMulOperands(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		var matrix Matrix
		full := make([]float32, 6)
		mul := func(c []float32, n int, a []float32, k int, bias []float32) func() {
			return func() {
				dst, rows := Of(c, 2, n, n), Of(a, 2, k, k)
				matrix.Mul(&dst, &rows, bias, new(Scratch))
			}
		}
		half := Rows{}
		half.Reset(BFloat16, 2, 3)
		matrix.Pack(Float32, full, 2, 3, 3)
		none := Of(nil, 0, 2, 2)
		matrix.Mul(&none, &Rows{K: 3, stride: 3}, nil, new(Scratch))
		mul(full, 2, full, 3, nil)() // fits
		mistakes := map[string]func(){
			"c too short":         mul(full[:3], 2, full, 3, nil),
			"a too short":         mul(full, 2, full[:5], 3, nil),
			"bias too short":      mul(full, 2, full, 3, full[:1]),
			"other k":             mul(full, 2, full, 2, nil),
			"other n":             mul(full, 3, full, 3, nil),
			"other precision":     func() { d := Of(full, 2, 2, 2); matrix.Mul(&d, &half, nil, new(Scratch)) },
			"adding onto bf16":    func() { r := Of(full, 2, 3, 3); matrix.MulAdd(&half, &r, nil, new(Scratch)) },
			"w too short":         func() { new(Matrix).Pack(Float32, full[:5], 2, 3, 3) },
			"empty matrix":        func() { new(Matrix).Pack(Float32, nil, 0, 3, 3) },
			"never packed":        func() { r := Of(full, 2, 3, 3); new(Matrix).Mul(&r, &r, nil, new(Scratch)) },
			"columns beyond":      func() { half.Columns(2, 2) },
			"half a word":         func() { half.Columns(1, 1) },
			"a row of bfloat16":   func() { half.Row(0) },
			"Dot, b too short":    func() { Dot(full, full[:5:5]) },
			"LayerNorm, gain too": func() { LayerNorm(full, full, full[:5:5], full, 1) },
		}
		for name, call := range mistakes {
			if !panics(call) {
				t.Errorf("%s: no panic", name)
			}
		}
	})
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}
