package f32

// Matrix is a weight matrix w of n rows and k columns, packed into panels for
// the kernels that were in use at Pack; the package comment draws them. The
// zero value is empty: Pack comes before Mul.
type Matrix struct {
	kernels *kernels
	n, k    int
	panels  []float32 // (ceil(n/cols), k, cols), zero beyond row n of w
}

// Scratch is what Mul and MulAdd need beside their operands. The zero value
// is ready. Two goroutines must not share one.
type Scratch struct {
	rows []float32 // (m, k): activations copied to a better stride
	edge []float32 // (m, cols): the columns of a panel that reaches beyond n
}

const (
	// blockK is how much of k one pass adds up: that part of a panel and of 197
	// rows of activations, 100 + 600 kB, stay in a 1 MiB L2 cache.
	blockK = 768
	// pageFloats is 4096 bytes: numbers that far apart fall into the same set of
	// the L1 cache, where 8 fit and a tile has up to 14 rows.
	pageFloats = 1024
	// lineFloats is a cache line.
	lineFloats = 16
)

// noBias stands in for a missing bias; no tile has more columns.
var noBias [32]float32

// strided is a matrix whose row i starts at x[i*stride].
type strided struct {
	x      []float32
	stride int
}

// Mul computes c[i*ldc+j] = sum over l of a[i*lda+l]*w[j][l], plus bias[j]
// unless bias is nil, for i < m and j < n. c must not overlap a.
func (p *Matrix) Mul(c []float32, ldc int, a []float32, lda, m int, bias []float32, scratch *Scratch) {
	p.multiply(strided{c, ldc}, strided{a, lda}, m, bias, false, scratch)
}

// MulAdd is Mul that adds onto c, the residual line of a block.
func (p *Matrix) MulAdd(c []float32, ldc int, a []float32, lda, m int, bias []float32, scratch *Scratch) {
	p.multiply(strided{c, ldc}, strided{a, lda}, m, bias, true, scratch)
}

// multiply goes over k in passes of equal size. The first brings the bias,
// the others add onto what is there.
func (p *Matrix) multiply(c, a strided, m int, bias []float32, add bool, s *Scratch) {
	if p.kernels == nil {
		panic("f32: Mul of a Matrix that was never packed")
	}
	if m == 0 {
		return
	}
	// Assembly checks no bounds.
	_, _ = c.x[(m-1)*c.stride+p.n-1], a.x[(m-1)*a.stride+p.k-1]
	passes := (p.k + blockK - 1) / blockK
	for pass := range passes {
		from, to := p.k*pass/passes, p.k*(pass+1)/passes
		part := s.spread(strided{a.x[from:], a.stride}, m, to-from)
		p.pass(c, part, m, from, to, bias, add, s)
		bias, add = nil, true
	}
}

// pass adds up columns from to to of w, panel by panel.
func (p *Matrix) pass(c, a strided, m, from, to int, bias []float32, add bool, s *Scratch) {
	cols := p.kernels.cols
	for j := 0; j < p.n; j += cols {
		panel := p.panels[j*p.k+from*cols : j*p.k+to*cols]
		width, b := min(cols, p.n-j), noBias[:]
		if bias != nil {
			b = bias[j : j+width]
		}
		out := strided{c.x[j:], c.stride}
		if width == cols {
			p.kernels.column(out, a, m, panel, b, add)
			continue
		}
		s.edge = grow(s.edge, m*cols)
		edge := strided{s.edge, cols}
		p.kernels.column(edge, a, m, panel, noBias[:], false)
		writeEdge(out, edge, m, b[:width], add)
	}
}

// column multiplies m rows of a by one panel. The rows are dealt out evenly:
// 197 of them as tiles of 13 and 14, since a tile of one row would leave the
// multipliers waiting for its only two sums.
func (x *kernels) column(c, a strided, m int, panel, bias []float32, add bool) {
	k, tiles := len(panel)/x.cols, (m+x.rows-1)/x.rows
	for t := range tiles {
		i, end := m*t/tiles, m*(t+1)/tiles
		x.gemm(c.x[i*c.stride:], c.stride, a.x[i*a.stride:], a.stride, panel, bias, k, end-i, add)
	}
}

// writeEdge does for the columns of a partial panel what the kernel does for
// those of a whole one.
func writeEdge(c, edge strided, m int, bias []float32, add bool) {
	for i := range m {
		row, sums := c.x[i*c.stride:], edge.x[i*edge.stride:]
		for j, b := range bias {
			v := sums[j] + b
			if add {
				v += row[j]
			}
			row[j] = v
		}
	}
}

// spread returns the activations a (m, k), copied if their stride makes the
// rows of a tile evict each other from the L1 cache: fc2 of ViT-B, 3072 wide,
// ran at 54% of the core's peak without the copy and runs at 88% with it.
func (s *Scratch) spread(a strided, m, k int) strided {
	if a.stride%pageFloats != 0 {
		return a
	}
	lines := (k+lineFloats-1)/lineFloats | 1 // odd: neighbours in different sets
	stride := lines * lineFloats
	s.rows = grow(s.rows, m*stride)
	for i := range m {
		copy(s.rows[i*stride:], a.x[i*a.stride:i*a.stride+k])
	}
	return strided{s.rows, stride}
}

// grow returns x with length n, allocated anew only if it is too small.
func grow(x []float32, n int) []float32 {
	if cap(x) < n {
		return make([]float32, n)
	}
	return x[:n]
}
