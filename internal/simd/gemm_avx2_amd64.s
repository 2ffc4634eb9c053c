//go:build !purego

#include "textflag.h"
#include "gemm_avx2_amd64.h"

#define ROW(i, a, lo, hi) \
	VBROADCASTSS a, Y14 \
	VFMADD231PS  Y14, Y12, lo \
	VFMADD231PS  Y14, Y13, hi

// func gemmAVX2(c []float32, ldc int, a []float32, lda int, w, bias []float32, k, rows int, add bool, ahead uintptr)
//
//	for i := range rows { // 1 to 6
//		for j := range 16 {
//			sum := float32(0)
//			for l := range k { // at least 1
//				sum = fma(a[i*lda+l], w[l*16+j], sum)
//			}
//			sum += bias[j]
//			if add {
//				sum += c[i*ldc+j]
//			}
//			c[i*ldc+j] = sum
//		}
//	}
TEXT ·gemmAVX2(SB), NOSPLIT, $0-144
	SUMS

write:
	VMOVUPS (R13), Y12
	VMOVUPS 32(R13), Y13
	TILE(WRITE)

done:
	VZEROUPPER
	RET
