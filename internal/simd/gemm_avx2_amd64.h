// What the AVX2 products share: a tile of 6 rows and 16 columns of sums in
// Y0-Y11. Each file defines ROW(i, a, lo, hi), which adds word a of row i of
// the activations times the weights in Y12, Y13 to the row's sums; Y14 and Y15
// are free. A word is 4 bytes: one float32 or four int8 along k.

// ROWSn handles rows 0 to n-1. SI and R11 point to rows 0 and 3; CX is the
// stride of a in bytes.
#define ROWS1 ROW(0, (SI), Y0, Y1)
#define ROWS2 ROWS1; ROW(1, (SI)(CX*1), Y2, Y3)
#define ROWS3 ROWS2; ROW(2, (SI)(CX*2), Y4, Y5)
#define ROWS4 ROWS3; ROW(3, (R11), Y6, Y7)
#define ROWS5 ROWS4; ROW(4, (R11)(CX*1), Y8, Y9)
#define ROWS6 ROWS5; ROW(5, (R11)(CX*2), Y10, Y11)

// SUM is the loop along k for one number of rows: BX counts words down.
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

// SUMS loads the arguments, which begin alike in all, adds up the tile and
// jumps to write, with c in AX, its stride in bytes in R8, whether to add in
// R9, the number of rows in R10 and the bias in R13.
#define SUMS \
	MOVQ    c_base+0(FP), AX \
	MOVQ    ldc+24(FP), R8 \
	MOVQ    a_base+32(FP), SI \
	MOVQ    lda+56(FP), CX \
	MOVQ    w_base+64(FP), DI \
	MOVQ    bias_base+88(FP), R13 \
	MOVQ    k+112(FP), BX \
	MOVQ    rows+120(FP), R10 \
	MOVBQZX add+128(FP), R9 \
	SHLQ    $2, R8 \
	SHLQ    $2, CX \
	LEAQ    (SI)(CX*2), R11 \
	ADDQ    CX, R11 \
	ZERO(Y0, Y1) \
	ZERO(Y2, Y3) \
	ZERO(Y4, Y5) \
	ZERO(Y6, Y7) \
	ZERO(Y8, Y9) \
	ZERO(Y10, Y11) \
	CMPQ R10, $6 \
	JEQ  sum6 \
	CMPQ R10, $5 \
	JEQ  sum5 \
	CMPQ R10, $4 \
	JEQ  sum4 \
	CMPQ R10, $3 \
	JEQ  sum3 \
	CMPQ R10, $2 \
	JEQ  sum2 \
	SUM(sum1, ROWS1) \
	SUM(sum2, ROWS2) \
	SUM(sum3, ROWS3) \
	SUM(sum4, ROWS4) \
	SUM(sum5, ROWS5) \
	SUM(sum6, ROWS6)

// STORE writes the sums of one row, after adding what c holds where R9 says
// so, and ends the tile after the last of R10 rows.
#define STORE(lo, hi) \
	TESTQ   R9, R9 \
	JEQ     3(PC) \
	VADDPS  (AX), lo, lo \
	VADDPS  32(AX), hi, hi \
	VMOVUPS lo, (AX) \
	VMOVUPS hi, 32(AX) \
	ADDQ    R8, AX \
	DECQ    R10 \
	JEQ     done

// WRITE adds the bias in Y12, Y13 to the sums of one row and stores them.
#define WRITE(lo, hi) \
	VADDPS Y12, lo, lo \
	VADDPS Y13, hi, hi \
	STORE(lo, hi)

// WRITE8 turns the whole numbers of one row into floats before that. SI points
// to the row's scale and offset, DI to the columns' scales and R11 to their
// sums of weights.
#define WRITE8(lo, hi) \
	VCVTDQ2PS    lo, lo \
	VCVTDQ2PS    hi, hi \
	VBROADCASTSS (SI), Y14 \
	VMULPS       (DI), lo, lo \
	VMULPS       32(DI), hi, hi \
	VMULPS       Y14, lo, lo \
	VMULPS       Y14, hi, hi \
	VBROADCASTSS 4(SI), Y14 \
	VFMADD231PS  (R11), Y14, lo \
	VFMADD231PS  32(R11), Y14, hi \
	ADDQ         $8, SI \
	WRITE(lo, hi)

// TILE writes each row of the tile.
#define TILE(WRITE) \
	WRITE(Y0, Y1) \
	WRITE(Y2, Y3) \
	WRITE(Y4, Y5) \
	WRITE(Y6, Y7) \
	WRITE(Y8, Y9) \
	WRITE(Y10, Y11)

// TILE8 loads what WRITE8 needs and writes the tile.
#define TILE8 \
	MOVQ    affine_base+136(FP), SI \
	MOVQ    scale_base+160(FP), DI \
	MOVQ    sums_base+184(FP), R11 \
	VMOVUPS (R13), Y12 \
	VMOVUPS 32(R13), Y13 \
	TILE(WRITE8)
