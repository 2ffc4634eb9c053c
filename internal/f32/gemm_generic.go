package f32

// gemmGeneric adds up one tile, up to genericRows x genericCols:
// c[i*ldc+j] = sum over l of a[i*lda+l]*w[l*genericCols+j], plus bias[j] and,
// if add, plus what c holds. One row at a time: its four sums are independent
// chains and stay in registers.
func gemmGeneric(c []float32, ldc int, a []float32, lda int, w, bias []float32, k, rows int, add bool) {
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
		sums := [genericCols]float32{s0, s1, s2, s3}
		for j, s := range sums {
			s += bias[j]
			if add {
				s += c[i*ldc+j]
			}
			c[i*ldc+j] = s
		}
	}
}

// The generic tile: a panel of four columns stays in the L1 cache while the
// rows pass by.
const (
	genericRows = 64
	genericCols = 4
)
