// What the four AVX-512 products share: a tile of 14 rows and 32 columns of
// sums in Z0-Z27. Each file defines ROW(i, a, lo, hi), which adds word a of row
// i of the activations times the weights in Z28, Z29 to the row's sums. A word
// is 4 bytes: one float32, two halves or four int8 along k.
//
// The activation is broadcast to Z30 once for both halves of a row. As the
// memory operand of two multiply-adds it would be loaded twice, and the two
// loads a cycle, not the multipliers, would bound the loop: 91% of the peak
// instead of 98%.

// ROWSn handles rows 0 to n-1. SI, R11, R12 point to rows 0, 5, 10; CX is the
// stride of a in bytes, DX three times that.
#define ROWS1 ROW(0, (SI), Z0, Z1)
#define ROWS2 ROWS1; ROW(1, (SI)(CX*1), Z2, Z3)
#define ROWS3 ROWS2; ROW(2, (SI)(CX*2), Z4, Z5)
#define ROWS4 ROWS3; ROW(3, (SI)(DX*1), Z6, Z7)
#define ROWS5 ROWS4; ROW(4, (SI)(CX*4), Z8, Z9)
#define ROWS6 ROWS5; ROW(5, (R11), Z10, Z11)
#define ROWS7 ROWS6; ROW(6, (R11)(CX*1), Z12, Z13)
#define ROWS8 ROWS7; ROW(7, (R11)(CX*2), Z14, Z15)
#define ROWS9 ROWS8; ROW(8, (R11)(DX*1), Z16, Z17)
#define ROWS10 ROWS9; ROW(9, (R11)(CX*4), Z18, Z19)
#define ROWS11 ROWS10; ROW(10, (R12), Z20, Z21)
#define ROWS12 ROWS11; ROW(11, (R12)(CX*1), Z22, Z23)
#define ROWS13 ROWS12; ROW(12, (R12)(CX*2), Z24, Z25)
#define ROWS14 ROWS13; ROW(13, (R12)(DX*1), Z26, Z27)

// SUM is the loop along k for one number of rows: BX counts words down. R9
// walks through the next panel, so that it is in the L2 cache when its turn
// comes: weights come from memory, and at 14 cycles a step a panel would be
// waited for.
#define SUM(loop, ROWS) \
loop: \
	VMOVUPS (DI), Z28 \
	VMOVUPS 64(DI), Z29 \
	ROWS \
	ADDQ $128, DI \
	ADDQ $4, SI \
	ADDQ $4, R11 \
	ADDQ $4, R12 \
	PREFETCHT1 (R9) \
	ADDQ $16, R9 \
	DECQ BX \
	JNE  loop \
	JMP  write

// ZERO clears the sums of one row.
#define ZERO(lo, hi) \
	VPXORD lo, lo, lo \
	VPXORD hi, hi, hi

// SUMS loads the arguments, which begin alike in all, adds up the tile
// and jumps to write, with c in AX, its stride in bytes in R8, the number of
// rows in R10 and the bias in R13. Each file moves ahead to R9 first.
#define SUMS \
	MOVQ    c_base+0(FP), AX \
	MOVQ    ldc+24(FP), R8 \
	MOVQ    a_base+32(FP), SI \
	MOVQ    lda+56(FP), CX \
	MOVQ    w_base+64(FP), DI \
	MOVQ    bias_base+88(FP), R13 \
	MOVQ    k+112(FP), BX \
	MOVQ    rows+120(FP), R10 \
	SHLQ    $2, R8 \
	SHLQ    $2, CX \
	LEAQ    (CX)(CX*2), DX \
	LEAQ    (SI)(CX*4), R11 \
	ADDQ    CX, R11 \
	LEAQ    (R11)(CX*4), R12 \
	ADDQ    CX, R12 \
	ZERO(Z0, Z1) \
	ZERO(Z2, Z3) \
	ZERO(Z4, Z5) \
	ZERO(Z6, Z7) \
	ZERO(Z8, Z9) \
	ZERO(Z10, Z11) \
	ZERO(Z12, Z13) \
	ZERO(Z14, Z15) \
	ZERO(Z16, Z17) \
	ZERO(Z18, Z19) \
	ZERO(Z20, Z21) \
	ZERO(Z22, Z23) \
	ZERO(Z24, Z25) \
	ZERO(Z26, Z27) \
	CMPQ R10, $14 \
	JEQ  sum14 \
	CMPQ R10, $13 \
	JEQ  sum13 \
	CMPQ R10, $12 \
	JEQ  sum12 \
	CMPQ R10, $11 \
	JEQ  sum11 \
	CMPQ R10, $10 \
	JEQ  sum10 \
	CMPQ R10, $9 \
	JEQ  sum9 \
	CMPQ R10, $8 \
	JEQ  sum8 \
	CMPQ R10, $7 \
	JEQ  sum7 \
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
	SUM(sum6, ROWS6) \
	SUM(sum7, ROWS7) \
	SUM(sum8, ROWS8) \
	SUM(sum9, ROWS9) \
	SUM(sum10, ROWS10) \
	SUM(sum11, ROWS11) \
	SUM(sum12, ROWS12) \
	SUM(sum13, ROWS13) \
	SUM(sum14, ROWS14)

// STORE writes the sums of one row, after adding what c holds where R9 says
// so, and ends the tile after the last of R10 rows.
#define STORE(lo, hi) \
	TESTQ   R9, R9 \
	JEQ     3(PC) \
	VADDPS  (AX), lo, lo \
	VADDPS  64(AX), hi, hi \
	VMOVUPS lo, (AX) \
	VMOVUPS hi, 64(AX) \
	ADDQ    R8, AX \
	DECQ    R10 \
	JEQ     done

// WRITE adds the bias in Z30, Z31 to the sums of one row and stores them.
#define WRITE(lo, hi) \
	VADDPS Z30, lo, lo \
	VADDPS Z31, hi, hi \
	STORE(lo, hi)

// TILE writes each row of the tile.
#define TILE(WRITE) \
	MOVBQZX add+128(FP), R9 \
	WRITE(Z0, Z1) \
	WRITE(Z2, Z3) \
	WRITE(Z4, Z5) \
	WRITE(Z6, Z7) \
	WRITE(Z8, Z9) \
	WRITE(Z10, Z11) \
	WRITE(Z12, Z13) \
	WRITE(Z14, Z15) \
	WRITE(Z16, Z17) \
	WRITE(Z18, Z19) \
	WRITE(Z20, Z21) \
	WRITE(Z22, Z23) \
	WRITE(Z24, Z25) \
	WRITE(Z26, Z27)
