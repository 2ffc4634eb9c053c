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
#define TAILP    ·lanes+0x2c0(SB)
#define TAIL8    ·lanes+0x300(SB)
#define TAIL7    ·lanes+0x340(SB)
#define TAIL6    ·lanes+0x380(SB)
#define TAIL5    ·lanes+0x3c0(SB)
#define TAIL4    ·lanes+0x400(SB)
#define TAIL3    ·lanes+0x440(SB)
#define TAIL2    ·lanes+0x480(SB)
#define TAIL1    ·lanes+0x4c0(SB)
#define TAIL0    ·lanes+0x500(SB)
#define NEGHALF  ·lanes+0x540(SB)
#define NEGINF   ·lanes+0x580(SB)
#define ABSMASK  ·lanes+0x5c0(SB)

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

// NORMALTAIL sets q to Q(|x|), the part of the normal distribution beyond
// |x|. t, n and p are overwritten.
#define NORMALTAIL(x, q, t, n, p) \
	VANDPS      ABSMASK, x, t \
	VMOVUPS     TAILP, n \
	VFMADD213PS ONE, t, n \
	VMOVUPS     ONE, p \
	VDIVPS      n, p, p \
	VMOVUPS     TAIL8, q \
	VFMADD213PS TAIL7, p, q \
	VFMADD213PS TAIL6, p, q \
	VFMADD213PS TAIL5, p, q \
	VFMADD213PS TAIL4, p, q \
	VFMADD213PS TAIL3, p, q \
	VFMADD213PS TAIL2, p, q \
	VFMADD213PS TAIL1, p, q \
	VFMADD213PS TAIL0, p, q \
	VMULPS      p, q, q \
	VMULPS      t, t, t \
	VMULPS      NEGHALF, t, t \
	EXP(t, n, p) \
	VMULPS      t, q, q

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
