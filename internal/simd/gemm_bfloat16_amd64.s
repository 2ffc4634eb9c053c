//go:build !purego

#include "textflag.h"
#include "gemm_avx512_amd64.h"

// VDPBF16PS adds the products of the pairs of bfloat16 in registers Z(a) and
// Z(w) to the float32 in Z(sum). Go's assembler does not know it:
// EVEX.512.F3.0F38.W0 52 /r, with register numbers split over the prefix, and
// inverted there ("Intel 64 and IA-32 Architectures Software Developer's
// Manual", volume 2, section 2.7).
#define VDPBF16PS(a, w, sum) \
	BYTE $0x62 \
	BYTE $(0xf2 ^ ((sum)&8)<<4 ^ (sum)&16 ^ ((w)&16)<<2 ^ ((w)&8)<<2) \
	BYTE $(0x7e ^ ((a)&15)<<3) \
	BYTE $(0x48 ^ ((a)&16)>>1) \
	BYTE $0x52 \
	BYTE $(0xc0 | ((sum)&7)<<3 | (w)&7)

#define ROW(i, a, lo, hi) \
	VPBROADCASTD a, Z30 \
	VDPBF16PS(30, 28, 2*i) \
	VDPBF16PS(30, 29, 2*i+1)

// func gemmBFloat16AVX512(c []float32, ldc int, a []uint32, lda int, w []uint32, bias []float32, k, rows int, add bool, ahead uintptr)
//
//	for i := range rows { // 1 to 14
//		for j := range 32 {
//			sum := float32(0)
//			for l := range k { // words of two, at least 1
//				even := float(a[2*(i*lda+l)]) * float(w[2*(l*32+j)])
//				odd := float(a[2*(i*lda+l)+1]) * float(w[2*(l*32+j)+1])
//				sum += odd + even
//			}
//			sum += bias[j]
//			if add {
//				sum += c[i*ldc+j]
//			}
//			c[i*ldc+j] = sum
//		}
//	}
TEXT ·gemmBFloat16AVX512(SB), NOSPLIT, $0-144
	MOVQ ahead+136(FP), R9
	SUMS

write:
	VMOVUPS (R13), Z30
	VMOVUPS 64(R13), Z31
	TILE(WRITE)

done:
	VZEROUPPER
	RET
