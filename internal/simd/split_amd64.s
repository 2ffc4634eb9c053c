//go:build !purego

#include "textflag.h"
#include "reduce_amd64.h"

// PAIR256 adds up the even lanes of Y0 into the low half of R9, the odd ones into the
// high half.
#define PAIR256 \
	VEXTRACTI128 $1, Y0, X1 \
	VPADDD       X1, X0, X0 \
	VPSHUFD      $0x4e, X0, X1 \
	VPADDD       X1, X0, X0 \
	VMOVQ        X0, R9

// FETCHBOTH asks for the lines R10 and R11, and the CX lines from SI and from DI on, which may lie anywhere in the
// memory. DX is overwritten.
#define FETCHBOTH \
	PREFETCHT0 (R10) \
	PREFETCHT0 (R11) \
	MOVQ       CX, DX \
	SHLQ       $6, DX \
	PREFETCHT0 -64(SI)(DX*1) \
	PREFETCHT0 -64(DI)(DX*1) \
	SUBQ       $64, DX \
	JNE        -3(PC)

// HALVES256 splits 32 bytes into their low and high halves; Y15 is the mask.
#define HALVES256(bytes, low, high) \
	VMOVDQU bytes, low \
	VPSRLW  $4, low, high \
	VPAND   Y15, low, low \
	VPAND   Y15, high, high

// CODES256 does 32 codes: nibbles ha and la of a, hb and lb of b. Those of b become
// signed bytes, the last 4 of them 0 where zeros is 0x80 and not 0. Their products with
// ha-8 are added to Y0, those with la to Y1.
#define CODES256(ha, la, hb, lb, zeros) \
	VPSLLW     $4, hb, hb \
	VPOR       lb, hb, hb \
	VPXOR      Y14, hb, hb \
	VPBLENDD   $zeros, Y11, hb, hb \
	VPMADDUBSW hb, ha, ha \
	VPMADDUBSW hb, la, la \
	VPMADDUBSW hb, Y13, hb \
	VPSUBW     hb, ha, ha \
	VPADDW     ha, Y0, Y0 \
	VPADDW     la, Y1, Y1

// SPLIT256 does 32 bytes at off of the first two lines.
#define SPLIT256(off, zeros) \
	HALVES256(off(R10), Y3, Y4) \
	HALVES256(off(SI), Y5, Y6) \
	HALVES256(off(R11), Y7, Y8) \
	HALVES256(off(DI), Y9, Y10) \
	CODES256(Y3, Y5, Y7, Y9, zeros) \
	CODES256(Y4, Y6, Y8, Y10, zeros)

// ACROSS256 does 32 bytes at off of another line: dst becomes the sums of products of
// their halves less 8, in words.
#define ACROSS256(off, dst) \
	HALVES256(off(SI), Y3, Y4) \
	HALVES256(off(DI), Y5, Y6) \
	VPSUBB     Y13, Y5, Y5 \
	VPSUBB     Y13, Y6, Y6 \
	VPMADDUBSW Y5, Y3, Y3 \
	VPMADDUBSW Y6, Y4, Y4 \
	VPADDB     Y6, Y5, Y5 \
	VPMADDUBSW Y5, Y13, Y5 \
	VPADDW     Y4, Y3, Y3 \
	VPSUBW     Y5, Y3, dst

// func dotSplitAVX2(first, other *Nibbles, a, b []Nibbles) (along, across int32)
//
//	for i := range 120 {
//		along += code(a, i) * code(b, i) // 16*(high-8) + low
//	}
//	for n, line := range a[1:] {
//		for j, p := range line {
//			q := b[1+n][j]
//			across += (p&15 - 8) * (q&15 - 8) + (p>>4 - 8) * (q>>4 - 8)
//		}
//	}
//
// An unsigned byte is multiplied by a signed one, and two such products have to stay
// below 32768: so the codes of b are whole, those of a in halves. Halves that are 8
// more than they stand for give 8 times the other factor too much, which is taken off.
TEXT ·dotSplitAVX2(SB), NOSPLIT, $0-72
	MOVQ         first+0(FP), R10
	MOVQ         other+8(FP), R11
	MOVQ         a_base+16(FP), SI
	MOVQ         a_len+24(FP), CX
	MOVQ         b_base+40(FP), DI
	FETCHBOTH
	MOVL         $0x0f0f0f0f, R9
	VMOVD        R9, X15
	VPBROADCASTD X15, Y15
	MOVL         $0x80808080, R9
	VMOVD        R9, X14
	VPBROADCASTD X14, Y14
	VPSRLW       $4, Y14, Y13 // 8 in each byte
	VPCMPEQW     Y12, Y12, Y12
	VPSRLW       $15, Y12, Y12 // 1 in each word
	VPXOR        Y11, Y11, Y11
	VPXOR        Y0, Y0, Y0
	VPXOR        Y1, Y1, Y1
	SPLIT256(0, 0)
	SPLIT256(32, 0x80)
	VPMADDWD     Y12, Y0, Y0
	VPMADDWD     Y12, Y1, Y1
	VPSLLD       $4, Y0, Y0
	VPADDD       Y1, Y0, Y0
	VPXOR        Y1, Y1, Y1

next:
	DECQ     CX
	JEQ      done
	ADDQ     $64, DI
	ADDQ     $64, SI
	ACROSS256(0, Y7)
	ACROSS256(32, Y8)
	VPADDW   Y8, Y7, Y7
	VPMADDWD Y12, Y7, Y7
	VPADDD   Y7, Y1, Y1
	JMP      next

done:
	COLUMNS2(Y0, Y1, Y2)
	PAIR256
	MOVL R9, along+64(FP)
	SHRQ $32, R9
	MOVL R9, across+68(FP)
	VZEROUPPER
	RET

// func dotSplitAVX512(first, other *Nibbles, a, b []Nibbles) (along, across int32)
//
// The loops of dotSplitAVX2. Sums are of 32 bits at once here, so halves need not be
// taken apart: both halves of a code of a make a byte 128 more than the code, and the
// high halves of other lines are used where they lie, 16 times what they are, for
// sums 256 times what they have to be.
TEXT ·dotSplitAVX512(SB), NOSPLIT, $0-72
	MOVQ         first+0(FP), R10
	MOVQ         other+8(FP), R11
	MOVQ         a_base+16(FP), SI
	MOVQ         a_len+24(FP), CX
	MOVQ         b_base+40(FP), DI
	FETCHBOTH
	MOVL         $0x0f0f0f0f, R9
	VPBROADCASTD R9, Z31
	VPSLLW       $4, Z31, Z30 // the high halves
	MOVL         $0x80808080, R9
	VPBROADCASTD R9, Z29
	VPSRLW       $4, Z29, Z28 // 8 in each byte
	MOVL         $0x7fff, R9
	KMOVW        R9, K1       // all but the last 4 bytes

	VMOVDQU64   (R10), Z4
	VMOVDQU64   (SI), Z5
	VMOVDQU64   (R11), Z6
	VMOVDQU64   (DI), Z7
	VPSLLW      $4, Z4, Z8
	VPSLLW      $4, Z6, Z9
	VPTERNLOGD  $0xd8, Z31, Z5, Z8 // the low half of Z5, the high one of Z8
	VPTERNLOGD  $0xd8, Z31, Z7, Z9
	VPSRLW      $4, Z5, Z5
	VPSRLW      $4, Z7, Z7
	VPTERNLOGD  $0xd8, Z31, Z5, Z4
	VPTERNLOGD  $0xd8, Z31, Z7, Z6
	VPXORD.Z    Z29, Z9, K1, Z9
	VPXORD.Z    Z29, Z6, K1, Z6
	VPXORD      Z0, Z0, Z0
	VPXORD      Z1, Z1, Z1
	VPXORD      Z2, Z2, Z2
	VPXORD      Z3, Z3, Z3
	VPDPBUSD    Z9, Z8, Z0
	VPDPBUSD    Z9, Z29, Z1
	VPDPBUSD    Z6, Z4, Z2
	VPDPBUSD    Z6, Z29, Z3
	VPADDD      Z2, Z0, Z0
	VPADDD      Z3, Z1, Z1
	VPSUBD      Z1, Z0, Z0
	VPXORD      Z1, Z1, Z1
	VPXORD      Z2, Z2, Z2
	VPXORD      Z3, Z3, Z3
	VPXORD      Z4, Z4, Z4

next:
	DECQ       CX
	JEQ        done
	ADDQ       $64, DI
	ADDQ       $64, SI
	VMOVDQU64  (SI), Z5
	VMOVDQU64  (DI), Z6
	VPANDD     Z31, Z5, Z7
	VPANDD     Z31, Z6, Z8
	VPANDD     Z30, Z5, Z5
	VPSUBB     Z28, Z8, Z8
	VPTERNLOGD $0x6a, Z29, Z30, Z6 // the high half, its top bit flipped
	VPDPBUSD   Z8, Z7, Z1
	VPDPBUSD   Z8, Z28, Z2
	VPDPBUSD   Z6, Z5, Z3
	VPDPBUSD   Z6, Z29, Z4
	JMP        next

done:
	VPSUBD        Z2, Z1, Z1
	VPSUBD        Z4, Z3, Z3
	VPSRAD        $8, Z3, Z3
	VPADDD        Z3, Z1, Z1
	COLUMNS2(Z0, Z1, Z2)
	VEXTRACTI64X4 $1, Z0, Y1
	VPADDD        Y1, Y0, Y0
	PAIR256
	MOVL          R9, along+64(FP)
	SHRQ          $32, R9
	MOVL          R9, across+68(FP)
	VZEROUPPER
	RET
