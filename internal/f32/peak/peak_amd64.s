//go:build !purego

#include "textflag.h"

// ROUND is ten multiply-adds that do not wait for one another.
#define ROUND(a, b, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9) \
	VFMADD231PS a, b, s0 \
	VFMADD231PS a, b, s1 \
	VFMADD231PS a, b, s2 \
	VFMADD231PS a, b, s3 \
	VFMADD231PS a, b, s4 \
	VFMADD231PS a, b, s5 \
	VFMADD231PS a, b, s6 \
	VFMADD231PS a, b, s7 \
	VFMADD231PS a, b, s8 \
	VFMADD231PS a, b, s9

// func fmaAVX2(rounds int)
TEXT ·fmaAVX2(SB), NOSPLIT, $0-8
	MOVQ   rounds+0(FP), CX
	VXORPS Y10, Y10, Y10

loop:
	ROUND(Y10, Y10, Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y8, Y9)
	DECQ CX
	JGT  loop
	VZEROUPPER
	RET

// func fmaAVX512(rounds int)
TEXT ·fmaAVX512(SB), NOSPLIT, $0-8
	MOVQ   rounds+0(FP), CX
	VPXORD Z10, Z10, Z10

loop:
	ROUND(Z10, Z10, Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z8, Z9)
	DECQ CX
	JGT  loop
	VZEROUPPER
	RET
