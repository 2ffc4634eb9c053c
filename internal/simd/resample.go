package simd

// The two passes of a separable resize of 8-bit RGB pictures, as Pillow has
// them. Weights and sums are int32 in fixed point: every order of adding gives
// the same bytes, and what overflows wraps around.

const (
	// WeightBits is the fraction of a fixed-point weight: of 32 bits 8 are the
	// pixel's and 2 are room for the overshoot of filters with negative lobes.
	WeightBits = 32 - 8 - 2
	// weightHalf is 0.5 in fixed point: sums begin with it, so that they are rounded.
	weightHalf = 1 << (WeightBits - 1)

	// blockTaps is how many taps of a row the assembly weighs at once, and
	// blockRead how many bytes it reads for them: 12 of 4 pixels and 4 more.
	blockTaps, blockRead = 4, 16
	// verticalColumns is how many sums the vertical pass keeps in registers.
	verticalColumns = 32
)

// Span is the weights of the positions From, From+1, ... along an axis.
type Span struct {
	From    int
	Weights []int32
}

// Taps are the spans of every pixel of a resized row, packed for the kernels.
// The zero value is empty: Pack comes before Horizontal. Two goroutines must
// not share one.
//
// The assembly multiplies words, whose products are exact and added in pairs
// by one instruction. So a weight is split into two of them, both signed:
// high<<16 + low. Four taps are a block, and all spans have as many blocks as
// the longest, with weights of 0 behind their own:
//
//	high0 high1 high2 high3 low0 low1 low2 low3
type Taps struct {
	spans   []Span
	offsets []int32  // (spans): byte of a row where a span begins
	words   []uint16 // (spans, blocks, 2, blockTaps)
	blocks  int
	end     int // pixels of a row that the spans reach
	reach   int // bytes from a row's start that the assembly reads

	src, dst []byte // a picture's last rows with room to read past them, and their results
}

// Pack takes the spans, which have to stay as they are while t is in use.
func (t *Taps) Pack(spans []Span) {
	longest := 1
	for _, s := range spans {
		longest = max(longest, len(s.Weights))
	}
	t.spans, t.blocks, t.end, t.reach = spans, (longest+blockTaps-1)/blockTaps, 0, 0
	size := 2 * blockTaps * t.blocks
	t.offsets, t.words = grow(t.offsets, len(spans)), grow(t.words, size*len(spans))
	clear(t.words)
	for i, s := range spans {
		if s.From < 0 {
			panic("simd: a span begins before its row")
		}
		t.offsets[i] = int32(3 * s.From)
		t.end = max(t.end, s.From+len(s.Weights))
		t.reach = max(t.reach, 3*(s.From+blockTaps*(t.blocks-1))+blockRead)
		packWords(t.words[size*i:], s.Weights)
	}
}

// packWords splits weights into words. The low one is less by 1<<16 when it is
// taken as signed and its top bit is set; that bit rounds the high one up.
func packWords(words []uint16, weights []int32) {
	for j, w := range weights {
		at := j/blockTaps*2*blockTaps + j%blockTaps
		words[at], words[at+blockTaps] = uint16((w+1<<15)>>16), uint16(w)
	}
}

// Horizontal resizes rows rows of src, each width pixels that follow the row
// before. What src has after them may be read too, and changes nothing. dst's
// rows are stride bytes apart: their pixels and at least one byte more, which
// is overwritten.
func (t *Taps) Horizontal(dst []byte, stride int, src []byte, width, rows int) {
	size := 3 * len(t.spans)
	if stride <= size || width < t.end {
		panic("simd: rows too short for their spans")
	}
	if rows == 0 || size == 0 {
		return
	}
	// Assembly checks no bounds.
	_, _ = dst[stride*(rows-1)+size], src[3*width*rows-1]
	step := use.horizontalRows
	for y := 0; y < rows; y += step {
		to, from := dst[stride*y:], src[3*width*y:]
		if rows-y >= step && len(from) >= 3*width*(step-1)+t.reach {
			use.horizontal(to, stride, from, 3*width, t)
		} else {
			t.lastRows(to, stride, from, 3*width, min(rows-y, step))
		}
	}
}

// lastRows resizes fewer rows than the kernel does, or such that it would read
// past the end of src, by way of copies that have the room.
func (t *Taps) lastRows(dst []byte, stride int, src []byte, srcStride, rows int) {
	size, step := 3*len(t.spans), use.horizontalRows
	t.src = grow(t.src, srcStride*(step-1)+t.reach)
	t.dst = grow(t.dst, (size+1)*step)
	copy(t.src, src[:srcStride*rows])
	use.horizontal(t.dst, size+1, t.src, srcStride, t)
	for y := range rows {
		copy(dst[stride*y:][:size], t.dst[(size+1)*y:])
	}
}

// Vertical writes to dst the sum of the first len(dst) bytes of rows stride
// bytes apart, one for each weight.
func Vertical(dst, rows []byte, stride int, weights []int32) {
	if len(dst) < verticalColumns || len(weights) == 0 {
		verticalGeneric(dst, rows, stride, weights)
		return
	}
	_ = rows[stride*(len(weights)-1)+len(dst)-1] // assembly checks no bounds
	use.vertical(dst, rows, stride, weights)
}
