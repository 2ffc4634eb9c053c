//go:build !purego

#include "textflag.h"
#include "vector_amd64.h"

// GELU8 replaces Y0 by x*Q(|x|) below zero, else by x*(1 - Q(|x|)).
#define GELU8 \
	NORMALTAIL(Y0, Y1, Y2, Y3, Y4) \
	VMOVUPS   ONE, Y2 \
	VSUBPS    Y1, Y2, Y2 \
	VBLENDVPS Y0, Y1, Y2, Y1 \
	VMULPS    Y1, Y0, Y0

// GELU16 does the same for Z0; K2 selects the lanes below zero.
#define GELU16 \
	NORMALTAIL(Z0, Z1, Z2, Z3, Z4) \
	VMOVUPS   ONE, Z2 \
	VPMOVD2M  Z0, K2 \
	VSUBPS    Z1, Z2, Z2 \
	VMOVAPS   Z1, K2, Z2 \
	VMULPS    Z2, Z0, Z0

// func geluAVX2(x []float32)
//
//	for i, v := range x {
//		q := normalTail(abs(v))
//		if v >= 0 {
//			q = 1 - q
//		}
//		x[i] = v * q
//	}
TEXT ·geluAVX2(SB), NOSPLIT, $0-24
	MOVQ x_base+0(FP), SI
	MOVQ x_len+8(FP), CX
	TAIL8MASK(CX, R8, R9, Y15)
	SHRQ $3, CX
	JEQ  tail

loop:
	VMOVUPS (SI), Y0
	GELU8
	VMOVUPS Y0, (SI)
	ADDQ    $32, SI
	DECQ    CX
	JNE     loop

tail:
	VMASKMOVPS (SI), Y15, Y0
	GELU8
	VMASKMOVPS Y0, Y15, (SI)
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
	GELU16
	VMOVUPS Z0, (SI)
	ADDQ    $64, SI
	DECQ    DX
	JNE     loop

tail:
	VMOVUPS.Z (SI), K1, Z0
	GELU16
	VMOVUPS   Z0, K1, (SI)
	VZEROUPPER
	RET
