package encoder

import (
	"fmt"
	"os"

	"github.com/edsrzf/mmap-go"
)

// mapFile maps a file read-only: its bytes are read as the weights are packed,
// without a second copy in memory.
func mapFile(path string) (mmap.MMap, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // the mapping outlives it
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return nil, fmt.Errorf("%s is empty or not a regular file", path)
	}
	return mmap.Map(f, mmap.RDONLY, 0)
}
