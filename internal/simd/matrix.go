package simd

import "unsafe"

// Matrix is a weight matrix w of n rows and k columns, packed into panels for
// the kernels that were in use at Pack; the package comment draws them. The
// zero value is empty: Pack comes before Mul.
type Matrix struct {
	kernels   *kernels
	precision Precision
	n, k      int       // k in words
	panels    []uint32  // (ceil(n/cols), k, cols), zero beyond row n of w
	scale     []float32 // of Int8: what a code of each row of w stands for, zero beyond row n
	sums      []float32 // of Int8: the sum of each row of w
}

// Scratch is what a product needs beside its operands. The zero value is
// ready. Two goroutines must not share one.
type Scratch struct {
	tile []float32 // (rows, cols): a tile that does not go straight to its place
	bias []float32 // (cols): the bias of a panel that reaches beyond n
	row  []float32 // one row on its way to another precision
}

// blockK is how many words along k one pass adds up: that part of a panel and
// of 197 rows of activations, 100 + 600 kB, stay in a 1 MiB L2 cache.
const blockK = 768

// noBias stands in for a missing bias; no tile has more columns.
var noBias [32]float32

// Mul computes dst[i][j] = sum over l of a[i][l]*w[j][l], plus bias[j] unless
// bias is nil. dst has a's rows and must not overlap a; it cannot be Int8.
func (p *Matrix) Mul(dst, a *Rows, bias []float32, s *Scratch) {
	p.multiply(&product{dst: *dst, a: *a, bias: bias}, s)
}

// MulGELU is Mul with GELU of each result.
func (p *Matrix) MulGELU(dst, a *Rows, bias []float32, s *Scratch) {
	p.multiply(&product{dst: *dst, a: *a, bias: bias, gelu: true}, s)
}

// MulAdd is Mul that adds onto dst, which is Float32: the residual line of a block.
func (p *Matrix) MulAdd(dst, a *Rows, bias []float32, s *Scratch) {
	p.multiply(&product{dst: *dst, a: *a, bias: bias, add: true}, s)
}

// product is one call of Mul.
type product struct {
	dst, a    Rows
	bias      []float32
	gelu, add bool
}

// direct tells whether sums can go straight to dst, and be added up there.
func (x *product) direct() bool { return x.dst.precision == Float32 && !x.gelu }

// check refuses operands that do not fit: assembly checks no bounds.
func (p *Matrix) check(x *product) {
	switch {
	case p.kernels == nil:
		panic("simd: product of a Matrix that was never packed")
	case x.a.precision != p.precision || x.a.precision.padded(x.a.K) != p.k*p.precision.group():
		panic("simd: activations do not fit the matrix")
	case x.dst.precision == Int8 || x.add && !x.direct() || x.dst.M != x.a.M || x.dst.K != p.n:
		panic("simd: the result does not fit where it shall go")
	case x.bias != nil && len(x.bias) < p.n:
		panic("simd: bias is too short")
	}
	if m := x.a.M; m > 0 {
		_ = x.a.words[(m-1)*x.a.stride+p.k-1]
		_ = x.dst.words[(m-1)*x.dst.stride+(p.n-1)/x.dst.precision.group()]
	}
}

// multiply goes over k in passes of equal size, panel by panel. The first pass
// brings the bias, the others add onto what is there.
func (p *Matrix) multiply(x *product, s *Scratch) {
	p.check(x)
	if x.a.M == 0 {
		return
	}
	passes := 1
	if x.direct() {
		passes = (p.k + blockK - 1) / blockK
	}
	for pass := range passes {
		part := *x
		if pass > 0 {
			part.bias, part.add = nil, true
		}
		for j := 0; j < p.n; j += p.kernels.cols {
			p.column(&part, j, p.k*pass/passes, p.k*(pass+1)/passes, s)
		}
	}
}

// column multiplies all rows of a by words from to to of the panel at column j.
// The rows are dealt out evenly: 197 of them as tiles of 13 and 14, since a tile
// of one row would leave the multipliers waiting for its only two sums.
func (p *Matrix) column(x *product, j, from, to int, s *Scratch) {
	cols, m := p.kernels.cols, x.a.M
	width := min(cols, p.n-j)
	t := tile{panel: p.panels[j*p.k+from*cols : j*p.k+to*cols], j: j, from: from, k: to - from, bias: s.panelBias(x.bias, j, width, cols)}
	tiles := (m + p.kernels.rows - 1) / p.kernels.rows
	ahead, step := p.ahead(j, from, to, tiles)
	direct := x.direct() && (width == cols || j+cols <= x.dst.room && !x.add) // what padding gets does not matter
	least, more := m/tiles, m%tiles                                           // rows of a tile, and how many have one more
	for n := range tiles {
		t.rows = least
		if n < more {
			t.rows++
		}
		t.ahead = uintptr(unsafe.Pointer(&ahead[n*step]))
		if direct {
			p.gemm(x, &t, floats(x.dst.words[t.i*x.dst.stride+j:]), x.dst.stride, x.add)
		} else {
			s.tile = grow(s.tile, p.kernels.rows*cols)
			p.gemm(x, &t, s.tile, cols, false)
			p.finish(x, &t, s.tile, width)
		}
		t.i += t.rows
	}
}

// tile is one call of a kernel: rows of a from i on, words of k from from on,
// times the panel at column j.
type tile struct {
	panel         []uint32
	i, j, from, k int
	rows          int
	bias          []float32
	ahead         uintptr
}

// float16Words is how many words a sum of Float16 goes through before it is added
// up in float32. A sum's rounding grows with its length, the time to take it out
// of the registers does not.
const float16Words = 192

// aheadStep is how many bytes a kernel fetches ahead in a step along k.
const aheadStep = 16

// ahead returns the next panel and how many words further on in it the kernel
// starts to fetch in each of tiles tiles: together they go through all of it, or as
// much as they have steps for. After the last panel there is nothing to fetch,
// but the address of something is needed.
func (p *Matrix) ahead(j, from, to, tiles int) (next []uint32, step int) {
	cols := p.kernels.cols
	at := min((j+cols)*p.k, len(p.panels)-cols*p.k) + from*cols
	return p.panels[at:], min((to-from)*cols/tiles, (to-from)*aheadStep/4)
}

// gemm calls the kernel of the matrix's precision.
func (p *Matrix) gemm(x *product, t *tile, c []float32, ldc int, add bool) {
	a, lda := x.a.words[t.i*x.a.stride+t.from:], x.a.stride
	switch p.precision {
	case Float32:
		p.kernels.gemm(c, ldc, floats(a), lda, floats(t.panel), t.bias, t.k, t.rows, add, t.ahead)
	case BFloat16:
		p.kernels.gemmBFloat16(c, ldc, a, lda, t.panel, t.bias, t.k, t.rows, add, t.ahead)
	case Float16:
		p.gemmFloat16(c, ldc, a, lda, t, add)
	case Int8:
		sums := p.sums[t.j:]
		if t.from > 0 { // the offset of a has been paid for in the first pass
			sums = noBias[:]
		}
		p.kernels.gemmInt8(c, ldc, a, lda, t.panel, t.bias, t.k, t.rows, add, x.a.affine[2*t.i:], p.scale[t.j:], sums, t.ahead)
	}
}

// gemmFloat16 calls the kernel for as many words at a time as it may have.
func (p *Matrix) gemmFloat16(c []float32, ldc int, a []uint32, lda int, t *tile, add bool) {
	bias := t.bias
	for l := 0; l < t.k; l += float16Words {
		panel, words := t.panel[l*p.kernels.cols:], min(float16Words, t.k-l)
		p.kernels.gemmFloat16(c, ldc, a[l:], lda, panel, bias, words, t.rows, add, t.ahead+uintptr(l*aheadStep))
		bias, add = noBias[:], true
	}
}

// finish takes a tile from the scratch, while it is in the L1 cache, to dst.
func (p *Matrix) finish(x *product, t *tile, sums []float32, width int) {
	cols := p.kernels.cols
	if x.gelu {
		use.gelu(sums[:t.rows*cols])
	}
	if x.dst.precision.half() {
		at := t.i*x.dst.stride + t.j/2
		use.narrowTo(x.dst.precision)(halves(x.dst.words[at:]), 2*x.dst.stride, sums, cols, t.rows, width)
		return
	}
	for i := range t.rows {
		row := x.dst.Row(t.i + i)[t.j : t.j+width]
		if x.add {
			Add(row, sums[i*cols:])
		} else {
			copy(row, sums[i*cols:])
		}
	}
}

// panelBias returns the bias of a panel, as long as a kernel reads it.
func (s *Scratch) panelBias(bias []float32, j, width, cols int) []float32 {
	if bias == nil {
		return noBias[:]
	}
	if width == cols {
		return bias[j : j+width]
	}
	s.bias = grow(s.bias, cols)
	clear(s.bias)
	copy(s.bias, bias[j:j+width])
	return s.bias
}
