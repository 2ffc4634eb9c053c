//go:build !purego

#include "textflag.h"
#include "vector_arm64.h"

// CODES16 turns the halves of 16 codes, high and low, into 32 signed bytes: those of
// the low halves come in low, those of the high ones in high. V30 is 128 in each byte.
#define CODES16(high, low) \
	VORR low, low, V2.B16 \
	VSLI $4, high, low \
	VSRI $4, V2.B16, high \
	VEOR V30.B16, low, low \
	VEOR V30.B16, high, high

// PRODUCTS16 adds the products of the signed bytes in m and n to V0 and V1. A word holds
// one of -128*-128, and not two.
#define PRODUCTS16(m, n) \
	SMULL(m, n, 4) \
	SMULL2(m, n, 5) \
	SADALP(4, 0) \
	SADALP(5, 1)

// ALONG16 does 16 bytes of the first two lines of both; ah to bl are the numbers of the
// registers before them.
#define ALONG16(ahigh, alow, bhigh, blow, ah, al, bh, bl) \
	CODES16(ahigh, alow) \
	CODES16(bhigh, blow) \
	PRODUCTS16(ah, bh) \
	PRODUCTS16(al, bl)

// ACROSS16 does 16 bytes of another line, in a and b: the products of their halves less
// 8, at most 64 and so still bytes, are added to the words of V6 and V7 in pairs.
#define ACROSS16(a, b) \
	VAND  V31.B16, a, V2.B16 \
	VAND  V31.B16, b, V3.B16 \
	VUSHR $4, a, V4.B16 \
	VUSHR $4, b, V5.B16 \
	VSUB  V29.B16, V2.B16, V2.B16 \
	VSUB  V29.B16, V3.B16, V3.B16 \
	VSUB  V29.B16, V4.B16, V4.B16 \
	VSUB  V29.B16, V5.B16, V5.B16 \
	MUL16(3, 2, 2) \
	MUL16(5, 4, 4) \
	SADALP8(2, 6) \
	SADALP8(4, 7)

// func dotSplitNEON(first, other *Nibbles, a, b []Nibbles) (along, across int32)
//
//	for i := range 120 {
//		along += code(a, i) * code(b, i) // 16*(high-8) + low
//	}
//	for n, line := range a[1:] {
//		for j, p := range line {
//			q := b[1+n][j]
//			across += (p&15 - 8) * (q&15 - 8) + (p>>4 - 8) * (q>>4 - 8)
//		}
//	}
TEXT ·dotSplitNEON(SB), NOSPLIT, $0-72
	MOVD  first+0(FP), R6
	MOVD  other+8(FP), R7
	MOVD  a_base+16(FP), R0
	MOVD  a_len+24(FP), R1
	MOVD  b_base+40(FP), R2
	LSL   $6, R1, R3
	PRFM  (R6), PLDL1KEEP
	PRFM  (R7), PLDL1KEEP

fetch:
	SUBS $64, R3, R3
	ADD  R3, R0, R4
	ADD  R3, R2, R5
	PRFM (R4), PLDL1KEEP
	PRFM (R5), PLDL1KEEP
	BNE  fetch

	VMOVI  $15, V31.B16
	VMOVI  $128, V30.B16
	VMOVI  $8, V29.B16
	VEOR   V0.B16, V0.B16, V0.B16
	VEOR   V1.B16, V1.B16, V1.B16
	VLD1   (R6), [V8.B16, V9.B16, V10.B16, V11.B16]
	VLD1.P 64(R0), [V12.B16, V13.B16, V14.B16, V15.B16]
	VLD1   (R7), [V16.B16, V17.B16, V18.B16, V19.B16]
	VLD1.P 64(R2), [V20.B16, V21.B16, V22.B16, V23.B16]
	ALONG16(V8.B16, V12.B16, V16.B16, V20.B16, 8, 12, 16, 20)
	ALONG16(V9.B16, V13.B16, V17.B16, V21.B16, 9, 13, 17, 21)
	ALONG16(V10.B16, V14.B16, V18.B16, V22.B16, 10, 14, 18, 22)
	CODES16(V11.B16, V15.B16)
	CODES16(V19.B16, V23.B16)
	VMOV   ZR, V19.S[3] // the last 4 bytes do not count
	VMOV   ZR, V23.S[3]
	PRODUCTS16(11, 19)
	PRODUCTS16(15, 23)
	VADD   V1.S4, V0.S4, V0.S4
	ADDV(0, 0)
	FMOVS  F0, along+64(FP)

	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16

next:
	SUBS   $1, R1, R1
	BEQ    done
	VLD1.P 64(R0), [V8.B16, V9.B16, V10.B16, V11.B16]
	VLD1.P 64(R2), [V16.B16, V17.B16, V18.B16, V19.B16]
	VEOR   V6.B16, V6.B16, V6.B16
	VEOR   V7.B16, V7.B16, V7.B16
	ACROSS16(V8.B16, V16.B16)
	ACROSS16(V9.B16, V17.B16)
	ACROSS16(V10.B16, V18.B16)
	ACROSS16(V11.B16, V19.B16)
	SADALP(6, 0)
	SADALP(7, 1)
	B      next

done:
	VADD  V1.S4, V0.S4, V0.S4
	ADDV(0, 0)
	FMOVS F0, across+68(FP)
	RET
