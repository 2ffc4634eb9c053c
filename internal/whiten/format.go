package whiten

import (
	"encoding/binary"
	"fmt"
	"math"
)

// A whitening as bytes, little endian. Who keeps it adds a checksum.
//
//	| version 1 byte, 1 | learned, 4 | dim, 4 | mean, 4 dim | rows, 4 dim dim |
const (
	formatVersion = 1
	formatHeader  = 9
	// maxDim bounds what Decode allocates for.
	maxDim = 1 << 15
)

// Encode gives the bytes that Decode reads.
func (w *Whitening) Encode() []byte {
	b := make([]byte, 0, formatHeader+4*(len(w.mean)+len(w.rows)))
	b = append(b, formatVersion)
	b = binary.LittleEndian.AppendUint32(b, uint32(w.learned))
	b = binary.LittleEndian.AppendUint32(b, uint32(w.dim))
	for _, x := range w.mean {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	for _, x := range w.rows {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

// Decode reads a whitening; ErrFormat for what is none.
func Decode(b []byte) (*Whitening, error) {
	if len(b) < formatHeader || b[0] != formatVersion {
		return nil, fmt.Errorf("%w: %d bytes", ErrFormat, len(b))
	}
	learned, dim := binary.LittleEndian.Uint32(b[1:]), uint64(binary.LittleEndian.Uint32(b[5:]))
	if dim == 0 || dim > maxDim || uint64(len(b)) != formatHeader+4*(dim+dim*dim) {
		return nil, fmt.Errorf("%w: %d bytes for vectors of %d numbers", ErrFormat, len(b), dim)
	}
	numbers := make([]float32, dim+dim*dim)
	for i := range numbers {
		x := math.Float32frombits(binary.LittleEndian.Uint32(b[formatHeader+4*i:]))
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return nil, fmt.Errorf("%w: number %d is %v", ErrFormat, i, x)
		}
		numbers[i] = x
	}
	return &Whitening{dim: int(dim), learned: int(learned), mean: numbers[:dim:dim], rows: numbers[dim:]}, nil
}
