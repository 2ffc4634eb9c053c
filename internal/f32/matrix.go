package f32

// Matrix is a weight matrix (n, k) packed for the kernel in use.
type Matrix struct {
	n, k int
	data []float32 // row-major (n, k)
}

// Scratch holds packed activations between calls; the zero value is ready.
type Scratch struct{}

// Pack lays out w, where element i of row j is w[j*rowStride + i*colStride].
func (p *Matrix) Pack(w []float32, n, k, rowStride, colStride int) {
	p.n, p.k = n, k
	if cap(p.data) < n*k {
		p.data = make([]float32, n*k)
	}
	p.data = p.data[:n*k]
	for j := range n {
		for i := range k {
			p.data[j*k+i] = w[j*rowStride+i*colStride]
		}
	}
}

// Mul computes c[i*ldc+j] = sum over l of a[i*lda+l]*w[j][l], plus bias[j]
// unless bias is nil, for i < m and j < n.
func (p *Matrix) Mul(c []float32, ldc int, a []float32, lda, m int, bias []float32, _ *Scratch) {
	for i := range m {
		row := a[i*lda : i*lda+p.k]
		for j := range p.n {
			s := Dot(row, p.data[j*p.k:])
			if bias != nil {
				s += bias[j]
			}
			c[i*ldc+j] = s
		}
	}
}

// MulAdd is Mul that adds onto c, the residual line of a block.
func (p *Matrix) MulAdd(c []float32, ldc int, a []float32, lda, m int, bias []float32, _ *Scratch) {
	for i := range m {
		row := a[i*lda : i*lda+p.k]
		for j := range p.n {
			s := Dot(row, p.data[j*p.k:])
			if bias != nil {
				s += bias[j]
			}
			c[i*ldc+j] += s
		}
	}
}

// Level names the kernels in use.
func Level() string { return "generic" }
