package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"unsafe"
)

// A sealed vector's numbers have vectorHead bytes before them, the version and the dim, and the checksum behind them.
const vectorHead = 1 + 4

// encodeVector gives, sealed: dim (4, little endian) | dim float32, little endian.
func encodeVector(x []float32) []byte {
	body := binary.LittleEndian.AppendUint32(make([]byte, 0, 4+4*len(x)), uint32(len(x)))
	for _, f := range x {
		body = binary.LittleEndian.AppendUint32(body, math.Float32bits(f))
	}
	return seal(body)
}

// decodeVector is the inverse of encodeVector.
func decodeVector(v []byte) ([]float32, error) { return decodeVectorTo(v, nil) }

// decodeVectorTo decodes to buf, if that has the vector's length. The numbers are copied and then the copy is checked, so that
// what is handed out is what was checked, whatever becomes of the page meanwhile. It is faster, too: a copy has more of memory's
// lines on their way at once than a checksum, and afterwards they are near. To check vectors in the map and use them there takes
// 1.07 times as long (BenchmarkExactVectors), and of 768 numbers a page has two, neither of which begins at a multiple of 4.
//
// Each read checks, though most vectors were checked before. The kernel drops pages and reads them again, from a disk that may
// have gone bad since, and no wrong answer is worth the eighth of a read that a note of what was checked could save.
func decodeVectorTo(v []byte, buf []float32) ([]float32, error) {
	dim, err := vectorDim(v)
	if err != nil {
		return nil, err
	}
	x := buf
	if len(x) != dim {
		x = make([]float32, dim)
	}
	head, numbers := v[:vectorHead], v[vectorHead:len(v)-crc32.Size]
	sum := crc32.Update(crc32.Checksum(head, castagnoli), castagnoli, copyFloats(x, numbers))
	if err := compareSum(sum, v); err != nil {
		return nil, err
	}
	return x, nil
}

// vectorDim gives the length that a sealed vector states, if that is the one it has. Nothing else of it is checked then.
func vectorDim(v []byte) (int, error) {
	size := len(v) - vectorHead - crc32.Size
	if size >= 0 && size%4 == 0 && v[0] == valueVersion && uint64(binary.LittleEndian.Uint32(v[1:])) == uint64(size/4) {
		return size / 4, nil
	}
	body, err := unseal(v) // a flipped bit is the likelier reason
	if err == nil {
		err = fmt.Errorf("%w: vector of %d bytes does not have the length it states", ErrCorrupt, len(body))
	}
	return 0, err
}

// littleEndian says that numbers lie in this machine's memory as they do in the file.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// copyFloats copies float32, little endian, from b (4*len(x)) to x, and gives the bytes to check: those that x has now, and
// on a machine with another order b.
func copyFloats(x []float32, b []byte) []byte {
	if !littleEndian {
		for i := range x {
			x[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		}
		return b
	}
	copied := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), 4*len(x))
	copy(copied, b)
	return copied
}
