package encoder

import (
	"fmt"
	"math"
)

// view is a tensor as PyTorch saves it: element (i, j, ...) is
// storage[offset + i*strides[0] + j*strides[1] + ...].
type view struct {
	storage storage
	offset  int
	shape   []int
	strides []int
}

// maxRank bounds the dimensions of a tensor; a ViT has at most 4.
const maxRank = 8

// check refuses what reaches outside the storage, without an intermediate
// result that could overflow.
func (v *view) check() error {
	elements := len(v.storage.data) / v.storage.size
	if len(v.shape) != len(v.strides) || len(v.shape) > maxRank {
		return fmt.Errorf("tensor with %d dimensions and %d strides", len(v.shape), len(v.strides))
	}
	for i, n := range v.shape {
		if n < 0 || n > math.MaxInt32 || v.strides[i] < 0 {
			return fmt.Errorf("tensor of shape %v, strides %v is out of range", v.shape, v.strides)
		}
	}
	count := v.count(elements)
	if count > elements {
		return fmt.Errorf("tensor of shape %v on a storage of %d elements", v.shape, elements)
	}
	room := elements - v.offset // from the first element to the end of the storage
	if v.offset < 0 || room < min(count, 1) {
		return fmt.Errorf("tensor at offset %d of a storage of %d elements", v.offset, elements)
	}
	for i, n := range v.shape {
		if n < 2 || count == 0 {
			continue
		}
		if v.strides[i] > (room-1)/(n-1) {
			return fmt.Errorf("tensor of shape %v, strides %v, offset %d reaches beyond its storage of %d elements",
				v.shape, v.strides, v.offset, elements)
		}
		room -= v.strides[i] * (n - 1)
	}
	return nil
}

// count is the number of elements, or limit+1 if there are more.
func (v *view) count(limit int) int {
	count := 1
	for _, n := range v.shape {
		if n == 0 {
			return 0
		}
		if count > limit/n {
			count = limit + 1
			continue
		}
		count *= n
	}
	return count
}

// bytes is the size of the tensor when it is laid out row by row.
func (v *view) bytes() int { return v.count(len(v.storage.data)) * v.storage.size }

// contiguous reports whether the storage has the elements row by row.
func (v *view) contiguous() bool {
	step := 1
	for i := len(v.shape) - 1; i >= 0; i-- {
		if v.shape[i] != 1 && v.strides[i] != step {
			return false
		}
		step *= v.shape[i]
	}
	return true
}

// tensor lays the view out row by row, in the storage's memory if it is so already.
func (v *view) tensor() tensor {
	t := tensor{v.storage.dtype, v.shape, nil}
	from, n := v.offset*v.storage.size, v.bytes()
	switch {
	case n == 0:
	case v.contiguous():
		t.data = v.storage.data[from : from+n]
	default:
		t.data = v.gather(make([]byte, 0, n))
	}
	return t
}

// gather appends the elements to dst, counting index up like an odometer.
func (v *view) gather(dst []byte) []byte {
	index, at, size := make([]int, len(v.shape)), v.offset, v.storage.size
	for {
		dst = append(dst, v.storage.data[at*size:(at+1)*size]...)
		i := len(index) - 1
		for ; i >= 0; i-- {
			index[i]++
			at += v.strides[i]
			if index[i] < v.shape[i] {
				break
			}
			at -= v.strides[i] * v.shape[i]
			index[i] = 0
		}
		if i < 0 {
			return dst
		}
	}
}
