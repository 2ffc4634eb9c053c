package store

import (
	"errors"
	"math"
	"slices"
	"testing"
)

// eachOrder runs a test as on a machine of either byte order.
func eachOrder(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	was := littleEndian
	defer func() { littleEndian = was }()
	for name, little := range map[string]bool{"number by number": false, "as bytes": true} {
		if littleEndian = little; little && !was {
			continue // a big-endian machine cannot
		}
		t.Run(name, test)
	}
}

// Wherever a vector begins in the map, and whatever numbers it has, it is decoded bit by bit, to the buffer if that fits.
func TestDecodeVectorAnywhere(t *testing.T) {
	eachOrder(t, func(t *testing.T) {
		for dim := range 70 {
			want := make([]float32, dim)
			for i := range want {
				want[i] = math.Float32frombits(uint32(dim*i+1) * 0x9e3779b1) // with infinities, NaN and the tiniest
			}
			sealed := encodeVector(want)
			for offset := range 9 {
				v := append(make([]byte, offset), sealed...)[offset:]
				buf := make([]float32, dim)
				got, err := decodeVectorTo(v, buf)
				if err != nil || !slices.EqualFunc(got, want, sameBits) || !slices.EqualFunc(buf, want, sameBits) {
					t.Fatalf("%d numbers at %d: %v, %v, want %v", dim, offset, got, err, want)
				}
				if got, err := decodeVectorTo(v, make([]float32, dim+1)); err != nil || !slices.EqualFunc(got, want, sameBits) {
					t.Fatalf("%d numbers at %d, another buffer: %v, %v", dim, offset, got, err)
				}
			}
		}
	})
}

func sameBits(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }

// TestFlippedBits flips every bit of a sealed value: each must be noticed.
func TestFlippedBits(t *testing.T) {
	eachOrder(t, func(t *testing.T) {
		v := encodeVector(vectorOf(1))
		for bit := range 8 * len(v) {
			v[bit/8] ^= 1 << (bit % 8)
			if x, err := decodeVectorTo(v, make([]float32, testDim)); !errors.Is(err, ErrCorrupt) || x != nil {
				t.Fatalf("bit %d flipped: %v, %v", bit, x, err)
			}
			v[bit/8] ^= 1 << (bit % 8)
		}
		if _, err := decodeVector(v); err != nil {
			t.Error(err)
		}
	})
}

// A value that was cut off, or goes on, is noticed at any length, also one whose version and dim are right.
func TestDecodeVectorOfOtherLength(t *testing.T) {
	v := append(encodeVector(vectorOf(1)), make([]byte, 9)...)
	for n := range v {
		if n == len(v)-9 {
			continue // as it was
		}
		if x, err := decodeVector(v[:n]); !errors.Is(err, ErrCorrupt) || x != nil {
			t.Errorf("%d bytes: %v, %v", n, x, err)
		}
	}
}
