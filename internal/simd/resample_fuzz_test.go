package simd

import (
	"encoding/binary"
	"testing"
)

// FuzzResize compares each level's passes with the generic ones: any weights,
// any spans, any pixels.
func FuzzResize(f *testing.F) {
	f.Add(uint8(36), uint8(9), uint8(5), uint8(7), []byte("\x00\x00\x40\x00\xff\xff\xff\x7f\x00\x00\x00\x80\x00\x80\x00\x00"), []byte("pixels"))
	f.Fuzz(func(t *testing.T, width, rows, outputs, length uint8, weights, pixels []byte) {
		w, h, n := int(width)%70+1, int(rows)%20+1, int(outputs)%40+1
		src := make([]byte, 3*w*h)
		for i := range src {
			if len(pixels) > 0 {
				src[i] = pixels[i%len(pixels)]
			}
		}
		spans := make([]Span, n)
		for i := range spans {
			from := i * w / n
			spans[i] = Span{from, cycleWeights(weights, i, min(int(length)%50+1, w-from))}
		}
		column := cycleWeights(weights, n, h)
		for _, level := range supported() {
			force(t, level)
			checkHorizontal(t, spans, src, w, h, int(length)%5, n%16)
			checkVertical(t, src, 3*w, column, 3*w, h%16)
		}
	})
}

// cycleWeights are n weights that go round and round the bits.
func cycleWeights(bits []byte, at, n int) []int32 {
	weights := make([]int32, n)
	for j := range weights {
		if len(bits) >= 4 {
			weights[j] = int32(binary.LittleEndian.Uint32(bits[(at+j)*4%(len(bits)-3):]))
		}
	}
	return weights
}
