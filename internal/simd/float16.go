package simd

import "math"

// IEEE 754 halves: 1 sign, 5 exponent, 10 fraction bits. The numbers are the
// multiples of 2^-24 up to 2^-14, from there on every power of two begins
// 1,024 steps of twice the size, up to 65504.

// float16 rounds to nearest even, beyond the largest number to Inf. A NaN
// becomes quiet.
func float16(v float64) uint16 {
	sign := uint16(math.Float64bits(v)>>48) & 0x8000
	v = math.Abs(v)
	switch {
	case v != v:
		return sign | 0x7e00 | uint16(math.Float64bits(v)>>42)&0x1ff
	case v == 0:
		return sign
	case v >= 65520:
		return sign | 0x7c00
	}
	_, exponent := math.Frexp(v) // of v = f * 2^exponent, 0.5 <= f < 1
	step := max(exponent-11, -24)
	// The first 1,024 steps are the numbers below 2^-14; a sum of fraction and
	// exponent, not a union, since 2,048 steps are the next power of two.
	return sign | uint16(step+24)<<10 + uint16(math.RoundToEven(math.Ldexp(v, -step)))
}

// FromFloat16 returns what the bits of a half stand for.
func FromFloat16(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10)&0x1f, uint32(h)&0x3ff
	switch exponent {
	case 0: // zero and subnormals: fraction * 2^-24
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)*0x1p-24))
	case 0x1f: // infinity and NaN
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}

// narrowFloat16Generic rounds a tile of float32 to float16, row by row.
func narrowFloat16Generic(dst []uint16, ldd int, src []float32, lds, rows, cols int) {
	for i := range rows {
		to := dst[i*ldd:]
		for j, v := range src[i*lds : i*lds+cols] {
			to[j] = float16(float64(v))
		}
	}
}

// widenFloat16Generic is the exact way back.
func widenFloat16Generic(dst []float32, src []uint16) {
	for i, v := range src {
		dst[i] = FromFloat16(v)
	}
}
