//go:build !purego

#include "textflag.h"
#include "reduce_amd64.h"

// NIBBLES256 does 32 bytes at off of a line: dst becomes the sums of products of
// their low and high halves, in words.
#define NIBBLES256(off, low, high, dst) \
	VMOVDQU    off(R8), Y13    \
	VPSRLW     $4, Y13, Y14    \
	VPAND      Y15, Y13, Y13   \
	VPAND      Y15, Y14, Y14   \
	VPMADDUBSW low, Y13, Y13   \
	VPMADDUBSW high, Y14, Y14  \
	VPADDW     Y14, Y13, dst

// func dotNibblesOfAVX2(dst []int32, query *NibbleQuery, at []*Nibbles)
//
//	for i, line := range at {
//		for j, b := range line {
//			dst[i] += int32(b&15)*int32(query[j]) + int32(b>>4)*int32(query[64+j])
//		}
//	}
//
// A word gets 8 products of 15*128 at most: 15360.
TEXT ·dotNibblesOfAVX2(SB), NOSPLIT, $0-56
	MOVQ dst_base+0(FP), AX
	MOVQ query+24(FP), SI
	MOVQ at_base+32(FP), BX
	MOVQ at_len+40(FP), R10

	XORQ DX, DX

fetch:
	CMPQ       DX, R10
	JGE        fetched
	MOVQ       (BX)(DX*8), R8
	PREFETCHT0 (R8)
	INCQ       DX
	JMP        fetch

fetched:
	VMOVDQU 0(SI), Y8
	VMOVDQU 32(SI), Y9
	VMOVDQU 64(SI), Y10
	VMOVDQU 96(SI), Y11
	MOVL    $0x0f0f0f0f, R9
	VMOVD   R9, X15
	VPBROADCASTD X15, Y15
	VPCMPEQW Y7, Y7, Y7
	VPSRLW   $15, Y7, Y7 // 1 in each word

next:
	TESTQ      R10, R10
	JEQ        done
	MOVQ       (BX), R8
	NIBBLES256(0, Y8, Y10, Y0)
	NIBBLES256(32, Y9, Y11, Y1)
	VPADDW       Y1, Y0, Y0
	VPMADDWD     Y7, Y0, Y0
	REDUCE256
	MOVL R9, (AX)
	ADDQ $4, AX
	ADDQ $8, BX
	DECQ R10
	JMP  next

done:
	VZEROUPPER
	RET

// func fetchAVX2(p *byte, n int)
TEXT ·fetchAVX2(SB), NOSPLIT, $0-16
	MOVQ p+0(FP), AX
	MOVQ n+8(FP), CX

line:
	PREFETCHT0 (AX)
	ADDQ       $64, AX
	SUBQ       $64, CX
	JGT        line
	RET
