//go:build unix

package simd

import "testing"

// Weights of 0 hide from every comparison what is read past the end.
func TestResizeReadsNothingBeyond(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := newRand(17)
		for _, width := range []int{1, 2, 3, 4, 5, 8, 13, 36} {
			for rows := 1; rows <= 18; rows++ {
				src := atPageEnd(t, 3*width*rows)
				spans := randomSpans(r, 6, width, width)
				spans = append(spans, Span{width - 1, []int32{1 << WeightBits}})
				checkHorizontal(t, spans, src, width, rows, 0, 0)
				checkVertical(t, src, 3*width, spans[0].Weights[:1], 3*width, 0)
				column := src[len(src)-3*width*min(rows, len(spans[1].Weights)):]
				checkVertical(t, column, 3*width, spans[1].Weights[:len(column)/(3*width)], 3*width, 0)
			}
		}
	})
}
