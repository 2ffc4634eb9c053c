//go:build !purego

#include "textflag.h"
#include "gemm_avx2_amd64.h"

// VPDPBUSD adds the four products of the bytes in Y(a), unsigned, and Y(w),
// signed, to the int32 in Y(sum). Go's assembler knows its EVEX form only,
// which a CPU without AVX-512 lacks: VEX.256.66.0F38.W0 50 /r. The sums are
// Y0-Y11, the others Y12-Y14: the bits that extend those numbers are fixed.
#define VPDPBUSD(a, w, sum) \
	BYTE $0xc4 \
	BYTE $(0xe2 ^ ((sum)&8)<<4 ^ ((w)&8)<<2) \
	BYTE $(0x7d ^ (a)<<3) \
	BYTE $0x50 \
	BYTE $(0xc0 | ((sum)&7)<<3 | (w)&7)

#define ROW(i, a, lo, hi) \
	VPBROADCASTD a, Y14 \
	VPDPBUSD(14, 12, 2*i) \
	VPDPBUSD(14, 13, 2*i+1)

// func gemmInt8AVXVNNI(c []float32, ldc int, a []uint32, lda int, w []uint32, bias []float32, k, rows int, add bool, affine, scale, sums []float32, ahead uintptr)
//
// The loops of gemmInt8AVX512, on tiles of 6 rows and 16 columns.
TEXT ·gemmInt8AVXVNNI(SB), NOSPLIT, $0-216
	SUMS

write:
	TILE8

done:
	VZEROUPPER
	RET
