//go:build !purego

#include "textflag.h"
#include "gemm_avx2_amd64.h"

// VPMADDUBSW adds two products in 16 bits. They cannot overflow, because the
// codes of weights go up to 64 at this level: 2*255*64 < 1<<15.
#define ROW(i, a, lo, hi) \
	VPBROADCASTD a, Y14 \
	VPMADDUBSW   Y12, Y14, Y15 \
	VPMADDWD     ·ones16(SB), Y15, Y15 \
	VPADDD       Y15, lo, lo \
	VPMADDUBSW   Y13, Y14, Y15 \
	VPMADDWD     ·ones16(SB), Y15, Y15 \
	VPADDD       Y15, hi, hi

// func gemmInt8AVX2(c []float32, ldc int, a []uint32, lda int, w []uint32, bias []float32, k, rows int, add bool, affine, scale, sums []float32, ahead uintptr)
//
// The loops of gemmInt8AVX512, on tiles of 6 rows and 16 columns.
TEXT ·gemmInt8AVX2(SB), NOSPLIT, $0-216
	SUMS

write:
	TILE8

done:
	VZEROUPPER
	RET
