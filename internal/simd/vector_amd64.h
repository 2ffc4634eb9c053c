// Macros that the AVX2 and the AVX-512 kernels share: every instruction here
// exists for both, so a kernel passes its Y or its Z registers.

// The constants of lanes_amd64.go, 64 bytes each.
#define EXPLOW   ·lanes+0x000(SB)
#define LOG2E    ·lanes+0x040(SB)
#define ROUND    ·lanes+0x080(SB)
#define LN2HI    ·lanes+0x0c0(SB)
#define LN2LO    ·lanes+0x100(SB)
#define EXP6     ·lanes+0x140(SB)
#define EXP5     ·lanes+0x180(SB)
#define EXP4     ·lanes+0x1c0(SB)
#define EXP3     ·lanes+0x200(SB)
#define HALF     ·lanes+0x240(SB)
#define ONE      ·lanes+0x280(SB)
#define ERFTOP   ·lanes+0x2c0(SB)
#define ERFLOW   ·lanes+0x300(SB)
#define ERFP6    ·lanes+0x340(SB)
#define ERFP5    ·lanes+0x380(SB)
#define ERFP4    ·lanes+0x3c0(SB)
#define ERFP3    ·lanes+0x400(SB)
#define ERFP2    ·lanes+0x440(SB)
#define ERFP1    ·lanes+0x480(SB)
#define ERFP0    ·lanes+0x4c0(SB)
#define ERFQ4    ·lanes+0x500(SB)
#define ERFQ3    ·lanes+0x540(SB)
#define ERFQ2    ·lanes+0x580(SB)
#define ERFQ1    ·lanes+0x5c0(SB)
#define NEGINF   ·lanes+0x600(SB)

// EXP replaces x <= 0 by exp(x): relative error 2e-7, NaN stays NaN, and what
// would be subnormal is 0. n and p are overwritten.
#define EXP(x, n, p) \
	VMOVUPS      EXPLOW, n \
	VMAXPS       x, n, x \
	VMOVUPS      LOG2E, n \
	VFMADD213PS  ROUND, x, n \
	VSUBPS       ROUND, n, p \
	VPSLLD       $23, n, n \
	VFNMADD231PS LN2HI, p, x \
	VFNMADD231PS LN2LO, p, x \
	VMOVUPS      EXP6, p \
	VFMADD213PS  EXP5, x, p \
	VFMADD213PS  EXP4, x, p \
	VFMADD213PS  EXP3, x, p \
	VFMADD213PS  HALF, x, p \
	VFMADD213PS  ONE, x, p \
	VFMADD213PS  ONE, x, p \
	VMULPS       n, p, x

// GELU sets p to x/2 + x/2*erf(x/sqrt(2)). x, t, u and q are overwritten.
#define GELU(x, t, u, p, q) \
	VMINPS      ERFTOP, x, t \
	VMAXPS      ERFLOW, t, t \
	VMULPS      t, t, u \
	VMOVUPS     ERFP6, p \
	VFMADD213PS ERFP5, u, p \
	VFMADD213PS ERFP4, u, p \
	VFMADD213PS ERFP3, u, p \
	VFMADD213PS ERFP2, u, p \
	VFMADD213PS ERFP1, u, p \
	VFMADD213PS ERFP0, u, p \
	VMULPS      t, p, p \
	VMOVUPS     ERFQ4, q \
	VFMADD213PS ERFQ3, u, q \
	VFMADD213PS ERFQ2, u, q \
	VFMADD213PS ERFQ1, u, q \
	VFMADD213PS ONE, u, q \
	VDIVPS      q, p, p \
	VMULPS      HALF, x, x \
	VFMADD213PS x, x, p

// FOLD joins the lanes of y into lane 0 of x, its low half, by op.
#define FOLD(op, y, x, t) \
	VEXTRACTF128 $1, y, t \
	op           t, x, x \
	VPERMILPD    $1, x, t \
	op           t, x, x \
	VMOVSHDUP    x, t \
	op           t, x, x

// FOLD512 does the same for the lanes of z, whose low half is y; u is the
// register of t.
#define FOLD512(op, z, y, x, u, t) \
	VEXTRACTF64X4 $1, z, u \
	op            u, y, y \
	FOLD(op, y, x, t)

// TAIL8MASK sets mask to select the first n mod 8 lanes; r is overwritten.
#define TAIL8MASK(n, r, s, mask) \
	MOVQ    n, r \
	ANDQ    $7, r \
	NEGQ    r \
	LEAQ    ·tailMask+32(SB), s \
	VMOVUPS (s)(r*4), mask

// TAIL16MASK sets mask to select the first n mod 16 lanes, n in CX. R12 is
// overwritten.
#define TAIL16MASK(mask) \
	MOVL  $-1, R12 \
	ANDQ  $15, CX \
	SHLL  CX, R12 \
	NOTL  R12 \
	KMOVW R12, mask
