// Package simd holds the arithmetic that the encoder and the index share: matrix
// products in float32, float16, bfloat16 and int8, inner products of float32 and of codes
// of 8 and of 4 bits, LayerNorm, GELU, softmax, and the two passes of Pillow's resize, in int32.
//
// The Go kernels, in the files named generic, are the definition and are compiled
// everywhere. A kernel level is one value of the kernels struct; the best that the
// CPU and its operating system can run is chosen at start:
//
//	level       instructions               products faster than generic's
//	generic     Go                         float32
//	neon        arm64                      float32
//	avx2        AVX2, FMA                  float32, int8 with 7 bits of weight
//	avxvnni     and AVX-VNNI               float32, int8
//	avx512      AVX-512 F, DQ, BW, VL      float32
//	avx512vnni  and VNNI                   float32, int8
//	avx512fp16  and FP16                   float32, int8, float16
//	avx512bf16  avx512vnni and BF16        float32, int8, bfloat16
//
// avx512bf16 comes first where its products are faster than float32's, else
// behind avx512vnni: on Intel's Sapphire Rapids they take twice as long.
//
// LOOKALIKE_CPU=avx2, for instance, forces one (a name that cannot be obeyed is
// told by [LevelErr], and the best is used), the build tag purego leaves assembly
// out. [Has] tells which products a level has instructions for.
//
// # Words and packed panels
//
// A product takes a word of 4 bytes of each row at a time, along k: one float32,
// two float16 or bfloat16, or four int8. [Rows] are activations, row by row. [Matrix.Pack]
// lays out a weight matrix w (n, k) in panels of as many rows as the kernel's
// tile has columns, so that the kernel reads it front to back. Here n = 5 and a
// tile of 4 columns (generic; avx2 and neon have 16, avx512 32), a word a letter:
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
// l it loads one row of the panel (2 registers) and multiplies it by word l of
// each row of activations, broadcast straight from the rows, which are not packed.
//
//	                  panel, row l:  [ 16 words ][ 16 words ]
//	a[0][l]  broadcast x                sum[0]      sum[0]
//	a[1][l]  broadcast x                sum[1]      sum[1]
//	...                                 ...         ...
//	a[13][l] broadcast x                sum[13]     sum[13]     28 registers
//
// # Float16
//
// A float16 holds 11 bits, a sum of many soon none of the next number's. So sums
// run over 192 words only, the even numbers apart from the odd ones, and those
// are added up in float32. Products and sums above 65504 are Inf, and stay it.
//
// # Int8
//
// A row of w has a scale, symmetric about zero, and codes up to 127 (64 on avx2,
// whose products add up in 16 bits); a row of activations a scale and an offset,
// so that its codes 0 to 255 span what the row spans. With q and u the
// codes, s and t the scales and o the offset, whole numbers do the work:
//
//	sum of (t*u + o) * s*q  =  t*s * sum of u*q  +  o * (s * sum of q)
//	                                 int32              kept with w
//
// # Invariants
//
//   - Every kernel agrees with the Go kernel within rounding, and NaN and Inf
//     in an operand reach the result as they do there.
//   - A kernel reads and writes nothing outside its slices, whatever their
//     length and alignment. Lengths are checked in Go before assembly runs.
//   - Nothing here allocates once a Matrix, Rows and a Scratch have grown to
//     size, but for Pack in 16 and 8 bits.
//   - A Matrix belongs to the kernels that packed it.
package simd
