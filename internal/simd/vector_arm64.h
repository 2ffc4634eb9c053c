// Macros of the NEON kernels. Go's assembler lacks most vector instructions on
// floats: here they are as words, and take the numbers of their registers. As
// elsewhere in Go's assembly the result comes last: FSUB(m, n, d) is d = n - m.
// A comment gives each word in the notation of the architecture manual; a test
// has it assembled.
#define FADD(m, n, d)   WORD $(0x4e20d400 | (m)<<16 | (n)<<5 | (d)) // fadd vd.4s, vn.4s, vm.4s
#define FSUB(m, n, d)   WORD $(0x4ea0d400 | (m)<<16 | (n)<<5 | (d)) // fsub vd.4s, vn.4s, vm.4s
#define FMUL(m, n, d)   WORD $(0x6e20dc00 | (m)<<16 | (n)<<5 | (d)) // fmul vd.4s, vn.4s, vm.4s
#define FDIV(m, n, d)   WORD $(0x6e20fc00 | (m)<<16 | (n)<<5 | (d)) // fdiv vd.4s, vn.4s, vm.4s
#define FMAX(m, n, d)   WORD $(0x4e20f400 | (m)<<16 | (n)<<5 | (d)) // fmax vd.4s, vn.4s, vm.4s
#define FMIN(m, n, d)   WORD $(0x4ea0f400 | (m)<<16 | (n)<<5 | (d)) // fmin vd.4s, vn.4s, vm.4s
#define FMLA(m, n, d)   WORD $(0x4e20cc00 | (m)<<16 | (n)<<5 | (d)) // fmla vd.4s, vn.4s, vm.4s
#define FMLS(m, n, d)   WORD $(0x4ea0cc00 | (m)<<16 | (n)<<5 | (d)) // fmls vd.4s, vn.4s, vm.4s
#define FADDP(m, n, d)  WORD $(0x6e20d400 | (m)<<16 | (n)<<5 | (d)) // faddp vd.4s, vn.4s, vm.4s
#define FMLA0(m, n, d)  WORD $(0x4f801000 | (m)<<16 | (n)<<5 | (d)) // fmla vd.4s, vn.4s, vm.s[0]
#define FMAXV(n, d)     WORD $(0x6e30f800 | (n)<<5 | (d)) // fmaxv sd, vn.4s
#define SHL23(n, d)     WORD $(0x4f375400 | (n)<<5 | (d)) // shl vd.4s, vn.4s, #23
#define MOV(n, d)       WORD $(0x4ea01c00 | (n)<<16 | (n)<<5 | (d)) // mov vd.16b, vn.16b
#define SMULL(m, n, d)  WORD $(0x0e20c000 | (m)<<16 | (n)<<5 | (d)) // smull vd.8h, vn.8b, vm.8b
#define SMULL2(m, n, d) WORD $(0x4e20c000 | (m)<<16 | (n)<<5 | (d)) // smull2 vd.8h, vn.16b, vm.16b
#define SMLAL(m, n, d)  WORD $(0x0e208000 | (m)<<16 | (n)<<5 | (d)) // smlal vd.8h, vn.8b, vm.8b
#define SMLAL2(m, n, d) WORD $(0x4e208000 | (m)<<16 | (n)<<5 | (d)) // smlal2 vd.8h, vn.16b, vm.16b
#define MUL16(m, n, d)  WORD $(0x4e209c00 | (m)<<16 | (n)<<5 | (d)) // mul vd.16b, vn.16b, vm.16b
#define SADALP8(n, d)   WORD $(0x4e206800 | (n)<<5 | (d)) // sadalp vd.8h, vn.16b
#define SADALP(n, d)    WORD $(0x4e606800 | (n)<<5 | (d)) // sadalp vd.4s, vn.8h
#define ADDV(n, d)      WORD $(0x4eb1b800 | (n)<<5 | (d)) // addv sd, vn.4s

// The constants of lanes.go: the registers that EXPCONSTANTS and
// GELUCONSTANTS load them to.
#define EXPLOW   8
#define LOG2E    9
#define ROUND    10
#define LN2HI    11
#define LN2LO    12
#define EXP6     13
#define EXP5     14
#define EXP4     15
#define EXP3     16
#define HALF     17
#define ONE      18
#define ERFTOP   19
#define ERFLOW   20
#define ERFP6    21
#define ERFP5    22
#define ERFP4    23
#define ERFP3    24
#define ERFP2    25
#define ERFP1    26
#define ERFP0    27
#define ERFQ4    28
#define ERFQ3    29
#define ERFQ2    30
#define ERFQ1    31

// EXPCONSTANTS loads what EXP needs. R10 and R11 are overwritten.
#define EXPCONSTANTS \
	MOVD   $·lanes(SB), R10 \
	MOVD   $64, R11 \
	VLD1.P (R10)(R11), [V8.S4] \
	VLD1.P (R10)(R11), [V9.S4] \
	VLD1.P (R10)(R11), [V10.S4] \
	VLD1.P (R10)(R11), [V11.S4] \
	VLD1.P (R10)(R11), [V12.S4] \
	VLD1.P (R10)(R11), [V13.S4] \
	VLD1.P (R10)(R11), [V14.S4] \
	VLD1.P (R10)(R11), [V15.S4] \
	VLD1.P (R10)(R11), [V16.S4] \
	VLD1.P (R10)(R11), [V17.S4] \
	VLD1.P (R10)(R11), [V18.S4]

// GELUCONSTANTS, right after EXPCONSTANTS, loads what else GELU needs.
#define GELUCONSTANTS \
	VLD1.P (R10)(R11), [V19.S4] \
	VLD1.P (R10)(R11), [V20.S4] \
	VLD1.P (R10)(R11), [V21.S4] \
	VLD1.P (R10)(R11), [V22.S4] \
	VLD1.P (R10)(R11), [V23.S4] \
	VLD1.P (R10)(R11), [V24.S4] \
	VLD1.P (R10)(R11), [V25.S4] \
	VLD1.P (R10)(R11), [V26.S4] \
	VLD1.P (R10)(R11), [V27.S4] \
	VLD1.P (R10)(R11), [V28.S4] \
	VLD1.P (R10)(R11), [V29.S4] \
	VLD1.P (R10)(R11), [V30.S4] \
	VLD1.P (R10)(R11), [V31.S4]

// HORNER sets t to c + x*p, one step of a polynomial.
#define HORNER(c, x, p, t) \
	MOV(c, t) \
	FMLA(p, x, t)

// EXP replaces x <= 0 by exp(x): relative error 2e-7, NaN stays NaN, and what
// would be subnormal is 0. n, p and t are overwritten.
#define EXP(x, n, p, t) \
	FMAX(EXPLOW, x, x) \
	HORNER(ROUND, x, LOG2E, n) \
	FSUB(ROUND, n, p) \
	SHL23(n, n) \
	FMLS(LN2HI, p, x) \
	FMLS(LN2LO, p, x) \
	HORNER(EXP5, x, EXP6, p) \
	HORNER(EXP4, x, p, t) \
	HORNER(EXP3, x, t, p) \
	HORNER(HALF, x, p, t) \
	HORNER(ONE, x, t, p) \
	HORNER(ONE, x, p, t) \
	FMUL(n, t, x)

// GELU sets p to x/2 + x/2*erf(x/sqrt(2)). x, t, u, q and r are overwritten.
#define GELU(x, t, u, p, q, r) \
	FMIN(ERFTOP, x, t) \
	FMAX(ERFLOW, t, t) \
	FMUL(t, t, u) \
	HORNER(ERFP5, u, ERFP6, p) \
	HORNER(ERFP4, u, p, q) \
	HORNER(ERFP3, u, q, p) \
	HORNER(ERFP2, u, p, q) \
	HORNER(ERFP1, u, q, p) \
	HORNER(ERFP0, u, p, q) \
	FMUL(t, q, t) \
	HORNER(ERFQ3, u, ERFQ4, q) \
	HORNER(ERFQ2, u, q, r) \
	HORNER(ERFQ1, u, r, q) \
	HORNER(ONE, u, q, r) \
	FDIV(r, t, t) \
	FMUL(HALF, x, x) \
	HORNER(x, x, t, p)

// SUM4 adds up the lanes of v; each of them becomes the sum.
#define SUM4(v) \
	FADDP(v, v, v) \
	FADDP(v, v, v)
