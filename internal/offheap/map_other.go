//go:build !linux

package offheap

import "errors"

// mapped leaves the memory to the heap.
func mapped(int) ([]byte, error) { return nil, errors.ErrUnsupported }

func unmap([]byte) {}
