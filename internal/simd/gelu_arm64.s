//go:build !purego

#include "textflag.h"
#include "vector_arm64.h"

// func geluNEON(x []float32)
//
//	for i, v := range x {
//		t := min(max(v, -5.5), 5.5)
//		erf := t * p(t*t) / q(t*t)
//		x[i] = v/2*erf + v/2
//	}
//
// The last one to three numbers go through lane 0.
TEXT ·geluNEON(SB), NOSPLIT, $0-24
	MOVD x_base+0(FP), R0
	MOVD x_len+8(FP), R1
	EXPCONSTANTS
	GELUCONSTANTS

four:
	SUBS   $4, R1
	BLT    rest
	VLD1   (R0), [V0.S4]
	GELU(0, 1, 2, 3, 4, 5)
	VST1.P [V3.S4], 16(R0)
	B      four

rest:
	ADD $4, R1

one:
	CBZ     R1, done
	FMOVS   (R0), F0
	GELU(0, 1, 2, 3, 4, 5)
	FMOVS.P F3, 4(R0)
	SUB     $1, R1
	B       one

done:
	RET
