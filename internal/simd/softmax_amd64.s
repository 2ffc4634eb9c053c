//go:build !purego

#include "textflag.h"
#include "vector_amd64.h"

// func softmaxAVX2(x []float32, scale float32)
//
//	top, sum := -Inf, 0
//	for _, v := range x {
//		top = max(top, scale*v)
//	}
//	for i, v := range x {
//		x[i] = exp(scale*v - top)
//		sum += x[i]
//	}
//	for i := range x {
//		x[i] *= 1 / sum
//	}
TEXT ·softmaxAVX2(SB), NOSPLIT, $0-28
	MOVQ         x_base+0(FP), SI
	MOVQ         x_len+8(FP), CX
	VBROADCASTSS scale+24(FP), Y1
	TAIL8MASK(CX, R8, R9, Y15)
	SHRQ         $3, CX

	VMOVUPS NEGINF, Y0
	MOVQ    SI, DI
	MOVQ    CX, DX
	TESTQ   DX, DX
	JEQ     topTail

top:
	VMULPS (DI), Y1, Y2
	VMAXPS Y2, Y0, Y0
	ADDQ   $32, DI
	DECQ   DX
	JNE    top

topTail:
	VMASKMOVPS (DI), Y15, Y2
	VMULPS     Y1, Y2, Y2
	VBLENDVPS  Y15, Y2, Y0, Y2
	VMAXPS     Y2, Y0, Y0
	FOLD(VMAXPS, Y0, X0, X2)
	VBROADCASTSS X0, Y0

	VXORPS Y3, Y3, Y3
	MOVQ   SI, DI
	MOVQ   CX, DX
	TESTQ  DX, DX
	JEQ    expTail

exp:
	VMOVUPS      (DI), Y2
	VFMSUB213PS  Y0, Y1, Y2
	EXP(Y2, Y4, Y5)
	VMOVUPS      Y2, (DI)
	VADDPS       Y2, Y3, Y3
	ADDQ         $32, DI
	DECQ         DX
	JNE          exp

expTail:
	VMASKMOVPS  (DI), Y15, Y2
	VFMSUB213PS Y0, Y1, Y2
	EXP(Y2, Y4, Y5)
	VANDPS      Y15, Y2, Y2
	VADDPS      Y2, Y3, Y3
	VMOVAPS     Y2, Y6
	FOLD(VADDPS, Y3, X3, X4)
	VMOVSS       ONE, X4
	VDIVSS       X3, X4, X3
	VBROADCASTSS X3, Y3
	VMULPS       Y3, Y6, Y6
	VMASKMOVPS   Y6, Y15, (DI)
	TESTQ        CX, CX
	JEQ          done

divide:
	VMULPS  (SI), Y3, Y2
	VMOVUPS Y2, (SI)
	ADDQ    $32, SI
	DECQ    CX
	JNE     divide

done:
	VZEROUPPER
	RET

// func softmaxAVX512(x []float32, scale float32)
//
// The loops of softmaxAVX2, 16 lanes at a time.
TEXT ·softmaxAVX512(SB), NOSPLIT, $0-28
	MOVQ         x_base+0(FP), SI
	MOVQ         x_len+8(FP), CX
	VBROADCASTSS scale+24(FP), Z1
	MOVQ         CX, R8
	SHRQ         $4, R8
	TAIL16MASK(K1)

	VMOVUPS NEGINF, Z0
	MOVQ    SI, DI
	MOVQ    R8, DX
	TESTQ   DX, DX
	JEQ     topTail

top:
	VMULPS (DI), Z1, Z2
	VMAXPS Z2, Z0, Z0
	ADDQ   $64, DI
	DECQ   DX
	JNE    top

topTail:
	VMULPS.Z (DI), Z1, K1, Z2
	VMAXPS   Z2, Z0, K1, Z0
	FOLD512(VMAXPS, Z0, Y0, X0, Y2, X2)
	VBROADCASTSS X0, Z0

	VPXORD Z3, Z3, Z3
	MOVQ   SI, DI
	MOVQ   R8, DX
	TESTQ  DX, DX
	JEQ    expTail

exp:
	VMOVUPS     (DI), Z2
	VFMSUB213PS Z0, Z1, Z2
	EXP(Z2, Z4, Z5)
	VMOVUPS     Z2, (DI)
	VADDPS      Z2, Z3, Z3
	ADDQ        $64, DI
	DECQ        DX
	JNE         exp

expTail:
	VMOVUPS.Z   (DI), K1, Z2
	VFMSUB213PS Z0, Z1, Z2
	EXP(Z2, Z4, Z5)
	VADDPS      Z2, Z3, K1, Z3
	VMOVAPS     Z2, Z6
	FOLD512(VADDPS, Z3, Y3, X3, Y4, X4)
	VMOVSS       ONE, X4
	VDIVSS       X3, X4, X3
	VBROADCASTSS X3, Z3
	VMULPS       Z3, Z6, Z6
	VMOVUPS      Z6, K1, (DI)
	TESTQ        R8, R8
	JEQ          done

divide:
	VMULPS  (SI), Z3, Z2
	VMOVUPS Z2, (SI)
	ADDQ    $64, SI
	DECQ    R8
	JNE     divide

done:
	VZEROUPPER
	RET
