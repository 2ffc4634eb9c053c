//go:build !purego

#include "textflag.h"
#include "vector_arm64.h"

// NIBBLES16 adds the products of 16 bytes' halves in v to V0 and V1: those of
// the low halves with those of vlow, those of the high halves with those of vhigh.
#define NIBBLES16(v, low, high) \
	VUSHR $4, v, V3.B16 \
	VAND  V31.B16, v, V2.B16 \
	SMULL(low, 2, 4) \
	SMULL2(low, 2, 5) \
	SMULL(high, 3, 6) \
	SMULL2(high, 3, 7) \
	SADALP(4, 0) \
	SADALP(5, 1) \
	SADALP(6, 0) \
	SADALP(7, 1)

// func dotNibblesOfNEON(dst []int32, query *NibbleQuery, at []*Nibbles)
//
//	for i, line := range at {
//		for j, b := range line {
//			dst[i] += int32(b&15)*int32(query[j]) + int32(b>>4)*int32(query[64+j])
//		}
//	}
TEXT ·dotNibblesOfNEON(SB), NOSPLIT, $0-56
	MOVD dst_base+0(FP), R0
	MOVD query+24(FP), R1
	MOVD at_base+32(FP), R2
	MOVD at_len+40(FP), R3

	VMOVI  $15, V31.B16
	VLD1.P 64(R1), [V16.B16, V17.B16, V18.B16, V19.B16]
	VLD1   (R1), [V20.B16, V21.B16, V22.B16, V23.B16]
	MOVD   ZR, R5

fetch:
	CMP  R3, R5
	BGE  next
	MOVD (R2)(R5<<3), R4
	PRFM (R4), PLDL1KEEP
	ADD  $1, R5
	B    fetch

next:
	CBZ    R3, done
	MOVD.P 8(R2), R4
	VLD1   (R4), [V24.B16, V25.B16, V26.B16, V27.B16]
	VEOR   V0.B16, V0.B16, V0.B16
	VEOR   V1.B16, V1.B16, V1.B16
	NIBBLES16(V24.B16, 16, 20)
	NIBBLES16(V25.B16, 17, 21)
	NIBBLES16(V26.B16, 18, 22)
	NIBBLES16(V27.B16, 19, 23)
	VADD    V1.S4, V0.S4, V0.S4
	ADDV(0, 0)
	FMOVS.P F0, 4(R0)
	SUB     $1, R3
	B       next

done:
	RET

// func fetchNEON(p *byte, n int)
TEXT ·fetchNEON(SB), NOSPLIT, $0-16
	MOVD p+0(FP), R0
	MOVD n+8(FP), R1

line:
	PRFM (R0), PLDL1KEEP
	ADD  $64, R0
	SUBS $64, R1, R1
	BGT  line
	RET
