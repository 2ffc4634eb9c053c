//go:build !purego

#include "textflag.h"
#include "vector_arm64.h"

// SCALEDEXP sets V4 to exp(scale*v - top) of the numbers in V2: V1 holds the
// scale and V0 -top.
#define SCALEDEXP \
	HORNER(0, 2, 1, 4) \
	EXP(4, 5, 6, 7)

// func softmaxNEON(x []float32, scale float32)
//
//	top, sum := -Inf, 0
//	for _, v := range x {
//		top = max(top, scale*v)
//	}
//	for i, v := range x {
//		x[i] = exp(scale*v - top)
//		sum += x[i]
//	}
//	for i := range x {
//		x[i] *= 1 / sum
//	}
//
// The last one to three numbers go through lane 0.
TEXT ·softmaxNEON(SB), NOSPLIT, $0-28
	MOVD  x_base+0(FP), R0
	MOVD  x_len+8(FP), R1
	FMOVS scale+24(FP), F1
	VDUP  V1.S[0], V1.S4
	EXPCONSTANTS

	MOVW $0xff800000, R3 // -Inf
	VDUP R3, V0.S4
	MOVD R0, R4
	MOVD R1, R5

top:
	SUBS   $4, R5
	BLT    topRest
	VLD1.P 16(R4), [V2.S4]
	FMUL(1, 2, 2)
	FMAX(2, 0, 0)
	B      top

topRest:
	ADD $4, R5

topOne:
	CBZ     R5, exp
	FMOVS.P 4(R4), F2
	VDUP    V2.S[0], V2.S4
	FMUL(1, 2, 2)
	FMAX(2, 0, 0)
	SUB     $1, R5
	B       topOne

exp:
	FMAXV(0, 0)
	FNEGS F0, F0
	VDUP  V0.S[0], V0.S4
	VMOVI $0, V3.B16
	MOVD  R0, R4
	MOVD  R1, R5

expFour:
	SUBS   $4, R5
	BLT    expRest
	VLD1   (R4), [V2.S4]
	SCALEDEXP
	VST1.P [V4.S4], 16(R4)
	FADD(4, 3, 3)
	B      expFour

expRest:
	ADD $4, R5

expOne:
	CBZ     R5, divide
	FMOVS   (R4), F2
	SCALEDEXP
	FMOVS.P F4, 4(R4)
	FMOVS   F4, F5 // the other lanes are zero
	FADD(5, 3, 3)
	SUB     $1, R5
	B       expOne

divide:
	SUM4(3)
	FDIV(3, ONE, 3)

divideFour:
	SUBS   $4, R1
	BLT    divideRest
	VLD1   (R0), [V2.S4]
	FMUL(3, 2, 2)
	VST1.P [V2.S4], 16(R0)
	B      divideFour

divideRest:
	ADD $4, R1

divideOne:
	CBZ     R1, done
	FMOVS   (R0), F2
	FMULS   F3, F2, F2
	FMOVS.P F2, 4(R0)
	SUB     $1, R1
	B       divideOne

done:
	RET
