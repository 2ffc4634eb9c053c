package simd

import (
	"encoding/binary"
	"unsafe"
)

// Vectors of signed 8-bit codes, as an index keeps them: a quarter of the
// memory that float32 takes, and sums in int32 that every kernel gets exactly.

// CodeLine is what the length of a vector of codes must be a multiple of: a
// cache line. What a vector is filled up with is zero.
const CodeLine = 64

// DotCodes returns the sum of a[i]*b[i]. Both have the same length, a multiple
// of CodeLine and at most 1<<16, so that the sum fits.
func DotCodes(a, b []int8) int32 {
	checkCodes(len(a))
	return use.dotCodes(a, b[:len(a)])
}

// DotCodesOf sets dst[i] to the inner product of query and the vector, as long
// as query, whose first code at[i] points to. While one is computed the next ones
// are fetched: they lie all over the memory. That they are that long is for the
// caller to hold.
func DotCodesOf(dst []int32, query []int8, at []*int8) {
	checkCodes(len(query))
	use.dotCodesOf(dst[:len(at)], query, at)
}

// checkCodes refuses lengths that kernels cannot do.
func checkCodes(n int) {
	if n%CodeLine != 0 || n > 1<<16 {
		panic("simd: a vector of codes has to be a multiple of 64 long, and at most 65536")
	}
}

// Encode writes x as codes to dst, which is as long or longer, and fills it up
// with zeros. It returns the scale: dst[i]*scale is within half a scale of x[i].
// A vector of zeros, or one with NaN, Inf or numbers beyond 1e38 in it, has scale 0.
func Encode(dst []int8, x []float32) (scale float32) {
	clear(dst[len(x):])
	if len(x) == 0 {
		return 0
	}
	lo, hi := use.extent(x)
	top := max(hi, -lo)
	if !(top > 0 && top <= 1e38) {
		clear(dst)
		return 0
	}
	inv, unsigned := 127/top, unsafe.Slice((*uint8)(unsafe.Pointer(&dst[0])), len(x))
	use.codes(unsigned, x, -128/inv, inv) // 128 more than they are to be
	for len(unsigned) >= 8 {
		binary.NativeEndian.PutUint64(unsigned, binary.NativeEndian.Uint64(unsigned)^0x8080808080808080)
		unsigned = unsigned[8:]
	}
	for i := range unsigned {
		unsigned[i] ^= 0x80
	}
	return top / 127
}

func dotCodesGeneric(a, b []int8) (sum int32) {
	for i, v := range a {
		sum += int32(v) * int32(b[i])
	}
	return sum
}

// dotCodesEach is dotCodesOf for levels where the order of fetching is left to
// the CPU.
func dotCodesEach(dot func(a, b []int8) int32) func(dst []int32, query []int8, at []*int8) {
	return func(dst []int32, query []int8, at []*int8) {
		for i, p := range at {
			dst[i] = dot(query, unsafe.Slice(p, len(query)))
		}
	}
}
