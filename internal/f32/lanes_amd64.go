//go:build !purego

package f32

import "math"

// lanes holds the constants of the vector kernels, each repeated over a
// 512-bit register so that AVX2 and AVX-512 can name it as an operand.
// vector_amd64.h gives the same constants, in the same order, their names.
var lanes = repeat(
	// exp(x) = 2^n * exp(x - n*ln 2). Adding 1.5*2^23 rounds x/ln 2 to n; the
	// extra 127 leaves n as a biased exponent in the low bits. Below -87.7 that
	// exponent is 0 and so is the result: the least float32 that is not subnormal.
	-88, math.Log2E, 3<<22+127, 0.693359375, -2.12194440e-4,
	// Minimax polynomial of exp(r), |r| <= ln(2)/2, relative error 1.0e-8,
	// from r^6 down to r^2; those of r and 1 are 1.
	0.00139261835877, 0.00836317905272, 0.0416665546172, 0.166665769897, 0.5, 1,
	// Q(t), the normal tail beyond t >= 0, is u*P(u)*exp(-t*t/2), u = 1/(1 + 11/32*t).
	// Minimax P, 0 <= t <= 14, relative error 2.2e-8, from u^8 down to 1.
	11./32,
	-0.0278093186263, 0.143849083078, -0.271713901233, 0.190920886095, -0.0393071245534,
	0.112657976568, 0.116740457409, 0.137542276972, 0.137119672059,
	-0.5,
	float32(math.Inf(-1)),
	math.Float32frombits(1<<31-1), // all but the sign
)

// tailMask, read from element 8-n on, selects the first n of 8 lanes.
var tailMask = [16]int32{-1, -1, -1, -1, -1, -1, -1, -1}

func repeat(constants ...float32) (table [24][16]float32) {
	for i, c := range constants {
		for j := range table[i] {
			table[i][j] = c
		}
	}
	return table
}
