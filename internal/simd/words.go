package simd

import "unsafe"

// Operands are kept as words of 4 bytes, whatever their precision: a product
// takes a word of each row at a time. These are the only places that look into
// them, as numbers in the order of a little-endian machine's memory; amd64 and
// arm64 are, and the tests fail elsewhere.

// floats is the same memory as one float32 a word.
func floats(words []uint32) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(words))), len(words))
}

// halves is the same memory as two bfloat16 a word.
func halves(words []uint32) []uint16 {
	return unsafe.Slice((*uint16)(unsafe.Pointer(unsafe.SliceData(words))), 2*len(words))
}

// quarters is the same memory as four codes a word.
func quarters(words []uint32) []uint8 {
	return unsafe.Slice((*uint8)(unsafe.Pointer(unsafe.SliceData(words))), 4*len(words))
}

// wordsOf is floats the other way round.
func wordsOf(x []float32) []uint32 {
	return unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}
