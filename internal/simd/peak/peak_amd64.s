//go:build !purego

#include "textflag.h"

// ROUND is twelve multiply-adds that do not wait for one another, ROUNDZ three
// more: MAC(n, sum) adds to register n, which is sum.
#define ROUND(MAC, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11) \
	MAC(0, s0) \
	MAC(1, s1) \
	MAC(2, s2) \
	MAC(3, s3) \
	MAC(4, s4) \
	MAC(5, s5) \
	MAC(6, s6) \
	MAC(7, s7) \
	MAC(8, s8) \
	MAC(9, s9) \
	MAC(10, s10) \
	MAC(11, s11)

#define ROUNDY(MAC) ROUND(MAC, Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y8, Y9, Y10, Y11)
#define ROUNDZ(MAC) \
	ROUND(MAC, Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z8, Z9, Z10, Z11) \
	MAC(13, Z13) \
	MAC(14, Z14) \
	MAC(15, Z15)

#define FMAY(n, s) VFMADD231PS Y12, Y12, s
#define FMAZ(n, s) VFMADD231PS Z12, Z12, s
#define VNNIZ(n, s) VPDPBUSD Z12, Z12, s

// What AVX2 does for four int8 at a time.
#define MADDY(n, s) \
	VPMADDUBSW Y12, Y12, Y13 \
	VPMADDWD   Y12, Y13, Y13 \
	VPADDD     Y13, s, s

// VPDPBUSD Y12, Y12, Y(n) in its VEX form, and VDPBF16PS Z12, Z12, Z(n):
// encodings that Go's assembler does not know, see package simd.
#define VNNIY(n, s) BYTE $0xc4; BYTE $(0xc2 ^ ((n)&8)<<4); BYTE $0x1d; BYTE $0x50; BYTE $(0xc4 | ((n)&7)<<3)
#define FP16Z(n, s) BYTE $0x62; BYTE $(0xd6 ^ ((n)&8)<<4); BYTE $0x1d; BYTE $0x48; BYTE $0xb8; BYTE $(0xc4 | ((n)&7)<<3)
#define BF16Z(n, s) BYTE $0x62; BYTE $(0xd2 ^ ((n)&8)<<4); BYTE $0x1e; BYTE $0x48; BYTE $0x52; BYTE $(0xc4 | ((n)&7)<<3)

// LOOP is a whole function. Register 12 is what all multiply.
#define LOOP(ROUND) \
	MOVQ   rounds+0(FP), CX \
	VXORPS Y12, Y12, Y12 \
loop: \
	ROUND \
	DECQ CX \
	JGT  loop \
	VZEROUPPER \
	RET

// func fmaAVX2(rounds int)
TEXT ·fmaAVX2(SB), NOSPLIT, $0-8
	LOOP(ROUNDY(FMAY))

// func maddAVX2(rounds int)
TEXT ·maddAVX2(SB), NOSPLIT, $0-8
	LOOP(ROUNDY(MADDY))

// func vnniAVX2(rounds int)
TEXT ·vnniAVX2(SB), NOSPLIT, $0-8
	LOOP(ROUNDY(VNNIY))

// func fmaAVX512(rounds int)
TEXT ·fmaAVX512(SB), NOSPLIT, $0-8
	LOOP(ROUNDZ(FMAZ))

// func vnniAVX512(rounds int)
TEXT ·vnniAVX512(SB), NOSPLIT, $0-8
	LOOP(ROUNDZ(VNNIZ))

// func bf16AVX512(rounds int)
TEXT ·bf16AVX512(SB), NOSPLIT, $0-8
	LOOP(ROUNDZ(BF16Z))

// func fp16AVX512(rounds int)
TEXT ·fp16AVX512(SB), NOSPLIT, $0-8
	LOOP(ROUNDZ(FP16Z))
