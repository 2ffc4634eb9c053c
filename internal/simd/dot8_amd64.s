//go:build !purego

#include "textflag.h"
#include "reduce_amd64.h"

// A CPU multiplies unsigned by signed bytes. Flipping the top bit of a signed
// byte adds 128 to it, so that
//
//	sum of a*b  =  sum of (a+128)*b  -  sum of 128*b
//
// and the mask that flips, 0x80 in each byte, is also the 128 of the second sum.

// FLIP512 does 64 bytes at off of a and b for two sums; Z31 is the mask.
#define FLIP512(a, b, off, sum, minus) \
	VPXORD   off(a), Z31, Z30 \
	VMOVDQU8 off(b), Z29 \
	VPDPBUSD Z29, Z30, sum \
	VPDPBUSD Z29, Z31, minus

// MASK512 sets Z31 to 0x80 in each byte.
#define MASK512 \
	MOVL         $0x80808080, R9 \
	VPBROADCASTD R9, Z31

// REDUCE512 adds up the lanes of Z0-Z3 less those of Z4-Z7 into R9.
#define REDUCE512 \
	VPADDD        Z1, Z0, Z0 \
	VPADDD        Z3, Z2, Z2 \
	VPADDD        Z5, Z4, Z4 \
	VPADDD        Z7, Z6, Z6 \
	VPADDD        Z2, Z0, Z0 \
	VPADDD        Z6, Z4, Z4 \
	VPSUBD        Z4, Z0, Z0 \
	VEXTRACTI64X4 $1, Z0, Y1 \
	VPADDD        Y1, Y0, Y0 \
	REDUCE256

#define ZERO8 \
	VPXORD Z0, Z0, Z0 \
	VPXORD Z1, Z1, Z1 \
	VPXORD Z2, Z2, Z2 \
	VPXORD Z3, Z3, Z3 \
	VPXORD Z4, Z4, Z4 \
	VPXORD Z5, Z5, Z5 \
	VPXORD Z6, Z6, Z6 \
	VPXORD Z7, Z7, Z7

// func dotCodesAVX512(a, b []int8) (sum int32)
//
//	for i, v := range a { // a multiple of 64
//		sum += int32(v) * int32(b[i])
//	}
TEXT ·dotCodesAVX512(SB), NOSPLIT, $0-52
	MOVQ a_base+0(FP), SI
	MOVQ a_len+8(FP), CX
	MOVQ b_base+24(FP), DI
	MASK512
	ZERO8

four:
	SUBQ $256, CX
	JLT  rest
	FLIP512(SI, DI, 0, Z0, Z4)
	FLIP512(SI, DI, 64, Z1, Z5)
	FLIP512(SI, DI, 128, Z2, Z6)
	FLIP512(SI, DI, 192, Z3, Z7)
	ADDQ $256, SI
	ADDQ $256, DI
	JMP  four

rest:
	ADDQ $256, CX

one:
	TESTQ CX, CX
	JEQ   done
	FLIP512(SI, DI, 0, Z0, Z4)
	ADDQ  $64, SI
	ADDQ  $64, DI
	SUBQ  $64, CX
	JMP   one

done:
	REDUCE512
	MOVL R9, sum+48(FP)
	VZEROUPPER
	RET

// OF512 does 64 bytes at off behind DX of the query and of a vector, whose bytes
// are flipped: what that adds, 128 times the sum of the query, is the same for all.
#define OF512(off, sum) \
	VPXORD   off(R8)(DX*1), Z31, Z30 \
	VPDPBUSD off(SI)(DX*1), Z30, sum

// func dotCodesOfAVX512(dst []int32, query []int8, at []*int8)
//
//	for i, p := range at {
//		dst[i] = dotCodes(query, unsafe.Slice(p, len(query)))
//	}
//
// The vector three places on is fetched meanwhile, 64 bytes of it with each 64 of
// this one.
TEXT ·dotCodesOfAVX512(SB), NOSPLIT, $0-72
	MOVQ   dst_base+0(FP), AX
	MOVQ   query_base+24(FP), SI
	MOVQ   query_len+32(FP), CX
	MOVQ   at_base+48(FP), BX
	MOVQ   at_len+56(FP), R10
	MASK512
	VPXORD Z4, Z4, Z4
	VPXORD Z5, Z5, Z5
	XORQ   DX, DX

sum:
	CMPQ     DX, CX
	JGE      summed
	VPDPBUSD (SI)(DX*1), Z31, Z4
	ADDQ     $64, DX
	JMP      sum

summed:
	VPSUBD Z4, Z5, Z4 // the lanes of every result start with it

next:
	TESTQ R10, R10
	JEQ   done
	MOVQ  (BX), R8
	MOVQ  R8, R11     // fetch this one once more where there are not three more
	CMPQ  R10, $3
	JLE   last
	MOVQ  24(BX), R11

last:
	VMOVDQA64 Z4, Z0
	VPXORD    Z1, Z1, Z1
	XORQ      DX, DX
	MOVQ      CX, R12

two:
	SUBQ       $128, R12
	JLT        rest
	PREFETCHT0 (R11)(DX*1)
	PREFETCHT0 64(R11)(DX*1)
	OF512(0, Z0)
	OF512(64, Z1)
	ADDQ       $128, DX
	JMP        two

rest:
	ADDQ       $128, R12
	JEQ        store
	PREFETCHT0 (R11)(DX*1)
	OF512(0, Z0)

store:
	VPADDD        Z1, Z0, Z0
	VEXTRACTI64X4 $1, Z0, Y1
	VPADDD        Y1, Y0, Y0
	REDUCE256
	MOVL R9, (AX)
	ADDQ $4, AX
	ADDQ $8, BX
	DECQ R10
	JMP  next

done:
	VZEROUPPER
	RET

// MADD16 adds the products of 16 signed bytes, widened to words.
#define MADD16(off, x, y, sum) \
	VPMOVSXBW off(SI), x \
	VPMOVSXBW off(DI), y \
	VPMADDWD  y, x, x \
	VPADDD    x, sum, sum

// func dotCodesAVX2(a, b []int8) (sum int32)
//
// The loop of dotCodesAVX512, 16 bytes an instruction.
TEXT ·dotCodesAVX2(SB), NOSPLIT, $0-52
	MOVQ  a_base+0(FP), SI
	MOVQ  a_len+8(FP), CX
	MOVQ  b_base+24(FP), DI
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1

loop:
	TESTQ CX, CX
	JEQ   done
	MADD16(0, Y2, Y3, Y0)
	MADD16(16, Y4, Y5, Y1)
	MADD16(32, Y6, Y7, Y0)
	MADD16(48, Y8, Y9, Y1)
	ADDQ  $64, SI
	ADDQ  $64, DI
	SUBQ  $64, CX
	JMP   loop

done:
	VPADDD Y1, Y0, Y0
	REDUCE256
	MOVL R9, sum+48(FP)
	VZEROUPPER
	RET
