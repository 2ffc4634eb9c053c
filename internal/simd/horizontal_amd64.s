//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// The horizontal kernels hold one row of pixels in each 128-bit lane, as red,
// green, blue and nothing: all rows share the weights, and no sum crosses a
// lane. These macros serve AVX2 with Y and AVX-512 with Z registers.

// ARGUMENTS reads what both kernels are passed: SI points to the offsets of CX
// spans, DX to their words. dst and src have 1 and 3 strides beside them.
#define ARGUMENTS \
	MOVQ dst_base+0(FP), DI     \
	MOVQ dstStride+24(FP), R12  \
	LEAQ (R12)(R12*2), R13      \
	MOVQ src_base+32(FP), R8    \
	MOVQ srcStride+56(FP), R9   \
	LEAQ (R9)(R9*2), R10        \
	MOVQ t+64(FP), BX           \
	MOVQ Taps_offsets+0(BX), SI \
	MOVQ Taps_offsets+8(BX), CX \
	MOVQ Taps_words(BX), DX     \
	MOVQ Taps_blocks(BX), BX    \
	MOVL $const_weightHalf, AX

// WEIGHTS reads a block: the high words of taps 0 and 1 and of 2 and 3, then
// the low ones.
#define WEIGHTS(high01, high23, low01, low23) \
	VPBROADCASTD (DX), high01  \
	VPBROADCASTD 4(DX), high23 \
	VPBROADCASTD 8(DX), low01  \
	VPBROADCASTD 12(DX), low23 \
	ADDQ         $16, DX

// PAIRS makes words of a block: pixels 0 and 1 in y, 2 and 3 in x.
#define PAIRS(x, y, pair01, pair23) \
	VPSHUFB pair01, x, y \
	VPSHUFB pair23, x, x

// WEIGH adds two taps to the sums by high and by low words.
#define WEIGH(x, t, high, low, highs, lows) \
	VPMADDWD high, x, t      \
	VPADDD   t, highs, highs \
	VPMADDWD low, x, x       \
	VPADDD   x, lows, lows

// JOIN makes one sum of the two and drops the fraction.
#define JOIN(highs, lows) \
	VPSLLD $16, highs, highs  \
	VPADDD lows, highs, highs \
	VPSRAD $const_WeightBits, highs, highs

// func horizontalAVX2(dst []byte, dstStride int, src []byte, srcStride int, t *Taps)
//
//	for y := range 4 {
//		horizontalGeneric(dst[y*dstStride:], 0, src[y*srcStride:], 0, t)
//	}
//
// Rows 0 and 1 are in Y4, rows 2 and 3 in Y5; a pixel is written as 4 bytes.
TEXT ·horizontalAVX2(SB), NOSPLIT, $0-72
	ARGUMENTS
	VMOVD          AX, X13
	VPBROADCASTD   X13, Y13
	VBROADCASTI128 ·pixelPairs+0(SB), Y14
	VBROADCASTI128 ·pixelPairs+16(SB), Y15

span:
	MOVLQZX (SI), AX
	ADDQ    R8, AX
	LEAQ    (AX)(R9*2), R11
	MOVQ    BX, R15
	VPXOR   Y0, Y0, Y0
	VMOVDQA Y13, Y1
	VPXOR   Y2, Y2, Y2
	VMOVDQA Y13, Y3

block:
	WEIGHTS(Y8, Y9, Y10, Y11)
	VMOVDQU     (AX), X4
	VINSERTI128 $1, (AX)(R9*1), Y4, Y4
	VMOVDQU     (R11), X5
	VINSERTI128 $1, (R11)(R9*1), Y5, Y5
	PAIRS(Y4, Y6, Y14, Y15)
	PAIRS(Y5, Y7, Y14, Y15)
	WEIGH(Y6, Y12, Y8, Y10, Y0, Y1)
	WEIGH(Y7, Y12, Y8, Y10, Y2, Y3)
	WEIGH(Y4, Y12, Y9, Y11, Y0, Y1)
	WEIGH(Y5, Y12, Y9, Y11, Y2, Y3)
	ADDQ        $12, AX
	ADDQ        $12, R11
	DECQ        R15
	JNE         block

	JOIN(Y0, Y1)
	JOIN(Y2, Y3)
	VPACKSSDW    Y2, Y0, Y0
	VPACKUSWB    Y0, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VMOVD        X0, (DI)
	VMOVD        X1, (DI)(R12*1)
	VPEXTRD      $1, X0, (DI)(R12*2)
	VPEXTRD      $1, X1, (DI)(R13*1)
	ADDQ         $3, DI
	ADDQ         $4, SI
	DECQ         CX
	JNE          span
	VZEROUPPER
	RET

// func horizontalAVX512(dst []byte, dstStride int, src []byte, srcStride int, t *Taps)
//
//	for y := range 8 {
//		horizontalGeneric(dst[y*dstStride:], 0, src[y*srcStride:], 0, t)
//	}
//
// Rows 0 to 3 are in Z4, rows 4 to 7 in Z5; a pixel is written as 4 bytes.
TEXT ·horizontalAVX512(SB), NOSPLIT, $0-72
	ARGUMENTS
	VPBROADCASTD    AX, Z13
	VBROADCASTI32X4 ·pixelPairs+0(SB), Z14
	VBROADCASTI32X4 ·pixelPairs+16(SB), Z15

span:
	MOVLQZX   (SI), AX
	ADDQ      R8, AX
	LEAQ      (AX)(R9*4), R11
	MOVQ      BX, R15
	VPXORD    Z0, Z0, Z0
	VMOVDQA32 Z13, Z1
	VPXORD    Z2, Z2, Z2
	VMOVDQA32 Z13, Z3

block:
	WEIGHTS(Z8, Z9, Z10, Z11)
	VMOVDQU       (AX), X4
	VINSERTI128   $1, (AX)(R9*1), Y4, Y4
	VMOVDQU       (AX)(R9*2), X6
	VINSERTI128   $1, (AX)(R10*1), Y6, Y6
	VINSERTI64X4  $1, Y6, Z4, Z4
	VMOVDQU       (R11), X5
	VINSERTI128   $1, (R11)(R9*1), Y5, Y5
	VMOVDQU       (R11)(R9*2), X7
	VINSERTI128   $1, (R11)(R10*1), Y7, Y7
	VINSERTI64X4  $1, Y7, Z5, Z5
	PAIRS(Z4, Z6, Z14, Z15)
	PAIRS(Z5, Z7, Z14, Z15)
	WEIGH(Z6, Z12, Z8, Z10, Z0, Z1)
	WEIGH(Z7, Z12, Z8, Z10, Z2, Z3)
	WEIGH(Z4, Z12, Z9, Z11, Z0, Z1)
	WEIGH(Z5, Z12, Z9, Z11, Z2, Z3)
	ADDQ          $12, AX
	ADDQ          $12, R11
	DECQ          R15
	JNE           block

	JOIN(Z0, Z1)
	JOIN(Z2, Z3)
	VPACKSSDW       Z2, Z0, Z0
	VPACKUSWB       Z0, Z0, Z0
	VEXTRACTI128    $1, Y0, X1
	VEXTRACTI32X4   $2, Z0, X2
	VEXTRACTI32X4   $3, Z0, X3
	VMOVD           X0, (DI)
	VMOVD           X1, (DI)(R12*1)
	VMOVD           X2, (DI)(R12*2)
	VMOVD           X3, (DI)(R13*1)
	LEAQ            (DI)(R12*4), R11
	VPEXTRD         $1, X0, (R11)
	VPEXTRD         $1, X1, (R11)(R12*1)
	VPEXTRD         $1, X2, (R11)(R12*2)
	VPEXTRD         $1, X3, (R11)(R13*1)
	ADDQ            $3, DI
	ADDQ            $4, SI
	DECQ            CX
	JNE             span
	VZEROUPPER
	RET
