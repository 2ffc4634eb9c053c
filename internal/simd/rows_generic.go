package simd

import "math"

// narrowGeneric rounds a tile of float32 to bfloat16, row by row.
func narrowGeneric(dst []uint16, ldd int, src []float32, lds, rows, cols int) {
	for i := range rows {
		to := dst[i*ldd:]
		for j, v := range src[i*lds : i*lds+cols] {
			to[j] = bfloat16(v)
		}
	}
}

// bfloat16 rounds to nearest even. As the CPUs do it, what is subnormal
// becomes zero and a NaN quiet.
func bfloat16(v float32) uint16 {
	bits := math.Float32bits(v)
	switch exponent := bits >> 23 & 0xff; {
	case v != v:
		return uint16(bits>>16) | 0x40
	case exponent == 0:
		return uint16(bits >> 16 & 0x8000)
	}
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}

// widenGeneric is the exact way back.
func widenGeneric(dst []float32, src []uint16) {
	for i, v := range src {
		dst[i] = math.Float32frombits(uint32(v) << 16)
	}
}

// interleaveGeneric makes pairs of two rows.
func interleaveGeneric(dst, even, odd []uint16) {
	for i, v := range even {
		dst[2*i], dst[2*i+1] = v, odd[i]
	}
}

// extentGeneric returns the least and the greatest number of x, which is not
// empty, or NaN twice if x holds NaN or Inf: nothing of such a row is of use.
func extentGeneric(x []float32) (lo, hi float32) {
	lo, hi, nan := x[0], x[0], float32(0)
	for _, v := range x {
		lo, hi, nan = min(lo, v), max(hi, v), nan+0*v
	}
	return lo + nan, hi + nan
}

// codesGeneric sets dst[i] = round((x[i]-lo)*inv), which extent's lo and the
// caller's inv keep within a byte. What NaN becomes is not defined.
func codesGeneric(dst []uint8, x []float32, lo, inv float32) {
	for i, v := range x {
		dst[i] = uint8(min(max(math.RoundToEven(float64((v-lo)*inv)), 0), 255))
	}
}

// roundEven rounds to the nearest whole number, ties to the even one.
func roundEven(v float32) float64 { return math.RoundToEven(float64(v)) }
