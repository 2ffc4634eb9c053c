// REDUCE256 adds up the lanes of Y0 into R9.
#define REDUCE256 \
	VEXTRACTI128 $1, Y0, X1 \
	VPADDD       X1, X0, X0 \
	VPSHUFD      $0x4e, X0, X1 \
	VPADDD       X1, X0, X0 \
	VPSHUFD      $0xb1, X0, X1 \
	VPADDD       X1, X0, X0 \
	VMOVD        X0, R9

// COLUMNS2 adds up a and b within their 128 bits, for one register of both: in each
// 128 bits of a come two sums that a's lanes there add up to, each before one of b's.
#define COLUMNS2(a, b, t) \
	VPUNPCKHDQ b, a, t \
	VPUNPCKLDQ b, a, a \
	VPADDD     t, a, a

// COLUMNS4 does it for four: in each 128 bits of a come the sums of the lanes that
// a, b, c and d have there.
#define COLUMNS4(a, b, c, d, t) \
	COLUMNS2(a, b, t) \
	COLUMNS2(c, d, t) \
	VPUNPCKHQDQ c, a, t \
	VPUNPCKLQDQ c, a, a \
	VPADDD      t, a, a
