//go:build !purego

#include "textflag.h"
#include "vector_arm64.h"

// func dotCodesNEON(a, b []int8) (sum int32)
//
//	for i, v := range a { // a multiple of 64
//		sum += int32(v) * int32(b[i])
//	}
//
// Two products of bytes fit in 16 bits one by one, not added up.
TEXT ·dotCodesNEON(SB), NOSPLIT, $0-52
	MOVD a_base+0(FP), R0
	MOVD a_len+8(FP), R1
	MOVD b_base+24(FP), R2
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16

loop:
	CBZ    R1, done
	VLD1.P 32(R0), [V2.B16, V3.B16]
	VLD1.P 32(R2), [V4.B16, V5.B16]
	SMULL(4, 2, 6)
	SMULL2(4, 2, 7)
	SMULL(5, 3, 16)
	SMULL2(5, 3, 17)
	SADALP(6, 0)
	SADALP(7, 1)
	SADALP(16, 0)
	SADALP(17, 1)
	SUB    $32, R1
	B      loop

done:
	VADD  V1.S4, V0.S4, V0.S4
	ADDV(0, 0)
	FMOVS F0, sum+48(FP)
	RET
