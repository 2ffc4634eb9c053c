//go:build !purego

package simd

// pixelPairs shuffle the 12 bytes of four pixels into words, so that the same
// channel of two pixels is one operand: red, green, blue, nothing; first those
// of pixels 0 and 1, then those of 2 and 3. An index of 255 gives 0.
var pixelPairs = [2][16]uint8{
	{0, 255, 3, 255, 1, 255, 4, 255, 2, 255, 5, 255, 255, 255, 255, 255},
	{6, 255, 9, 255, 7, 255, 10, 255, 8, 255, 11, 255, 255, 255, 255, 255},
}

// dwordOrder puts packed sums back in order: packing goes by halves of a
// register.
var dwordOrder = [8]int32{0, 4, 1, 5, 2, 6, 3, 7}

//go:noescape
func horizontalAVX2(dst []byte, dstStride int, src []byte, srcStride int, t *Taps)

//go:noescape
func verticalAVX2(dst, rows []byte, stride int, weights []int32)

//go:noescape
func horizontalAVX512(dst []byte, dstStride int, src []byte, srcStride int, t *Taps)

//go:noescape
func verticalAVX512(dst, rows []byte, stride int, weights []int32)
