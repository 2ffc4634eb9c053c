package offheap

import (
	"runtime"
	"sync/atomic"
	"unsafe"
)

var inUse atomic.Int64

// InUse is how many bytes are there now.
func InUse() int64 { return inUse.Load() }

// Make returns n items that are zero. They are there as long as owner is, and not longer: whoever reads
// them must keep owner alive. T must have no pointers in it, which the collector would
// not see. Where the system has no memory of this kind to give, they are on the heap.
func Make[T, Owner any](owner *Owner, n int) []T {
	var item T
	size := n * int(unsafe.Sizeof(item))
	if size == 0 {
		return make([]T, n)
	}
	region, err := mapped(size)
	if err != nil {
		return make([]T, n)
	}
	inUse.Add(int64(size))
	runtime.AddCleanup(owner, func(region []byte) {
		unmap(region)
		inUse.Add(-int64(len(region)))
	}, region)
	return unsafe.Slice((*T)(unsafe.Pointer(&region[0])), n)
}
