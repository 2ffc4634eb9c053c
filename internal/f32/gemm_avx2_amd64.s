//go:build !purego

#include "textflag.h"

// ROW adds a[i][l] times the 16 weights in Y12, Y13 to the sums of one row.
#define ROW(a, t, lo, hi) \
	VBROADCASTSS a, t \
	VFMADD231PS  t, Y12, lo \
	VFMADD231PS  t, Y13, hi

// ROWSn handles rows 0 to n-1. SI and R11 point to rows 0 and 3; CX is the
// stride of a in bytes. Y14 and Y15 take turns so that broadcasts run ahead.
#define ROWS1 ROW((SI), Y14, Y0, Y1)
#define ROWS2 ROWS1; ROW((SI)(CX*1), Y15, Y2, Y3)
#define ROWS3 ROWS2; ROW((SI)(CX*2), Y14, Y4, Y5)
#define ROWS4 ROWS3; ROW((R11), Y15, Y6, Y7)
#define ROWS5 ROWS4; ROW((R11)(CX*1), Y14, Y8, Y9)
#define ROWS6 ROWS5; ROW((R11)(CX*2), Y15, Y10, Y11)

// SUM is the loop over l for one number of rows: BX counts down from k.
#define SUM(loop, ROWS) \
loop: \
	VMOVUPS (DI), Y12 \
	VMOVUPS 32(DI), Y13 \
	ROWS \
	ADDQ $64, DI \
	ADDQ $4, SI \
	ADDQ $4, R11 \
	DECQ BX \
	JNE  loop \
	JMP  write

// ZERO clears the sums of one row.
#define ZERO(lo, hi) \
	VXORPS lo, lo, lo \
	VXORPS hi, hi, hi

// WRITE adds the bias in Y12, Y13 to the sums of one row and, where R9 says
// so, what c holds; it ends the tile after the last of R10 rows.
#define WRITE(lo, hi) \
	VADDPS  Y12, lo, lo \
	VADDPS  Y13, hi, hi \
	TESTQ   R9, R9 \
	JEQ     3(PC) \
	VADDPS  (AX), lo, lo \
	VADDPS  32(AX), hi, hi \
	VMOVUPS lo, (AX) \
	VMOVUPS hi, 32(AX) \
	ADDQ    R8, AX \
	DECQ    R10 \
	JEQ     done

// func gemmAVX2(c []float32, ldc int, a []float32, lda int, w, bias []float32, k, rows int, add bool)
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
TEXT ·gemmAVX2(SB), NOSPLIT, $0-129
	MOVQ    c_base+0(FP), AX
	MOVQ    ldc+24(FP), R8
	MOVQ    a_base+32(FP), SI
	MOVQ    lda+56(FP), CX
	MOVQ    w_base+64(FP), DI
	MOVQ    bias_base+88(FP), R13
	MOVQ    k+112(FP), BX
	MOVQ    rows+120(FP), R10
	MOVBQZX add+128(FP), R9
	SHLQ    $2, R8
	SHLQ    $2, CX
	LEAQ    (SI)(CX*2), R11
	ADDQ    CX, R11

	ZERO(Y0, Y1)
	ZERO(Y2, Y3)
	ZERO(Y4, Y5)
	ZERO(Y6, Y7)
	ZERO(Y8, Y9)
	ZERO(Y10, Y11)

	CMPQ R10, $6
	JEQ  sum6
	CMPQ R10, $5
	JEQ  sum5
	CMPQ R10, $4
	JEQ  sum4
	CMPQ R10, $3
	JEQ  sum3
	CMPQ R10, $2
	JEQ  sum2
	SUM(sum1, ROWS1)
	SUM(sum2, ROWS2)
	SUM(sum3, ROWS3)
	SUM(sum4, ROWS4)
	SUM(sum5, ROWS5)
	SUM(sum6, ROWS6)

write:
	VMOVUPS (R13), Y12
	VMOVUPS 32(R13), Y13
	WRITE(Y0, Y1)
	WRITE(Y2, Y3)
	WRITE(Y4, Y5)
	WRITE(Y6, Y7)
	WRITE(Y8, Y9)
	WRITE(Y10, Y11)

done:
	VZEROUPPER
	RET
