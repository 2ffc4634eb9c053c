//go:build !purego

#include "textflag.h"
#include "gemm_avx512_amd64.h"

// VFMADD231PH adds the products of the float16 in registers Z(a) and Z(w) to
// those in Z(sum). Go's assembler does not know it: EVEX.512.66.MAP6.W0 B8 /r,
// with register numbers as in VDPBF16PS.
#define VFMADD231PH(a, w, sum) \
	BYTE $0x62 \
	BYTE $(0xf6 ^ ((sum)&8)<<4 ^ (sum)&16 ^ ((w)&16)<<2 ^ ((w)&8)<<2) \
	BYTE $(0x7d ^ ((a)&15)<<3) \
	BYTE $(0x48 ^ ((a)&16)>>1) \
	BYTE $0xb8 \
	BYTE $(0xc0 | ((sum)&7)<<3 | (w)&7)

// VADDPH_28_29 is VADDPH Z28, Z29, Z28: EVEX.512.NP.MAP5.W0 58 /r.
#define VADDPH_28_29 BYTE $0x62; BYTE $0x05; BYTE $0x14; BYTE $0x40; BYTE $0x58; BYTE $0xe4

#define ROW(i, a, lo, hi) \
	VPBROADCASTD a, Z30 \
	VFMADD231PH(30, 28, 2*i) \
	VFMADD231PH(30, 29, 2*i+1)

// PAIRS adds up the two float16 of each word, to a float32.
#define PAIRS(sums) \
	VMOVDQA64 sums, Z28 \
	VPSRLD    $16, sums, Z29 \
	VADDPH_28_29 \
	VPMOVDW   Z28, Y28 \
	VCVTPH2PS Y28, sums

// WRITE16 is WRITE of a row of pairs.
#define WRITE16(lo, hi) \
	PAIRS(lo) \
	PAIRS(hi) \
	WRITE(lo, hi)

// func gemmFloat16AVX512(c []float32, ldc int, a []uint32, lda int, w []uint32, bias []float32, k, rows int, add bool, ahead uintptr)
//
//	for i := range rows { // 1 to 14
//		for j := range 32 {
//			even, odd := float16(0), float16(0)
//			for l := range k { // words of two, at least 1
//				even = fma(a[2*(i*lda+l)], w[2*(l*32+j)], even)
//				odd = fma(a[2*(i*lda+l)+1], w[2*(l*32+j)+1], odd)
//			}
//			sum := float32(even + odd) + bias[j]
//			if add {
//				sum += c[i*ldc+j]
//			}
//			c[i*ldc+j] = sum
//		}
//	}
TEXT ·gemmFloat16AVX512(SB), NOSPLIT, $0-144
	MOVQ ahead+136(FP), R9
	SUMS

write:
	VMOVUPS (R13), Z30
	VMOVUPS 64(R13), Z31
	TILE(WRITE16)

done:
	VZEROUPPER
	RET
