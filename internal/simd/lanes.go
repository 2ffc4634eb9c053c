//go:build (amd64 || arm64) && !purego

package simd

import "math"

// lanes holds the constants of the vector kernels, each repeated over a
// 512-bit register so that AVX2 and AVX-512 can name it as an operand; NEON
// loads its 128 bits of each. vector_amd64.h and vector_arm64.h give the same
// constants, in the same order, their names.
var lanes = repeat(
	// exp(x) = 2^n * exp(x - n*ln 2). Adding 1.5*2^23 rounds x/ln 2 to n; the
	// extra 127 leaves n as a biased exponent in the low bits. Below -87.7 that
	// exponent is 0 and so is the result: the least float32 that is not subnormal.
	-88, math.Log2E, 3<<22+127, 0.693359375, -2.12194440e-4,
	// Minimax polynomial of exp(r), |r| <= ln(2)/2, relative error 1.0e-8,
	// from r^6 down to r^2; those of r and 1 are 1.
	0.00139261835877, 0.00836317905272, 0.0416665546172, 0.166665769897, 0.5, 1,
	// erf(x/sqrt(2)) is x*P(x*x)/Q(x*x) for |x| <= 5.5, where it reaches 1:
	// minimax, error 1.1e-7 in GELU. First the ends, then P from x^12 down to 1,
	// then Q from x^8 down to x^2; that of 1 is 1.
	5.5, -5.5,
	2.2266759e-10, -4.62566e-08, 7.3287692e-06, 0.00040539258, 0.009409575, 0.07776605, 0.7978834,
	7.379226e-05, 0.0020108912, 0.03082436, 0.2641251,
	float32(math.Inf(-1)),
)

func repeat(constants ...float32) (table [25][16]float32) {
	for i, c := range constants {
		for j := range table[i] {
			table[i][j] = c
		}
	}
	return table
}
