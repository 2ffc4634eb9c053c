//go:build !purego

#include "textflag.h"
#include "vector_arm64.h"

// func layerNormNEON(dst, x, gain, bias []float32, eps float32)
//
//	sum, squares := 0, 0
//	for _, v := range x {
//		sum += v
//	}
//	mean := sum / len(x)
//	for _, v := range x {
//		squares += (v - mean) * (v - mean)
//	}
//	inv := 1 / sqrt(squares/len(x) + eps)
//	for i, v := range x {
//		dst[i] = (v-mean)*inv*gain[i] + bias[i]
//	}
//
// Sixteen sums in four registers round less than four would and hide the
// latency of the additions. What is left goes through lane 0.
TEXT ·layerNormNEON(SB), NOSPLIT, $0-100
	MOVD   dst_base+0(FP), R0
	MOVD   x_base+24(FP), R1
	MOVD   x_len+32(FP), R2
	MOVD   gain_base+48(FP), R3
	MOVD   bias_base+72(FP), R4
	SCVTFS R2, F31

	VMOVI $0, V0.B16
	VMOVI $0, V1.B16
	VMOVI $0, V2.B16
	VMOVI $0, V3.B16
	MOVD  R1, R5
	MOVD  R2, R6

sum:
	SUBS   $16, R6
	BLT    sumRest
	VLD1.P 64(R5), [V4.S4, V5.S4, V6.S4, V7.S4]
	FADD(4, 0, 0)
	FADD(5, 1, 1)
	FADD(6, 2, 2)
	FADD(7, 3, 3)
	B      sum

sumRest:
	ADD $16, R6

sumOne:
	CBZ     R6, mean
	FMOVS.P 4(R5), F4
	FADD(4, 0, 0)
	SUB     $1, R6
	B       sumOne

mean:
	FADD(1, 0, 0)
	FADD(3, 2, 2)
	FADD(2, 0, 0)
	SUM4(0)
	FDIVS F31, F0, F0
	VDUP  V0.S[0], V0.S4

	VMOVI $0, V16.B16
	VMOVI $0, V17.B16
	VMOVI $0, V18.B16
	VMOVI $0, V19.B16
	MOVD  R1, R5
	MOVD  R2, R6

squares:
	SUBS   $16, R6
	BLT    squaresRest
	VLD1.P 64(R5), [V4.S4, V5.S4, V6.S4, V7.S4]
	FSUB(0, 4, 4)
	FSUB(0, 5, 5)
	FSUB(0, 6, 6)
	FSUB(0, 7, 7)
	FMLA(4, 4, 16)
	FMLA(5, 5, 17)
	FMLA(6, 6, 18)
	FMLA(7, 7, 19)
	B      squares

squaresRest:
	ADD $16, R6

squaresOne:
	CBZ     R6, inverse
	FMOVS.P 4(R5), F4
	FSUBS   F0, F4, F4 // the other lanes stay zero
	FMLA(4, 4, 16)
	SUB     $1, R6
	B       squaresOne

inverse:
	FADD(17, 16, 16)
	FADD(19, 18, 18)
	FADD(18, 16, 16)
	SUM4(16)
	FMOVS  eps+96(FP), F2
	FMOVS  $1.0, F1
	FDIVS  F31, F16, F16
	FADDS  F2, F16, F16
	FSQRTS F16, F16
	FDIVS  F16, F1, F1
	VDUP   V1.S[0], V1.S4

write:
	SUBS   $4, R2
	BLT    writeRest
	VLD1.P 16(R1), [V4.S4]
	VLD1.P 16(R3), [V5.S4]
	VLD1.P 16(R4), [V6.S4]
	FSUB(0, 4, 4)
	FMUL(1, 4, 4)
	FMLA(5, 4, 6)
	VST1.P [V6.S4], 16(R0)
	B      write

writeRest:
	ADD $4, R2

writeOne:
	CBZ     R2, done
	FMOVS.P 4(R1), F4
	FMOVS.P 4(R3), F5
	FMOVS.P 4(R4), F6
	FSUB(0, 4, 4)
	FMUL(1, 4, 4)
	FMLA(5, 4, 6)
	FMOVS.P F6, 4(R0)
	SUB     $1, R2
	B       writeOne

done:
	RET
