//go:build !purego

#include "textflag.h"
#include "vector_arm64.h"

// NIBBLES16 does 16 bytes in v, whose low halves are multiplied by low, whose high
// halves by high: the products of the first 8 bytes go to V4, those of the others to V5.
// They are added where they come behind others, with SMLAL and SMLAL2 for mul and mul2.
#define NIBBLES16(v, low, high, mul, mul2) \
	VUSHR $4, v, V3.B16 \
	VAND  V31.B16, v, V2.B16 \
	mul(low, 2, 4) \
	mul2(low, 2, 5) \
	SMLAL(high, 3, 4) \
	SMLAL2(high, 3, 5)

// NIBBLES64 adds the products of the line in V24-V27 with the query in V16-V23 to V0
// and V1. A word gets 8 products of 15*128 at most: 15360.
#define NIBBLES64 \
	NIBBLES16(V24.B16, 16, 20, SMULL, SMULL2) \
	NIBBLES16(V25.B16, 17, 21, SMLAL, SMLAL2) \
	NIBBLES16(V26.B16, 18, 22, SMLAL, SMLAL2) \
	NIBBLES16(V27.B16, 19, 23, SMLAL, SMLAL2) \
	SADALP(4, 0) \
	SADALP(5, 1)

// func dotNibblesOfNEON(dst []int32, query []int8, at []*Nibbles)
//
//	for i, p := range at {
//		for n, line := range unsafe.Slice(p, len(query)/128) {
//			for j, b := range line {
//				dst[i] += int32(b&15)*int32(query[128*n+j]) + int32(b>>4)*int32(query[128*n+64+j])
//			}
//		}
//	}
//
// Of vectors of one line all are fetched first, and the query stays in registers.
// Of longer ones the vector three places on is fetched meanwhile, a line of it with
// each line of this one.
TEXT ·dotNibblesOfNEON(SB), NOSPLIT, $0-72
	MOVD  dst_base+0(FP), R0
	MOVD  query_base+24(FP), R1
	MOVD  query_len+32(FP), R6
	MOVD  at_base+48(FP), R2
	MOVD  at_len+56(FP), R3
	VMOVI $15, V31.B16
	CMP   $128, R6
	BNE   next
	VLD1.P 64(R1), [V16.B16, V17.B16, V18.B16, V19.B16]
	VLD1   (R1), [V20.B16, V21.B16, V22.B16, V23.B16]
	MOVD   ZR, R5

fetch:
	CMP  R3, R5
	BGE  one
	MOVD (R2)(R5<<3), R4
	PRFM (R4), PLDL1KEEP
	ADD  $1, R5
	B    fetch

one:
	CBZ     R3, done
	MOVD.P  8(R2), R4
	VLD1    (R4), [V24.B16, V25.B16, V26.B16, V27.B16]
	VEOR    V0.B16, V0.B16, V0.B16
	VEOR    V1.B16, V1.B16, V1.B16
	NIBBLES64
	VADD    V1.S4, V0.S4, V0.S4
	ADDV(0, 0)
	FMOVS.P F0, 4(R0)
	SUB     $1, R3
	B       one

next:
	CBZ  R3, done
	MOVD (R2), R4
	MOVD R4, R7     // fetch this one once more where there are not three more
	CMP  $3, R3
	BLE  last
	MOVD 24(R2), R7

last:
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	MOVD R1, R8
	MOVD R6, R9

line:
	PRFM    (R7), PLDL1KEEP
	ADD     $64, R7
	VLD1.P  64(R4), [V24.B16, V25.B16, V26.B16, V27.B16]
	VLD1.P  64(R8), [V16.B16, V17.B16, V18.B16, V19.B16]
	VLD1.P  64(R8), [V20.B16, V21.B16, V22.B16, V23.B16]
	NIBBLES64
	SUBS    $128, R9, R9
	BNE     line
	VADD    V1.S4, V0.S4, V0.S4
	ADDV(0, 0)
	FMOVS.P F0, 4(R0)
	ADD     $8, R2
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
