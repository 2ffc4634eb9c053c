//go:build !purego

package simd

import "testing"

// Each channel's word of pixel 2*p or 2*p+1 is that pixel's byte and a zero.
func TestPixelPairs(t *testing.T) {
	for p, shuffle := range pixelPairs {
		for i, from := range shuffle {
			channel, second, high := i/4, i/2%2, i%2
			want := uint8(3*(2*p+second) + channel)
			if high == 1 || channel == 3 {
				want = 255
			}
			if from != want {
				t.Errorf("pair %d, byte %d comes from %d, want %d", p, i, from, want)
			}
		}
	}
}

// Packing four registers of 8 sums leaves dword 4*half+register where
// 2*register+half belongs.
func TestDwordOrder(t *testing.T) {
	for i, from := range dwordOrder {
		if want := int32(i%2*4 + i/2); from != want {
			t.Errorf("dword %d comes from %d, want %d", i, from, want)
		}
	}
}
