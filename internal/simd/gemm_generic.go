package simd

import "math"

// The generic tile: a panel of four columns stays in the L1 cache while the
// rows pass by.
const (
	genericRows = 64
	genericCols = 4
)

// gemmGeneric adds up one tile, up to genericRows x genericCols:
// c[i*ldc+j] = sum over l of a[i*lda+l]*w[l*genericCols+j], plus bias[j] and,
// if add, plus what c holds. One row at a time: its four sums are independent
// chains and stay in registers.
func gemmGeneric(c []float32, ldc int, a []float32, lda int, w, bias []float32, k, rows int, add bool, ahead uintptr) {
	for i := range rows {
		var s0, s1, s2, s3 float32
		w := w[:k*genericCols]
		for _, v := range a[i*lda : i*lda+k] {
			s0 += v * w[0]
			s1 += v * w[1]
			s2 += v * w[2]
			s3 += v * w[3]
			w = w[genericCols:]
		}
		storeGeneric(c[i*ldc:], [genericCols]float32{s0, s1, s2, s3}, bias, add)
	}
}

// storeGeneric writes the sums of one row.
func storeGeneric(c []float32, sums [genericCols]float32, bias []float32, add bool) {
	for j, s := range sums {
		s += bias[j]
		if add {
			s += c[j]
		}
		c[j] = s
	}
}

// gemmBFloat16Generic is gemmGeneric with two bfloat16 a word, the even one in
// its lower half.
func gemmBFloat16Generic(c []float32, ldc int, a []uint32, lda int, w []uint32, bias []float32, k, rows int, add bool, ahead uintptr) {
	even := func(word uint32) float32 { return math.Float32frombits(word << 16) }
	odd := func(word uint32) float32 { return math.Float32frombits(word &^ 0xffff) }
	for i := range rows {
		var sums [genericCols]float32
		for l, v := range a[i*lda : i*lda+k] {
			v0, v1 := even(v), odd(v)
			for j, u := range w[l*genericCols : (l+1)*genericCols] {
				sums[j] += v1*odd(u) + v0*even(u)
			}
		}
		storeGeneric(c[i*ldc:], sums, bias, add)
	}
}

// gemmFloat16Generic is gemmGeneric with two float16 a word, each of which has a
// sum of its own, in float16, rounded after each fused multiply-add. In float64
// products are exact; of a sum what does not fit is far below what float16 rounds.
func gemmFloat16Generic(c []float32, ldc int, a []uint32, lda int, w []uint32, bias []float32, k, rows int, add bool, ahead uintptr) {
	value := func(half uint32) float64 { return float64(FromFloat16(uint16(half))) }
	round := func(v float64) float64 { return value(uint32(float16(v))) }
	for i := range rows {
		var row [genericCols]float32
		for j := range row {
			var even, odd float64
			for l, v := range a[i*lda : i*lda+k] {
				u := w[l*genericCols+j]
				even, odd = round(even+value(v)*value(u)), round(odd+value(v>>16)*value(u>>16))
			}
			row[j] = float32(round(even + odd))
		}
		storeGeneric(c[i*ldc:], row, bias, add)
	}
}

// gemmInt8Generic is gemmGeneric with four codes a word, unsigned in a and
// signed in w. A code q of row i of a stands for affine[2i]*q + affine[2i+1],
// one of column j of w for scale[j]*q; sums[j] is the sum of that column.
func gemmInt8Generic(c []float32, ldc int, a []uint32, lda int, w []uint32, bias []float32, k, rows int, add bool, affine, scale, sums []float32, ahead uintptr) {
	for i := range rows {
		var dots [genericCols]int32
		for l, v := range a[i*lda : i*lda+k] {
			for j, u := range w[l*genericCols : (l+1)*genericCols] {
				dots[j] += dot4(v, u)
			}
		}
		var row [genericCols]float32
		for j, d := range dots {
			row[j] = float32(d)*scale[j]*affine[2*i] + affine[2*i+1]*sums[j]
		}
		storeGeneric(c[i*ldc:], row, bias, add)
	}
}

// dot4 is the inner product of four unsigned and four signed bytes.
func dot4(unsigned, signed uint32) (sum int32) {
	for b := 0; b < 32; b += 8 {
		sum += int32(uint8(unsigned>>b)) * int32(int8(signed>>b))
	}
	return sum
}
