package imageio

import "encoding/binary"

// Chroma is widened four samples at a time, side by side in the 16-bit lanes of
// one word; none of the sums exceeds 12 bits.
//
//	bits 48-63  32-47  16-31  0-15
//	     s[3]   s[2]   s[1]   s[0]
const (
	lanes    = 0x0001000100010001
	lowBytes = 0x00ff00ff00ff00ff
)

// wordsFor is how many words a row takes: one more than it fills, so that the
// last has a neighbour.
func wordsFor(width int) int { return (width+3)/4 + 1 }

// unpack puts a row of samples into lanes; those past its end repeat the last.
func unpack(words []uint64, row []byte) {
	for i := range words {
		if 4*i+4 <= len(row) {
			x := uint64(binary.LittleEndian.Uint32(row[4*i:]))
			x = (x | x<<16) & 0x0000ffff0000ffff
			words[i] = (x | x<<8) & lowBytes
			continue
		}
		words[i] = 0
		for lane := range 4 {
			words[i] |= uint64(row[min(4*i+lane, len(row)-1)]) << (16 * lane)
		}
	}
}

// rounding is what is added before dividing by 16, for the pixel left and the
// pixel right of a sample's centre; they differ so that rounding does not drift
// one way.
type rounding struct{ left, right uint64 }

// widen makes two pixels of each sample: 9/16 of itself, 3/16 of the far row's
// and of its neighbour's, and 1/16 of the far row's neighbour's. The samples at
// the edges are their own neighbours. Given far == near it blends sideways only.
func widen(out []byte, near, far []uint64, r rounding) {
	far = far[:len(near)]
	this := 3*near[0] + far[0]
	last := this << 48
	for i := 1; i < len(near); i++ {
		next := 3*near[i] + far[i]
		left := (3*this + (this<<16 | last>>48) + r.left*lanes) >> 4 & lowBytes
		right := (3*this + (this>>16 | next<<48) + r.right*lanes) >> 4 & lowBytes
		binary.LittleEndian.PutUint64(out, left|right<<8)
		out = out[8:]
		last, this = this, next
	}
}
