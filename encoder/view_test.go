package encoder

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// element is the definition: where the element of an index lies.
func element(v *view, index []int) int {
	at := v.offset
	for i, n := range index {
		at += n * v.strides[i]
	}
	return at
}

// eachIndex calls f for every index of a shape, rows first.
func eachIndex(shape []int, f func(index []int)) {
	index := make([]int, len(shape))
	for range product(shape) {
		f(index)
		for i := len(shape) - 1; i >= 0; i-- {
			if index[i]++; index[i] < shape[i] {
				break
			}
			index[i] = 0
		}
	}
}

// TestViews: a view is accepted if and only if every element is in the storage
// and there are no more of them than the storage has; then its bytes are theirs.
func TestViews(t *testing.T) {
	accepted := 0
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.SampledFrom([]int{1, 2, 4}).Draw(rt, "size")
		data := make([]byte, size*rapid.IntRange(0, 30).Draw(rt, "elements"))
		for i := range data {
			data[i] = byte(i)
		}
		rank := rapid.IntRange(0, 4).Draw(rt, "rank")
		v := &view{
			storage: storage{size: size, data: data}, offset: rapid.IntRange(-1, 9).Draw(rt, "offset"),
			shape:   rapid.SliceOfN(rapid.IntRange(0, 4), rank, rank).Draw(rt, "shape"),
			strides: rapid.SliceOfN(rapid.IntRange(0, 9), rank, rank).Draw(rt, "strides"),
		}
		inside, want := v.offset >= 0 && v.offset*size <= len(data) && product(v.shape)*size <= len(data), []byte(nil)
		eachIndex(v.shape, func(index []int) {
			at := element(v, index)
			if inside = inside && (at+1)*size <= len(data); inside {
				want = append(want, data[at*size:(at+1)*size]...)
			}
		})
		err := v.check()
		if inside != (err == nil) {
			rt.Fatalf("inside: %v, check: %v", inside, err)
		}
		if err != nil {
			return
		}
		accepted++
		if got := v.tensor(); !bytes.Equal(got.data, want) || v.bytes() != len(want) {
			rt.Errorf("got %v, want %v", got.data, want)
		}
	})
	if accepted == 0 {
		t.Error("no view was accepted")
	}
}

// TestHostileViews have numbers whose products and sums overflow.
func TestHostileViews(t *testing.T) {
	const huge = math.MaxInt
	for _, c := range []struct {
		offset         int
		shape, strides []int
		want           string
	}{
		{0, []int{huge}, []int{1}, "out of range"},
		{0, []int{math.MaxInt32, math.MaxInt32, math.MaxInt32}, []int{0, 0, 0}, "shape"},
		{0, []int{1 << 16, 1 << 16, 1 << 16, 1 << 16}, []int{0, 0, 0, 0}, "shape"}, // 2^64 is 0
		{0, []int{2}, []int{huge}, "beyond"},
		{0, []int{2, 2}, []int{huge, huge}, "beyond"},
		{0, []int{2, 2}, []int{1, huge}, "beyond"},
		{huge, []int{2}, []int{1}, "offset"},
		{huge, []int{0}, []int{1}, "offset"},
		{-1, []int{2}, []int{1}, "offset"},
		{0, []int{-2}, []int{1}, "out of range"},
		{0, []int{2}, []int{-1}, "out of range"},
		{0, []int{4, 5}, []int{0, 0}, "shape"},
		{0, make([]int, 9), make([]int, 9), "9 dimensions"},
		{0, []int{2}, nil, "0 strides"},
	} {
		v := &view{storage{size: 4, data: make([]byte, 64)}, c.offset, c.shape, c.strides}
		if err := v.check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v does not say %q", c, err, c.want)
		}
	}
}
