//go:build unix

package simd

import (
	"syscall"
	"testing"
	"unsafe"
)

// atPageEnd returns n bytes that end where the process's memory does: to read
// past them crashes the test.
func atPageEnd(t *testing.T, n int) []byte {
	page := syscall.Getpagesize()
	size := (n + page - 1) / page * page
	all, err := syscall.Mmap(-1, 0, size+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skipf("skipped: no memory with an edge: %v", err)
	}
	t.Cleanup(func() { syscall.Munmap(all) })
	if err := syscall.Mprotect(all[size:], syscall.PROT_NONE); err != nil {
		t.Skipf("skipped: no memory with an edge: %v", err)
	}
	return all[size-n : size : size]
}

// edge returns n numbers, all 0, that end where the process's memory does.
func edge[T float32 | uint32 | uint16 | int8 | uint8 | Nibbles | int32](t *testing.T, n int) []T {
	var x T
	data := atPageEnd(t, n*int(unsafe.Sizeof(x)))
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(data))), n)
}

// Weights, activations and results lie in mapped files and in other rows'
// memory: no kernel of rows touches what is behind them.
func TestRowKernelsTouchNothingBeyond(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for n := 1; n < 70; n++ {
			x, y, z, dst := edge[float32](t, n), edge[float32](t, n), edge[float32](t, n), edge[float32](t, n)
			halves, others, pairs, bytes := edge[uint16](t, n), edge[uint16](t, n), edge[uint16](t, 2*n), edge[uint8](t, n)
			use.dot(x, y)
			use.gelu(dst)
			use.softmax(dst, 1)
			use.layerNorm(dst, x, y, z, 1)
			use.narrow(halves, n, x, n, 1, n)
			use.widen(dst, halves)
			use.narrowFloat16(halves, n, x, n, 1, n)
			use.widenFloat16(dst, halves)
			use.interleave(pairs, halves, others)
			use.extent(x)
			use.codes(bytes, x, 0, 1)
		}
		for n := CodeLine; n <= 6*CodeLine; n += CodeLine {
			use.dotCodes(edge[int8](t, n), edge[int8](t, n))
			last := &edge[int8](t, n)[0]
			use.dotCodesOf(make([]int32, 5), edge[int8](t, n), []*int8{last, last, last, last, last})
		}
		for n := 1; n <= 7; n++ {
			last := &edge[Nibbles](t, n)[0]
			for vectors := range 6 {
				at := []*Nibbles{last, last, last, last, last}[:vectors]
				use.dotNibblesOf(edge[int32](t, vectors), edge[int8](t, n*NibbleLine), at)
			}
		}
		for n := 1; n <= 7; n++ {
			use.dotSplit(&edge[Nibbles](t, 1)[0], &edge[Nibbles](t, 1)[0], edge[Nibbles](t, n), edge[Nibbles](t, n))
		}
	})
}

// Nor does a product, for every number of rows of a tile.
func TestTilesTouchNothingBeyond(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for _, k := range []int{1, 2, 3, 17} {
			cols := use.cols
			w, bias, scale, sums := edge[uint32](t, k*cols), edge[float32](t, cols), edge[float32](t, cols), edge[float32](t, cols)
			ahead := uintptr(unsafe.Pointer(&w[0]))
			for rows := 1; rows <= min(use.rows, 14); rows++ {
				a, c, affine := edge[uint32](t, rows*k), edge[float32](t, rows*cols), edge[float32](t, 2*rows)
				for _, add := range []bool{false, true} {
					use.gemm(c, cols, floats(a), k, floats(w), bias, k, rows, add, ahead)
					if use.gemmBFloat16 != nil {
						use.gemmBFloat16(c, cols, a, k, w, bias, k, rows, add, ahead)
					}
					if use.gemmFloat16 != nil {
						use.gemmFloat16(c, cols, a, k, w, bias, k, rows, add, ahead)
					}
					if use.gemmInt8 != nil {
						use.gemmInt8(c, cols, a, k, w, bias, k, rows, add, affine, scale, sums, ahead)
					}
				}
			}
		}
	})
}
