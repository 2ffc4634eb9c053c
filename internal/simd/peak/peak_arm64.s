//go:build !purego

#include "textflag.h"

// FIVE are five multiply-adds that do not wait for one another.
#define FIVE(s0, s1, s2, s3, s4) \
	VFMLA V20.S4, V20.S4, s0.S4 \
	VFMLA V20.S4, V20.S4, s1.S4 \
	VFMLA V20.S4, V20.S4, s2.S4 \
	VFMLA V20.S4, V20.S4, s3.S4 \
	VFMLA V20.S4, V20.S4, s4.S4

// func fmaNEON(rounds int)
TEXT ·fmaNEON(SB), NOSPLIT, $0-8
	MOVD  rounds+0(FP), R0
	VMOVI $0, V20.B16

loop:
	FIVE(V0, V1, V2, V3, V4)
	FIVE(V5, V6, V7, V8, V9)
	FIVE(V10, V11, V12, V13, V14)
	FIVE(V15, V16, V17, V18, V19)
	SUBS $1, R0
	BGT  loop
	RET
