//go:build !purego

#include "textflag.h"
#include "vector_amd64.h"

// func layerNormAVX2(dst, x, gain, bias []float32, eps float32)
//
//	sum, squares := 0, 0
//	for _, v := range x {
//		sum += v
//	}
//	mean := sum / len(x)
//	for _, v := range x {
//		squares += (v - mean) * (v - mean)
//	}
//	inv := 1 / sqrt(squares/len(x) + eps)
//	for i, v := range x {
//		dst[i] = (v-mean)*inv*gain[i] + bias[i]
//	}
TEXT ·layerNormAVX2(SB), NOSPLIT, $0-100
	MOVQ       dst_base+0(FP), DI
	MOVQ       x_base+24(FP), SI
	MOVQ       x_len+32(FP), CX
	MOVQ       gain_base+48(FP), R10
	MOVQ       bias_base+72(FP), R11
	VXORPS     X7, X7, X7
	VCVTSI2SSQ CX, X7, X7
	TAIL8MASK(CX, R8, R9, Y15)
	SHLQ       $2, CX
	ANDQ       $~31, CX

	VXORPS Y0, Y0, Y0
	XORQ   DX, DX
	JMP    sumTest

sum:
	VADDPS (SI)(DX*1), Y0, Y0
	ADDQ   $32, DX

sumTest:
	CMPQ       DX, CX
	JLT        sum
	VMASKMOVPS (SI)(DX*1), Y15, Y2
	VADDPS     Y2, Y0, Y0
	FOLD(VADDPS, Y0, X0, X2)
	VDIVSS       X7, X0, X0
	VBROADCASTSS X0, Y0

	VXORPS Y1, Y1, Y1
	XORQ   DX, DX
	JMP    squaresTest

squares:
	VMOVUPS     (SI)(DX*1), Y2
	VSUBPS      Y0, Y2, Y2
	VFMADD231PS Y2, Y2, Y1
	ADDQ        $32, DX

squaresTest:
	CMPQ        DX, CX
	JLT         squares
	VMASKMOVPS  (SI)(DX*1), Y15, Y2
	VSUBPS      Y0, Y2, Y2
	VANDPS      Y15, Y2, Y2
	VFMADD231PS Y2, Y2, Y1
	FOLD(VADDPS, Y1, X1, X2)
	VDIVSS       X7, X1, X1
	VADDSS       eps+96(FP), X1, X1
	VSQRTSS      X1, X1, X1
	VMOVSS       ONE, X2
	VDIVSS       X1, X2, X1
	VBROADCASTSS X1, Y1

	XORQ DX, DX
	JMP  writeTest

write:
	VMOVUPS     (SI)(DX*1), Y2
	VMOVUPS     (R10)(DX*1), Y3
	VSUBPS      Y0, Y2, Y2
	VMULPS      Y1, Y2, Y2
	VFMADD213PS (R11)(DX*1), Y3, Y2
	VMOVUPS     Y2, (DI)(DX*1)
	ADDQ        $32, DX

writeTest:
	CMPQ        DX, CX
	JLT         write
	VMASKMOVPS  (SI)(DX*1), Y15, Y2
	VMASKMOVPS  (R10)(DX*1), Y15, Y3
	VMASKMOVPS  (R11)(DX*1), Y15, Y4
	VSUBPS      Y0, Y2, Y2
	VMULPS      Y1, Y2, Y2
	VFMADD213PS Y4, Y3, Y2
	VMASKMOVPS  Y2, Y15, (DI)(DX*1)
	VZEROUPPER
	RET

// func layerNormAVX512(dst, x, gain, bias []float32, eps float32)
//
// The loops of layerNormAVX2, 16 lanes at a time.
TEXT ·layerNormAVX512(SB), NOSPLIT, $0-100
	MOVQ       dst_base+0(FP), DI
	MOVQ       x_base+24(FP), SI
	MOVQ       x_len+32(FP), CX
	MOVQ       gain_base+48(FP), R10
	MOVQ       bias_base+72(FP), R11
	VXORPS     X7, X7, X7
	VCVTSI2SSQ CX, X7, X7
	MOVQ       CX, R8
	SHLQ       $2, R8
	ANDQ       $~63, R8
	TAIL16MASK(K1)

	VPXORD Z0, Z0, Z0
	XORQ   DX, DX
	JMP    sumTest

sum:
	VADDPS (SI)(DX*1), Z0, Z0
	ADDQ   $64, DX

sumTest:
	CMPQ      DX, R8
	JLT       sum
	VADDPS    (SI)(DX*1), Z0, K1, Z0
	FOLD512(VADDPS, Z0, Y0, X0, Y2, X2)
	VDIVSS       X7, X0, X0
	VBROADCASTSS X0, Z0

	VPXORD Z1, Z1, Z1
	XORQ   DX, DX
	JMP    squaresTest

squares:
	VMOVUPS     (SI)(DX*1), Z2
	VSUBPS      Z0, Z2, Z2
	VFMADD231PS Z2, Z2, Z1
	ADDQ        $64, DX

squaresTest:
	CMPQ        DX, R8
	JLT         squares
	VMOVUPS.Z   (SI)(DX*1), K1, Z2
	VSUBPS      Z0, Z2, Z2
	VFMADD231PS Z2, Z2, K1, Z1
	FOLD512(VADDPS, Z1, Y1, X1, Y2, X2)
	VDIVSS       X7, X1, X1
	VADDSS       eps+96(FP), X1, X1
	VSQRTSS      X1, X1, X1
	VMOVSS       ONE, X2
	VDIVSS       X1, X2, X1
	VBROADCASTSS X1, Z1

	XORQ DX, DX
	JMP  writeTest

write:
	VMOVUPS     (SI)(DX*1), Z2
	VMOVUPS     (R10)(DX*1), Z3
	VSUBPS      Z0, Z2, Z2
	VMULPS      Z1, Z2, Z2
	VFMADD213PS (R11)(DX*1), Z3, Z2
	VMOVUPS     Z2, (DI)(DX*1)
	ADDQ        $64, DX

writeTest:
	CMPQ        DX, R8
	JLT         write
	VMOVUPS.Z   (SI)(DX*1), K1, Z2
	VMOVUPS.Z   (R10)(DX*1), K1, Z3
	VMOVUPS.Z   (R11)(DX*1), K1, Z4
	VSUBPS      Z0, Z2, Z2
	VMULPS      Z1, Z2, Z2
	VFMADD213PS Z4, Z3, Z2
	VMOVUPS     Z2, K1, (DI)(DX*1)
	VZEROUPPER
	RET
