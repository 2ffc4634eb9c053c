//go:build !purego

#include "textflag.h"
#include "vector_amd64.h"

// func narrowFloat16AVX512(dst []uint16, ldd int, src []float32, lds, rows, cols int)
//
//	for i := range rows {
//		for j := range cols {
//			dst[i*ldd+j] = float16(src[i*lds+j])
//		}
//	}
TEXT ·narrowFloat16AVX512(SB), NOSPLIT, $0-80
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
	VMOVUPS   (SI)(DX*4), Z0
	VCVTPS2PH $0, Z0, Y1
	VMOVUPS   Y1, (DI)(DX*2)
	ADDQ      $16, DX
	DECQ      BX

test:
	TESTQ     BX, BX
	JNE       loop
	VMOVUPS.Z (SI)(DX*4), K1, Z0
	VCVTPS2PH $0, Z0, Y1
	VMOVDQU16 Y1, K1, (DI)(DX*2)
	ADDQ      R8, DI
	ADDQ      R9, SI
	JMP       row

done:
	VZEROUPPER
	RET

// func widenFloat16AVX512(dst []float32, src []uint16)
//
//	for i, v := range src {
//		dst[i] = float32(v) // of float16
//	}
TEXT ·widenFloat16AVX512(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ src_base+24(FP), SI
	MOVQ src_len+32(FP), CX
	MOVQ CX, BX
	SHRQ $4, BX
	TAIL16MASK(K1)
	JMP  test

loop:
	VCVTPH2PS (SI), Z0
	VMOVUPS   Z0, (DI)
	ADDQ      $32, SI
	ADDQ      $64, DI
	DECQ      BX

test:
	TESTQ       BX, BX
	JNE         loop
	VMOVDQU16.Z (SI), K1, Y0
	VCVTPH2PS   Y0, Z0
	VMOVUPS     Z0, K1, (DI)
	VZEROUPPER
	RET
