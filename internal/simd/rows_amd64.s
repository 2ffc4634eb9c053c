//go:build !purego

#include "textflag.h"
#include "vector_amd64.h"

// VCVTNEPS2BF16 rounds the 16 float32 in Z(from) to bfloat16 in Y(to), to
// nearest even: EVEX.512.F3.0F38.W0 72 /r, for registers below 8. Go's
// assembler does not know it.
#define VCVTNEPS2BF16(from, to) \
	BYTE $0x62; BYTE $0xf2; BYTE $0x7e; BYTE $0x48; BYTE $0x72 \
	BYTE $(0xc0 | (to)<<3 | (from))

// func narrowAVX512(dst []uint16, ldd int, src []float32, lds, rows, cols int)
//
//	for i := range rows {
//		for j := range cols {
//			dst[i*ldd+j] = bfloat16(src[i*lds+j])
//		}
//	}
TEXT ·narrowAVX512(SB), NOSPLIT, $0-80
	MOVQ dst_base+0(FP), DI
	MOVQ ldd+24(FP), R8
	MOVQ src_base+32(FP), SI
	MOVQ lds+56(FP), R9
	MOVQ rows+64(FP), R10
	MOVQ cols+72(FP), CX
	SHLQ $1, R8
	SHLQ $2, R9
	MOVQ CX, R11
	SHRQ $4, R11
	TAIL16MASK(K1)

row:
	DECQ R10
	JLT  done
	XORQ DX, DX
	MOVQ R11, BX
	JMP  test

loop:
	VMOVUPS (SI)(DX*4), Z0
	VCVTNEPS2BF16(0, 1)
	VMOVUPS Y1, (DI)(DX*2)
	ADDQ    $16, DX
	DECQ    BX

test:
	TESTQ     BX, BX
	JNE       loop
	VMOVUPS.Z (SI)(DX*4), K1, Z0
	VCVTNEPS2BF16(0, 1)
	VMOVDQU16 Y1, K1, (DI)(DX*2)
	ADDQ      R8, DI
	ADDQ      R9, SI
	JMP       row

done:
	VZEROUPPER
	RET

// func widenAVX512(dst []float32, src []uint16)
//
//	for i, v := range src {
//		dst[i] = float32(v) // of bfloat16: the upper half of its bits
//	}
TEXT ·widenAVX512(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ src_base+24(FP), SI
	MOVQ src_len+32(FP), CX
	MOVQ CX, BX
	SHRQ $4, BX
	TAIL16MASK(K1)
	JMP  test

loop:
	VPMOVZXWD (SI), Z0
	VPSLLD    $16, Z0, Z0
	VMOVUPS   Z0, (DI)
	ADDQ      $32, SI
	ADDQ      $64, DI
	DECQ      BX

test:
	TESTQ       BX, BX
	JNE         loop
	VMOVDQU16.Z (SI), K1, Y0
	VPMOVZXWD   Y0, Z0
	VPSLLD      $16, Z0, Z0
	VMOVUPS     Z0, K1, (DI)
	VZEROUPPER
	RET

// func interleaveAVX512(dst, even, odd []uint16)
//
//	for i, v := range even {
//		dst[2*i], dst[2*i+1] = v, odd[i]
//	}
TEXT ·interleaveAVX512(SB), NOSPLIT, $0-72
	MOVQ dst_base+0(FP), DI
	MOVQ even_base+24(FP), SI
	MOVQ even_len+32(FP), CX
	MOVQ odd_base+48(FP), DX
	MOVQ CX, BX
	SHRQ $4, BX
	TAIL16MASK(K1)
	JMP  test

loop:
	VPMOVZXWD (SI), Z0
	VPMOVZXWD (DX), Z1
	VPSLLD    $16, Z1, Z1
	VPORD     Z1, Z0, Z0
	VMOVUPS   Z0, (DI)
	ADDQ      $32, SI
	ADDQ      $32, DX
	ADDQ      $64, DI
	DECQ      BX

test:
	TESTQ       BX, BX
	JNE         loop
	VMOVDQU16.Z (SI), K1, Y0
	VMOVDQU16.Z (DX), K1, Y1
	VPMOVZXWD   Y0, Z0
	VPMOVZXWD   Y1, Z1
	VPSLLD      $16, Z1, Z1
	VPORD       Z1, Z0, Z0
	VMOVUPS     Z0, K1, (DI)
	VZEROUPPER
	RET

// EXTENT widens the least and greatest so far, lo and hi, by the numbers in x
// and adds zero*x to nan, which is NaN from the first NaN or Inf on.
#define EXTENT(x, lo, hi, nan, zero) \
	VMINPS      x, lo, lo \
	VMAXPS      x, hi, hi \
	VFMADD231PS x, zero, nan

// func extentAVX512(x []float32) (lo, hi float32)
//
//	return min(x...), max(x...) // NaN, NaN if x holds NaN or Inf; x is not empty
TEXT ·extentAVX512(SB), NOSPLIT, $0-32
	MOVQ         x_base+0(FP), SI
	MOVQ         x_len+8(FP), CX
	MOVQ         CX, BX
	SHRQ         $4, BX
	TAIL16MASK(K1)
	VPXORD       Z7, Z7, Z7
	VPXORD       Z8, Z8, Z8
	VPXORD       Z9, Z9, Z9
	VBROADCASTSS (SI), Z0
	VMOVAPS      Z0, Z1
	VMOVAPS      Z0, Z2
	VMOVAPS      Z0, Z3
	VMOVAPS      Z0, Z5

two:
	SUBQ    $2, BX
	JLT     one
	VMOVUPS (SI), Z4
	VMOVUPS 64(SI), Z6
	EXTENT(Z4, Z0, Z2, Z8, Z7)
	EXTENT(Z6, Z1, Z3, Z9, Z7)
	ADDQ    $128, SI
	JMP     two

one:
	ADDQ    $2, BX
	JEQ     tail
	VMOVUPS (SI), Z4
	EXTENT(Z4, Z0, Z2, Z8, Z7)
	ADDQ    $64, SI

tail:
	VMOVUPS (SI), K1, Z5 // lanes beyond the end hold the first number
	EXTENT(Z5, Z1, Z3, Z9, Z7)
	VMINPS  Z1, Z0, Z0
	VMAXPS  Z3, Z2, Z2
	VADDPS  Z9, Z8, Z8
	FOLD512(VMINPS, Z0, Y0, X0, Y4, X4)
	FOLD512(VMAXPS, Z2, Y2, X2, Y4, X4)
	FOLD512(VADDPS, Z8, Y8, X8, Y4, X4)
	VADDSS  X8, X0, X0
	VADDSS  X8, X2, X2
	VMOVSS  X0, lo+24(FP)
	VMOVSS  X2, hi+28(FP)
	VZEROUPPER
	RET

// func codesAVX512(dst []uint8, x []float32, lo, inv float32)
//
//	for i, v := range x {
//		dst[i] = uint8(round((v - lo) * inv))
//	}
TEXT ·codesAVX512(SB), NOSPLIT, $0-56
	MOVQ         dst_base+0(FP), DI
	MOVQ         x_base+24(FP), SI
	MOVQ         x_len+32(FP), CX
	VBROADCASTSS lo+48(FP), Z0
	VBROADCASTSS inv+52(FP), Z1
	MOVQ         CX, BX
	SHRQ         $4, BX
	TAIL16MASK(K1)
	JMP          test

loop:
	VMOVUPS   (SI), Z4
	VSUBPS    Z0, Z4, Z4
	VMULPS    Z1, Z4, Z4
	VCVTPS2DQ Z4, Z4
	VPMOVUSDB Z4, (DI)
	ADDQ      $64, SI
	ADDQ      $16, DI
	DECQ      BX

test:
	TESTQ     BX, BX
	JNE       loop
	VMOVUPS.Z (SI), K1, Z4
	VSUBPS    Z0, Z4, Z4
	VMULPS    Z1, Z4, Z4
	VCVTPS2DQ Z4, Z4
	VPMOVUSDB Z4, K1, (DI)
	VZEROUPPER
	RET

// func extentAVX2(x []float32) (lo, hi float32)
//
// The loop of extentAVX512, 8 lanes at a time.
TEXT ·extentAVX2(SB), NOSPLIT, $0-32
	MOVQ         x_base+0(FP), SI
	MOVQ         x_len+8(FP), CX
	TAIL8MASK(CX, R8, R9, Y15)
	SHRQ         $3, CX
	VXORPS       Y7, Y7, Y7
	VXORPS       Y8, Y8, Y8
	VBROADCASTSS (SI), Y0
	VMOVAPS      Y0, Y2
	VMOVAPS      Y0, Y5
	JMP          test

loop:
	VMOVUPS (SI), Y4
	EXTENT(Y4, Y0, Y2, Y8, Y7)
	ADDQ    $32, SI
	DECQ    CX

test:
	TESTQ      CX, CX
	JNE        loop
	VMASKMOVPS (SI), Y15, Y4
	VBLENDVPS  Y15, Y4, Y5, Y4 // lanes beyond the end hold the first number
	EXTENT(Y4, Y0, Y2, Y8, Y7)
	FOLD(VMINPS, Y0, X0, X4)
	FOLD(VMAXPS, Y2, X2, X4)
	FOLD(VADDPS, Y8, X8, X4)
	VADDSS     X8, X0, X0
	VADDSS     X8, X2, X2
	VMOVSS     X0, lo+24(FP)
	VMOVSS     X2, hi+28(FP)
	VZEROUPPER
	RET

// func codes8AVX2(dst []uint8, x []float32, lo, inv float32)
//
// The loop of codesAVX512, 8 lanes at a time; what is left over of x is not done.
TEXT ·codes8AVX2(SB), NOSPLIT, $0-56
	MOVQ         dst_base+0(FP), DI
	MOVQ         x_base+24(FP), SI
	MOVQ         x_len+32(FP), CX
	VBROADCASTSS lo+48(FP), Y0
	VBROADCASTSS inv+52(FP), Y1
	SHRQ         $3, CX
	JEQ          done

loop:
	VMOVUPS      (SI), Y4
	VSUBPS       Y0, Y4, Y4
	VMULPS       Y1, Y4, Y4
	VCVTPS2DQ    Y4, Y4
	VEXTRACTI128 $1, Y4, X5
	VPACKUSDW    X5, X4, X4
	VPACKUSWB    X4, X4, X4
	VMOVQ        X4, (DI)
	ADDQ         $32, SI
	ADDQ         $8, DI
	DECQ         CX
	JNE          loop

done:
	VZEROUPPER
	RET
