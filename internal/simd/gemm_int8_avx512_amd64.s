//go:build !purego

#include "textflag.h"
#include "gemm_avx512_amd64.h"

#define ROW(i, a, lo, hi) \
	VPBROADCASTD a, Z30 \
	VPDPBUSD     Z28, Z30, lo \
	VPDPBUSD     Z29, Z30, hi

// WRITE8 turns the whole numbers of one row into floats. SI points to the
// row's scale and offset, DI to the columns' scales; Z28, Z29 hold the columns'
// sums of weights and Z30, Z31 the bias.
#define WRITE8(lo, hi) \
	VCVTDQ2PS        lo, lo \
	VCVTDQ2PS        hi, hi \
	VMULPS           (DI), lo, lo \
	VMULPS           64(DI), hi, hi \
	VMULPS.BCST      (SI), lo, lo \
	VMULPS.BCST      (SI), hi, hi \
	VFMADD231PS.BCST 4(SI), Z28, lo \
	VFMADD231PS.BCST 4(SI), Z29, hi \
	VADDPS           Z30, lo, lo \
	VADDPS           Z31, hi, hi \
	ADDQ             $8, SI \
	STORE(lo, hi)

// func gemmInt8AVX512(c []float32, ldc int, a []uint32, lda int, w []uint32, bias []float32, k, rows int, add bool, affine, scale, sums []float32, ahead uintptr)
//
//	for i := range rows { // 1 to 14
//		for j := range 32 {
//			sum := int32(0)
//			for l := range k { // words of four, at least 1
//				for b := range 4 {
//					sum += int32(a[4*(i*lda+l)+b]) * int32(w[4*(l*32+j)+b])
//				}
//			}
//			v := float32(sum)*scale[j]*affine[2*i] + affine[2*i+1]*sums[j] + bias[j]
//			if add {
//				v += c[i*ldc+j]
//			}
//			c[i*ldc+j] = v
//		}
//	}
TEXT ·gemmInt8AVX512(SB), NOSPLIT, $0-216
	MOVQ ahead+208(FP), R9
	SUMS

write:
	MOVQ    affine_base+136(FP), SI
	MOVQ    scale_base+160(FP), DI
	MOVQ    sums_base+184(FP), R11
	VMOVUPS (R11), Z28
	VMOVUPS 64(R11), Z29
	VMOVUPS (R13), Z30
	VMOVUPS 64(R13), Z31
	TILE(WRITE8)

done:
	VZEROUPPER
	RET
