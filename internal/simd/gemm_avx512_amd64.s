//go:build !purego

#include "textflag.h"
#include "gemm_avx512_amd64.h"

#define ROW(i, a, lo, hi) \
	VBROADCASTSS a, Z30 \
	VFMADD231PS  Z30, Z28, lo \
	VFMADD231PS  Z30, Z29, hi

// func gemmAVX512(c []float32, ldc int, a []float32, lda int, w, bias []float32, k, rows int, add bool, ahead uintptr)
//
//	for i := range rows { // 1 to 14
//		for j := range 32 {
//			sum := float32(0)
//			for l := range k { // at least 1
//				sum = fma(a[i*lda+l], w[l*32+j], sum)
//			}
//			sum += bias[j]
//			if add {
//				sum += c[i*ldc+j]
//			}
//			c[i*ldc+j] = sum
//		}
//	}
//
// ahead is where to fetch memory from that the next calls will read, 16 bytes a
// step along k; it may point anywhere.
TEXT ·gemmAVX512(SB), NOSPLIT, $0-144
	MOVQ ahead+136(FP), R9
	SUMS

write:
	VMOVUPS (R13), Z30
	VMOVUPS 64(R13), Z31
	TILE(WRITE)

done:
	VZEROUPPER
	RET
