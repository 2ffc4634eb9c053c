//go:build !purego

#include "textflag.h"
#include "vector_arm64.h"

// ROW adds a[i][l] times the 16 weights in V24 to V27 to the sums of one row,
// in registers s to s+3. x and t name the register of a[i][l], which is loaded
// alone: FMLA0 does the broadcasting.
#define ROW(a, x, t, s) \
	FMOVS (a)(R6<<2), x \
	FMLA0(t, 24, s) \
	FMLA0(t, 25, (s+1)) \
	FMLA0(t, 26, (s+2)) \
	FMLA0(t, 27, (s+3))

// ROWSn handles rows 0 to n-1, to which R0 to R5 point; R6 is l. V28 to V31
// take turns so that loads run ahead.
#define ROWS1 ROW(R0, F28, 28, 0)
#define ROWS2 ROWS1; ROW(R1, F29, 29, 4)
#define ROWS3 ROWS2; ROW(R2, F30, 30, 8)
#define ROWS4 ROWS3; ROW(R3, F31, 31, 12)
#define ROWS5 ROWS4; ROW(R4, F28, 28, 16)
#define ROWS6 ROWS5; ROW(R5, F29, 29, 20)

// SUM is the loop over l for one number of rows, up to k in R8.
#define SUM(loop, ROWS) \
loop: \
	VLD1.P 64(R7), [V24.S4, V25.S4, V26.S4, V27.S4] \
	ROWS \
	ADD $1, R6 \
	CMP R8, R6 \
	BNE loop \
	B   write

// ZERO clears the sums of one row.
#define ZERO(v0, v1, v2, v3) \
	VMOVI $0, v0.B16 \
	VMOVI $0, v1.B16 \
	VMOVI $0, v2.B16 \
	VMOVI $0, v3.B16

// WRITE adds the bias in V24 to V27 to the sums of one row, v0 to v3 or s to
// s+3, and, where R9 says so, what c holds; it ends the tile after the last of
// R10 rows.
#define WRITE(s, v0, v1, v2, v3) \
	FADD(24, s, s) \
	FADD(25, (s+1), (s+1)) \
	FADD(26, (s+2), (s+2)) \
	FADD(27, (s+3), (s+3)) \
	CBZ    R9, 6(PC) \
	VLD1   (R11), [V28.S4, V29.S4, V30.S4, V31.S4] \
	FADD(28, s, s) \
	FADD(29, (s+1), (s+1)) \
	FADD(30, (s+2), (s+2)) \
	FADD(31, (s+3), (s+3)) \
	VST1.P [v0.S4, v1.S4, v2.S4, v3.S4], (R11)(R12) \
	SUBS   $1, R10 \
	BEQ    done

// func gemmNEON(c []float32, ldc int, a []float32, lda int, w, bias []float32, k, rows int, add bool, ahead uintptr)
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
TEXT ·gemmNEON(SB), NOSPLIT, $0-144
	MOVD  c_base+0(FP), R11
	MOVD  ldc+24(FP), R12
	MOVD  a_base+32(FP), R0
	MOVD  lda+56(FP), R14
	MOVD  w_base+64(FP), R7
	MOVD  bias_base+88(FP), R13
	MOVD  k+112(FP), R8
	MOVD  rows+120(FP), R10
	MOVBU add+128(FP), R9
	LSL   $2, R12
	LSL   $2, R14
	ADD   R14, R0, R1
	ADD   R14, R1, R2
	ADD   R14, R2, R3
	ADD   R14, R3, R4
	ADD   R14, R4, R5
	MOVD  $0, R6

	ZERO(V0, V1, V2, V3)
	ZERO(V4, V5, V6, V7)
	ZERO(V8, V9, V10, V11)
	ZERO(V12, V13, V14, V15)
	ZERO(V16, V17, V18, V19)
	ZERO(V20, V21, V22, V23)

	CMP $6, R10
	BEQ sum6
	CMP $5, R10
	BEQ sum5
	CMP $4, R10
	BEQ sum4
	CMP $3, R10
	BEQ sum3
	CMP $2, R10
	BEQ sum2
	SUM(sum1, ROWS1)
	SUM(sum2, ROWS2)
	SUM(sum3, ROWS3)
	SUM(sum4, ROWS4)
	SUM(sum5, ROWS5)
	SUM(sum6, ROWS6)

write:
	VLD1 (R13), [V24.S4, V25.S4, V26.S4, V27.S4]
	WRITE(0, V0, V1, V2, V3)
	WRITE(4, V4, V5, V6, V7)
	WRITE(8, V8, V9, V10, V11)
	WRITE(12, V12, V13, V14, V15)
	WRITE(16, V16, V17, V18, V19)
	WRITE(20, V20, V21, V22, V23)

done:
	RET
