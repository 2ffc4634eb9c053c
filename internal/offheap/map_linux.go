package offheap

import "golang.org/x/sys/unix"

// mapped returns size bytes of zeros, and asks for pages of 2 MB: regions that lie side by side share them.
func mapped(size int) ([]byte, error) {
	region, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err == nil {
		_ = unix.Madvise(region, unix.MADV_HUGEPAGE) // without them it is slower, not wrong
	}
	return region, err
}

func unmap(region []byte) { _ = unix.Munmap(region) }
