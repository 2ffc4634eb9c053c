//go:build !purego

#include "textflag.h"
#include "reduce_amd64.h"

// NIBBLES256 does 32 bytes of a line: dst becomes the sums of products of
// their low and high halves, in words.
#define NIBBLES256(line, low, high, dst) \
	VMOVDQU    line, Y13       \
	VPSRLW     $4, Y13, Y14    \
	VPAND      Y15, Y13, Y13   \
	VPAND      Y15, Y14, Y14   \
	VPMADDUBSW low, Y13, Y13   \
	VPMADDUBSW high, Y14, Y14  \
	VPADDW     Y14, Y13, dst

// LINE256 does the line at place at of BX, whose query is in Y8-Y11. A word gets 8
// products of 15*128 at most, 15360, and would not hold those of three lines.
#define LINE256(at, dst) \
	MOVQ     at(BX), R8           \
	NIBBLES256(0(R8), Y8, Y10, dst) \
	NIBBLES256(32(R8), Y9, Y11, Y4) \
	VPADDW   Y4, dst, dst         \
	VPMADDWD Y7, dst, dst

// FETCHLINES asks for the one line of each of the R10 vectors. DX is overwritten.
#define FETCHLINES \
	XORQ       DX, DX          \
	CMPQ       DX, R10         \
	JGE        5(PC)           \
	MOVQ       (BX)(DX*8), R8  \
	PREFETCHT0 (R8)            \
	INCQ       DX              \
	JMP        -5(PC)

// func dotNibblesOfAVX2(dst []int32, query []int8, at []*Nibbles)
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
TEXT ·dotNibblesOfAVX2(SB), NOSPLIT, $0-72
	MOVQ         dst_base+0(FP), AX
	MOVQ         query_base+24(FP), SI
	MOVQ         query_len+32(FP), CX
	MOVQ         at_base+48(FP), BX
	MOVQ         at_len+56(FP), R10
	MOVL         $0x0f0f0f0f, R9
	VMOVD        R9, X15
	VPBROADCASTD X15, Y15
	VPCMPEQW     Y7, Y7, Y7
	VPSRLW       $15, Y7, Y7 // 1 in each word
	CMPQ         CX, $128
	JNE          vector
	FETCHLINES
	VMOVDQU      0(SI), Y8
	VMOVDQU      32(SI), Y9
	VMOVDQU      64(SI), Y10
	VMOVDQU      96(SI), Y11

four:
	SUBQ         $4, R10
	JLT          few
	LINE256(0, Y0)
	LINE256(8, Y1)
	LINE256(16, Y2)
	LINE256(24, Y3)
	COLUMNS4(Y0, Y1, Y2, Y3, Y4)
	VEXTRACTI128 $1, Y0, X1
	VPADDD       X1, X0, X0
	VMOVDQU      X0, (AX)
	ADDQ         $16, AX
	ADDQ         $32, BX
	JMP          four

few:
	ADDQ $4, R10

one:
	TESTQ R10, R10
	JEQ   done
	LINE256(0, Y0)
	REDUCE256
	MOVL  R9, (AX)
	ADDQ  $4, AX
	ADDQ  $8, BX
	DECQ  R10
	JMP   one

vector:
	SHRQ $1, CX // bytes of a vector

next:
	TESTQ R10, R10
	JEQ   done
	MOVQ  (BX), R8
	MOVQ  R8, R11     // fetch this one once more where there are not three more
	CMPQ  R10, $3
	JLE   last
	MOVQ  24(BX), R11

last:
	VPXOR Y0, Y0, Y0
	XORQ  DX, DX

line:
	PREFETCHT0 (R11)(DX*1)
	NIBBLES256(0(R8)(DX*1), 0(SI)(DX*2), 64(SI)(DX*2), Y1)
	NIBBLES256(32(R8)(DX*1), 32(SI)(DX*2), 96(SI)(DX*2), Y2)
	VPADDW     Y2, Y1, Y1
	VPMADDWD   Y7, Y1, Y1
	VPADDD     Y1, Y0, Y0
	ADDQ       $64, DX
	CMPQ       DX, CX
	JLT        line
	REDUCE256
	MOVL       R9, (AX)
	ADDQ       $4, AX
	ADDQ       $8, BX
	DECQ       R10
	JMP        next

done:
	VZEROUPPER
	RET

// NIBBLES512 does a line, whose low halves are multiplied by low for one sum, whose
// high halves by high for the other. Z31 is the mask of low halves.
#define NIBBLES512(line, low, high, sumlow, sumhigh) \
	VMOVDQU64 line, Z29      \
	VPSRLW    $4, Z29, Z30   \
	VPANDD    Z31, Z29, Z29  \
	VPANDD    Z31, Z30, Z30  \
	VPDPBUSD  low, Z29, sumlow \
	VPDPBUSD  high, Z30, sumhigh

// LINE512 does the line at place at of BX, whose query is in Z8 and Z9.
#define LINE512(at, dst) \
	MOVQ   at(BX), R8    \
	VPXORD dst, dst, dst \
	NIBBLES512((R8), Z8, Z9, dst, dst)

// FOLD512 adds up the halves of Z0.
#define FOLD512 \
	VEXTRACTI64X4 $1, Z0, Y1 \
	VPADDD        Y1, Y0, Y0

// func dotNibblesOfAVX512(dst []int32, query []int8, at []*Nibbles)
//
// The loops of dotNibblesOfAVX2, a line an instruction.
TEXT ·dotNibblesOfAVX512(SB), NOSPLIT, $0-72
	MOVQ         dst_base+0(FP), AX
	MOVQ         query_base+24(FP), SI
	MOVQ         query_len+32(FP), CX
	MOVQ         at_base+48(FP), BX
	MOVQ         at_len+56(FP), R10
	MOVL         $0x0f0f0f0f, R9
	VPBROADCASTD R9, Z31
	CMPQ         CX, $128
	JNE          vector
	FETCHLINES
	VMOVDQU64    0(SI), Z8
	VMOVDQU64    64(SI), Z9

four:
	SUBQ         $4, R10
	JLT          few
	LINE512(0, Z0)
	LINE512(8, Z1)
	LINE512(16, Z2)
	LINE512(24, Z3)
	COLUMNS4(Z0, Z1, Z2, Z3, Z4)
	FOLD512
	VEXTRACTI128 $1, Y0, X1
	VPADDD       X1, X0, X0
	VMOVDQU      X0, (AX)
	ADDQ         $16, AX
	ADDQ         $32, BX
	JMP          four

few:
	ADDQ $4, R10

one:
	TESTQ R10, R10
	JEQ   done
	LINE512(0, Z0)
	FOLD512
	REDUCE256
	MOVL  R9, (AX)
	ADDQ  $4, AX
	ADDQ  $8, BX
	DECQ  R10
	JMP   one

vector:
	SHRQ $1, CX

next:
	TESTQ R10, R10
	JEQ   done
	MOVQ  (BX), R8
	MOVQ  R8, R11
	CMPQ  R10, $3
	JLE   last
	MOVQ  24(BX), R11

last:
	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	XORQ   DX, DX

line:
	PREFETCHT0 (R11)(DX*1)
	NIBBLES512((R8)(DX*1), (SI)(DX*2), 64(SI)(DX*2), Z0, Z1)
	ADDQ       $64, DX
	CMPQ       DX, CX
	JLT        line
	VPADDD     Z1, Z0, Z0
	FOLD512
	REDUCE256
	MOVL       R9, (AX)
	ADDQ       $4, AX
	ADDQ       $8, BX
	DECQ       R10
	JMP        next

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
