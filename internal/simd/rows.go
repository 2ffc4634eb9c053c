package simd

// Rows are activations: M rows of K values in the precision of the product
// that reads them. A slice or some columns of Rows share their memory.
type Rows struct {
	M, K      int
	precision Precision
	stride    int       // words from one row to the next
	room      int       // words of a row that are this Rows' own: K's and padding
	words     []uint32  // (M, stride)
	affine    []float32 // (M, 2): what a code q of a row of Int8 stands for is affine[0]*q + affine[1]
}

// Precision returns what the values are kept in.
func (r *Rows) Precision() Precision { return r.precision }

const (
	lineWords = 16 // a cache line
	// pageWords is 4096 bytes: rows that far apart fall into the same set of the
	// L1 cache, where 12 fit and a tile has up to 14.
	pageWords = 1024
)

// Reset makes r hold m rows of k values, which are undefined until they are
// written. Memory is used again and grows only.
func (r *Rows) Reset(p Precision, m, k int) {
	words := p.padded(k) / p.group()
	// Rows begin at a line of their own, and at different sets of the cache. They
	// have room for whole panels of the widest tile, which is two lines.
	pairs := (words + 2*lineWords - 1) / (2 * lineWords)
	r.room, r.stride = pairs*2*lineWords, pairs*2*lineWords
	if r.stride%pageWords == 0 {
		r.stride += lineWords
	}
	r.M, r.K, r.precision = m, k, p
	r.words = grow(r.words, m*r.stride)
	if p == Int8 {
		r.affine = grow(r.affine, 2*m)
	}
	if k%p.group() != 0 { // what fills the last word up counts as zero
		for i := range m {
			r.words[i*r.stride+words-1] = 0
		}
	}
}

// Of returns rows of Float32 that share the memory of x: row i is the k values
// from x[i*stride] on.
func Of(x []float32, m, k, stride int) Rows {
	if m > 0 {
		_ = x[(m-1)*stride+k-1]
	}
	return Rows{M: m, K: k, stride: stride, room: k, words: wordsOf(x)}
}

// Slice returns rows from to to-1.
func (r *Rows) Slice(from, to int) Rows {
	s := *r
	s.M = to - from
	if s.M > 0 {
		s.words = r.words[from*r.stride:]
	}
	if r.precision == Int8 {
		s.affine = r.affine[2*from : 2*to]
	}
	return s
}

// Columns returns k values of each row, from a whole word on. Codes of Int8
// have no columns, since a row's scale is of the whole row.
func (r *Rows) Columns(from, k int) Rows {
	if r.precision == Int8 || from%r.precision.group() != 0 || from+k > r.K {
		panic("simd: no such columns")
	}
	s := *r
	s.K, s.room = k, r.precision.padded(k)/r.precision.group()
	if r.M > 0 {
		s.words = r.words[from/r.precision.group():]
	}
	return s
}

// Row returns row i of Float32: the values themselves.
func (r *Rows) Row(i int) []float32 {
	if r.precision != Float32 {
		panic("simd: Row of " + r.precision.String())
	}
	return floats(r.words[i*r.stride : i*r.stride+r.K])
}

// Set writes x (K) as row i.
func (r *Rows) Set(i int, x []float32) {
	x = x[:r.K]
	words := r.words[i*r.stride:]
	switch r.precision {
	case Float32:
		copy(floats(words), x)
	case BFloat16, Float16:
		use.narrowTo(r.precision)(halves(words), 0, x, 0, 1, r.K)
	case Int8:
		r.affine[2*i], r.affine[2*i+1] = quantize(quarters(words)[:r.K], x)
	}
}

// quantize writes the codes of x and returns their scale and offset. The codes
// span what x spans: what comes out of GELU has hardly anything below zero.
func quantize(dst []uint8, x []float32) (scale, offset float32) {
	lo, hi := use.extent(x)
	inv := float32(0)
	if hi > lo {
		inv = 255 / (hi - lo)
	}
	use.codes(dst, x, lo, inv)
	return (hi - lo) / 255, lo
}

// Convert writes all rows of src to r, which has as many, in r's precision.
func (r *Rows) Convert(src *Rows, s *Scratch) {
	if src.precision == Float32 && r.precision.half() {
		use.narrowTo(r.precision)(halves(r.words), 2*r.stride, floats(src.words), src.stride, src.M, src.K)
		return
	}
	for i := range src.M {
		s.row = grow(s.row, src.K)
		src.Get(s.row, i)
		r.Set(i, s.row)
	}
}

// Get writes row i to dst (K) as float32.
func (r *Rows) Get(dst []float32, i int) {
	dst = dst[:r.K]
	words := r.words[i*r.stride:]
	switch r.precision {
	case Float32:
		copy(dst, floats(words))
	case BFloat16, Float16:
		use.widenFrom(r.precision)(dst, halves(words)[:r.K])
	case Int8:
		for j, q := range quarters(words)[:r.K] {
			dst[j] = r.affine[2*i]*float32(q) + r.affine[2*i+1]
		}
	}
}

// grow returns x with length n, allocated anew only if it is too small.
func grow[T any](x []T, n int) []T {
	if cap(x) < n {
		return make([]T, n)
	}
	return x[:n]
}
