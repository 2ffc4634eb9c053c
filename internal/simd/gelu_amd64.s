//go:build !purego

#include "textflag.h"
#include "vector_amd64.h"

// func geluAVX2(x []float32)
//
//	for i, v := range x {
//		t := min(max(v, -5.5), 5.5)
//		erf := t * p(t*t) / q(t*t)
//		x[i] = v/2*erf + v/2
//	}
TEXT ·geluAVX2(SB), NOSPLIT, $0-24
	MOVQ x_base+0(FP), SI
	MOVQ x_len+8(FP), CX
	TAIL8MASK(CX, R8, R9, Y15)
	SHRQ $3, CX
	JEQ  tail

loop:
	VMOVUPS (SI), Y0
	GELU(Y0, Y1, Y2, Y3, Y4)
	VMOVUPS Y3, (SI)
	ADDQ    $32, SI
	DECQ    CX
	JNE     loop

tail:
	VMASKMOVPS (SI), Y15, Y0
	GELU(Y0, Y1, Y2, Y3, Y4)
	VMASKMOVPS Y3, Y15, (SI)
	VZEROUPPER
	RET

// func geluAVX512(x []float32)
//
// The loop of geluAVX2, 16 lanes at a time.
TEXT ·geluAVX512(SB), NOSPLIT, $0-24
	MOVQ x_base+0(FP), SI
	MOVQ x_len+8(FP), CX
	MOVQ CX, DX
	TAIL16MASK(K1)
	SHRQ $4, DX
	JEQ  tail

loop:
	VMOVUPS (SI), Z0
	GELU(Z0, Z1, Z2, Z3, Z4)
	VMOVUPS Z3, (SI)
	ADDQ    $64, SI
	DECQ    DX
	JNE     loop

tail:
	VMOVUPS.Z (SI), K1, Z0
	GELU(Z0, Z1, Z2, Z3, Z4)
	VMOVUPS   Z3, K1, (SI)
	VZEROUPPER
	RET
