//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// COLUMNS reads what both vertical kernels are passed, and starts at column
// AX = 0; R11 is the last column where a whole register group begins.
#define COLUMNS \
	MOVQ dst_base+0(FP), DI     \
	MOVQ dst_len+8(FP), R11     \
	SUBQ $const_verticalColumns, R11 \
	MOVQ rows_base+24(FP), R8   \
	MOVQ stride+48(FP), R9      \
	MOVQ weights_base+56(FP), R10 \
	MOVQ weights_len+64(FP), BX \
	MOVL $const_weightHalf, AX

// NEXT moves on by verticalColumns, the last time by less: columns computed
// twice need no tail.
#define NEXT(columns) \
	CMPQ    AX, R11 \
	JEQ     done \
	ADDQ    $const_verticalColumns, AX \
	CMPQ    AX, R11 \
	CMOVQGT R11, AX \
	JMP     columns

// WEIGHROW adds one row's bytes to sums.
#define WEIGHROW(at, weight, t, sums) \
	VPMOVZXBD at, t            \
	VPMULLD   weight, t, t     \
	VPADDD    t, sums, sums

// func verticalAVX2(dst, rows []byte, stride int, weights []int32)
//
//	verticalGeneric(dst, rows, stride, weights), at least 32 columns, 1 weight
TEXT ·verticalAVX2(SB), NOSPLIT, $0-80
	COLUMNS
	VMOVD        AX, X6
	VPBROADCASTD X6, Y6
	VMOVDQU      ·dwordOrder(SB), Y7
	XORL         AX, AX

columns:
	LEAQ    (R8)(AX*1), SI
	MOVQ    R10, DX
	MOVQ    BX, CX
	VMOVDQA Y6, Y0
	VMOVDQA Y6, Y1
	VMOVDQA Y6, Y2
	VMOVDQA Y6, Y3

row:
	VPBROADCASTD (DX), Y4
	WEIGHROW((SI), Y4, Y5, Y0)
	WEIGHROW(8(SI), Y4, Y5, Y1)
	WEIGHROW(16(SI), Y4, Y5, Y2)
	WEIGHROW(24(SI), Y4, Y5, Y3)
	ADDQ         R9, SI
	ADDQ         $4, DX
	DECQ         CX
	JNE          row

	VPSRAD    $const_WeightBits, Y0, Y0
	VPSRAD    $const_WeightBits, Y1, Y1
	VPSRAD    $const_WeightBits, Y2, Y2
	VPSRAD    $const_WeightBits, Y3, Y3
	VPACKSSDW Y1, Y0, Y0
	VPACKSSDW Y3, Y2, Y2
	VPACKUSWB Y2, Y0, Y0
	VPERMD    Y0, Y7, Y0
	VMOVDQU   Y0, (DI)(AX*1)
	NEXT(columns)

done:
	VZEROUPPER
	RET

// func verticalAVX512(dst, rows []byte, stride int, weights []int32)
//
// The loops of verticalAVX2, 16 columns in a register.
TEXT ·verticalAVX512(SB), NOSPLIT, $0-80
	COLUMNS
	VPBROADCASTD AX, Z6
	VPXORD       Z7, Z7, Z7
	XORL         AX, AX

columns:
	LEAQ      (R8)(AX*1), SI
	MOVQ      R10, DX
	MOVQ      BX, CX
	VMOVDQA32 Z6, Z0
	VMOVDQA32 Z6, Z1

row:
	VPBROADCASTD (DX), Z4
	WEIGHROW((SI), Z4, Z5, Z0)
	WEIGHROW(16(SI), Z4, Z5, Z1)
	ADDQ         R9, SI
	ADDQ         $4, DX
	DECQ         CX
	JNE          row

	VPSRAD    $const_WeightBits, Z0, Z0
	VPSRAD    $const_WeightBits, Z1, Z1
	VPMAXSD   Z7, Z0, Z0
	VPMAXSD   Z7, Z1, Z1
	VPMOVUSDB Z0, (DI)(AX*1)
	VPMOVUSDB Z1, 16(DI)(AX*1)
	NEXT(columns)

done:
	VZEROUPPER
	RET
