//go:build !purego

#include "textflag.h"
#include "vector_arm64.h"

// func dotNEON(a, b []float32) (sum float32)
//
//	for i, v := range a {
//		sum += v * b[i]
//	}
//
// Four registers of sums hide the latency of the multiply-add. What is left
// after sixteens goes through lane 0.
TEXT ·dotNEON(SB), NOSPLIT, $0-52
	MOVD  a_base+0(FP), R0
	MOVD  a_len+8(FP), R2
	MOVD  b_base+24(FP), R1
	VMOVI $0, V0.B16
	VMOVI $0, V1.B16
	VMOVI $0, V2.B16
	VMOVI $0, V3.B16

sixteen:
	SUBS   $16, R2
	BLT    rest
	VLD1.P 64(R0), [V4.S4, V5.S4, V6.S4, V7.S4]
	VLD1.P 64(R1), [V16.S4, V17.S4, V18.S4, V19.S4]
	FMLA(16, 4, 0)
	FMLA(17, 5, 1)
	FMLA(18, 6, 2)
	FMLA(19, 7, 3)
	B      sixteen

rest:
	ADD $16, R2

one:
	CBZ     R2, done
	FMOVS.P 4(R0), F4
	FMOVS.P 4(R1), F16
	FMLA(16, 4, 0)
	SUB     $1, R2
	B       one

done:
	FADD(1, 0, 0)
	FADD(3, 2, 2)
	FADD(2, 0, 0)
	SUM4(0)
	FMOVS F0, sum+48(FP)
	RET
