// Package f32 holds the float32 arithmetic that the encoder and the index
// share: matrix product, dot product, LayerNorm, GELU and softmax.
//
// The Go kernels in generic.go and gemm_generic.go are the definition and are
// compiled everywhere. On amd64 there is assembly for AVX2 with FMA and for
// AVX-512; the best that the CPU and its operating system can run is chosen at
// start. LOOKALIKE_CPU=generic|avx2|avx512 forces one (a name that cannot be
// obeyed is told by [LevelErr], and the best is used), the build tag purego
// leaves assembly out. A kernel level is one value of the kernels struct.
//
// # Packed panels
//
// [Matrix.Pack] lays out a weight matrix w (n, k) in panels of as many rows as
// the kernel's tile has columns, so that the kernel reads it front to back.
// Here n = 5 and a tile of 4 columns (generic; avx2 has 16, avx512 32):
//
//	w (n, k)               panel 0 (k, 4)       panel 1 (k, 4)
//
//	a0 a1 a2 ... row 0     a0 b0 c0 d0          e0 0  0  0
//	b0 b1 b2 ... row 1     a1 b1 c1 d1          e1 0  0  0
//	c0 c1 c2 ... row 2     a2 b2 c2 d2          e2 0  0  0
//	d0 d1 d2 ... row 3     ...                  ...
//	e0 e1 e2 ... row 4
//
// [Matrix.Mul] keeps one tile of c in registers while l runs over k: for each
// l it loads one row of the panel (2 registers) and multiplies it by a[i][l],
// broadcast straight from the rows of activations, which are not packed.
//
//	                  panel, row l:  [ 16 floats ][ 16 floats ]
//	a[0][l]  broadcast x                sum[0]       sum[0]
//	a[1][l]  broadcast x                sum[1]       sum[1]
//	...                                 ...          ...
//	a[13][l] broadcast x                sum[13]      sum[13]     28 registers
//
// # Invariants
//
//   - Every kernel agrees with the Go kernel within rounding, and NaN and Inf
//     in an operand reach the result as they do there.
//   - A kernel reads and writes nothing outside its slices, whatever their
//     length and alignment. Lengths are checked in Go before assembly runs.
//   - Nothing here allocates once a Matrix and a Scratch have grown to size.
//   - A Matrix belongs to the kernels that packed it.
package f32
