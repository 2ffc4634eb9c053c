package encoder

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"time"
	"unsafe"

	"github.com/edsrzf/mmap-go"

	"lookalike/internal/simd"
)

// Packed weights are kept beside the model, in the layout that the kernels
// read: the next start maps the file and is ready. It is only a cache. Whatever
// does not fit is packed anew from the weights, and where it cannot be written
// the model works all the same.
//
//	magic 8 | length of key 4 | key, JSON | padding to 64 |
//	what weights.walk visits, each padded to 64 | CRC32C of all of that 4
const (
	packedMagic = "LKPACK1\n"
	packedAlign = 64
	// packedFrom is the size of a model in bytes from which packing is worth a file.
	packedFrom = 16 << 20

	packedPrefix, packedTemporary = ".lookalike-packed-", ".tmp"
)

// packedKey says what a file of packed weights was made from and for.
type packedKey struct {
	Level       string    // of the kernels
	Asked       Precision // which may be Auto
	Config      Config
	Preprocess  Preprocess
	Descriptor  Descriptor
	Weights     string    // the file they came from, or the index of those
	Size        int64     // of the weights
	Stamp       int64     // of the weights, which changes with them
	Precision   Precision // in use
	Fingerprint string    // of the model
}

// asked is the key without what only the answer knows.
func (k packedKey) asked() packedKey {
	k.Precision, k.Fingerprint = "", ""
	return k
}

// newPackedKey returns the key to look for, and ok when a model is large enough.
func newPackedKey(f modelFiles, c Config, p Preprocess, o options) (k packedKey, ok bool) {
	size, stamp, err := f.stat()
	if err != nil || size < packedFrom {
		return k, false
	}
	return packedKey{Level: simd.Level(), Asked: o.precision, Config: c, Preprocess: p.canonical(), Descriptor: o.descriptor,
		Weights: f.file, Size: size, Stamp: stamp}, true
}

// path names a file for each level, precision, preprocessing and name of the
// weights: others under the same name replace it.
func (k packedKey) path(dir string) string {
	k = k.asked()
	k.Size, k.Stamp = 0, 0
	sum := sha256.Sum256(k.encode())
	return filepath.Join(dir, packedPrefix+hex.EncodeToString(sum[:8]))
}

func (k packedKey) encode() []byte {
	b, err := json.Marshal(k)
	if err != nil {
		panic(fmt.Sprintf("encoder: key cannot be written as JSON: %v", err)) // plain numbers and strings
	}
	return b
}

// walk visits every tensor in the order in which they are kept. floats gets the
// length, matrix the shape that there must be.
func (w *weights) walk(c Config, floats func(x *[]float32, n int), matrix func(m *simd.Matrix, p simd.Precision, n, k int)) {
	d, m, grid := c.HiddenSize, c.IntermediateSize, c.gridSide()
	linear := func(l *linear, p simd.Precision, n, k, bias int) {
		matrix(&l.w, p, n, k)
		floats(&l.bias, bias)
	}
	norm := func(ln *layerNorm) {
		floats(&ln.gain, d)
		floats(&ln.bias, d)
	}
	qkvBias := 0
	if c.QKVBias {
		qkvBias = 3 * d
	}
	floats(&w.cls, d)
	floats(&w.positions, (1+grid*grid)*d)
	linear(&w.patch, w.attention, d, c.patchDim(), d)
	for i := range w.blocks {
		b := &w.blocks[i]
		norm(&b.before)
		norm(&b.after)
		linear(&b.qkv, w.linear, 3*d, d, qkvBias)
		linear(&b.proj, w.linear, d, d, d)
		linear(&b.fc1, w.linear, m, d, m)
		linear(&b.fc2, w.linear, d, m, d)
	}
	norm(&w.norm)
}

// savePacked writes the weights beside the model, for whoever may read that. A
// crash leaves a temporary file or a file that the checksum refuses: nothing
// needs to be synced.
func savePacked(dir string, k packedKey, w *weights) (err error) {
	prunePacked(dir, k.path(dir))
	info, err := os.Stat(filepath.Join(dir, k.Weights))
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, packedPrefix+"*"+packedTemporary)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if err := writePacked(f, k, w); err != nil {
		return err
	}
	if err := f.Chmod(info.Mode().Perm() | 0o600); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), k.path(dir)); err != nil {
		return err
	}
	prunePacked(dir, k.path(dir)) // others may have come since
	return nil
}

func writePacked(f io.Writer, k packedKey, w *weights) error {
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	buffered := bufio.NewWriterSize(f, 1<<20)
	out := io.MultiWriter(buffered, sum)
	var err error
	put := func(b []byte) {
		if err == nil {
			_, err = out.Write(b)
		}
		if rest := len(b) % packedAlign; rest != 0 && err == nil {
			_, err = out.Write(make([]byte, packedAlign-rest))
		}
	}
	key := k.encode()
	put(append(binary.LittleEndian.AppendUint32([]byte(packedMagic), uint32(len(key))), key...))
	w.walk(k.Config, func(x *[]float32, _ int) { put(bytesOf(*x)) }, func(m *simd.Matrix, _ simd.Precision, _, _ int) {
		for _, words := range m.Parts() {
			put(bytesOf(words))
		}
	})
	if err != nil {
		return err
	}
	if _, err := buffered.Write(sum.Sum(nil)); err != nil {
		return err
	}
	return buffered.Flush()
}

// bytesOf is the memory of x, as this machine orders it: the file never leaves
// the machine's kind, since the key names the kernels.
func bytesOf[T uint32 | float32](x []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), 4*len(x))
}

// errPacked is why packed weights cannot be used; they are made anew then.
var errPacked = errors.New("packed weights do not fit")

// openPacked maps the weights that fit the key and returns them with the key
// they were saved under. The map lives as long as they do.
func openPacked(dir string, k packedKey) (*weights, packedKey, error) {
	data, err := mapFile(k.path(dir))
	if err != nil {
		return nil, k, err
	}
	w, found, err := readPacked(data, k)
	if err != nil {
		return nil, k, errors.Join(err, data.Unmap())
	}
	w.mapped = data
	usePacked(k.path(dir), time.Now())
	return w, found, nil
}

func readPacked(data mmap.MMap, k packedKey) (*weights, packedKey, error) {
	var found packedKey
	end := len(data) - crc32.Size
	sum := crc32.Checksum(data[:max(end, 0)], crc32.MakeTable(crc32.Castagnoli))
	if end < packedAlign || sum != binary.BigEndian.Uint32(data[end:]) || string(data[:len(packedMagic)]) != packedMagic {
		return nil, found, fmt.Errorf("%w: wrong checksum", errPacked)
	}
	head := len(packedMagic) + 4
	length := int(binary.LittleEndian.Uint32(data[head-4:]))
	if align(head+length) > end || json.Unmarshal(data[head:head+length], &found) != nil || found.asked() != k {
		return nil, found, fmt.Errorf("%w: of another model", errPacked)
	}
	r := packedReader{rest: data[align(head+length):end]}
	precision := k.Asked // falls back again where it did before, with its note
	if precision == Auto {
		precision = found.Precision
	}
	w := &weights{arithmetic: precision.arithmetic(k.Config), blocks: make([]block, k.Config.NumHiddenLayers)}
	w.walk(k.Config, r.floats, func(m *simd.Matrix, p simd.Precision, n, k int) { m.Restore(p, n, k, r.words) })
	if r.short || len(r.rest) != 0 {
		return nil, found, fmt.Errorf("%w: wrong length", errPacked)
	}
	return w, found, nil
}

// packedReader takes tensors off the front of a mapped file.
type packedReader struct {
	rest  []byte
	short bool // it ended too early; what was returned then must not be used
}

// words returns the next n words, in the mapped memory.
func (r *packedReader) words(n int) []uint32 {
	if r.short = r.short || align(4*n) > len(r.rest); r.short || n == 0 {
		return nil
	}
	x := unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(r.rest))), n)
	r.rest = r.rest[align(4*n):]
	return x
}

func (r *packedReader) floats(x *[]float32, n int) {
	if words := r.words(n); words != nil {
		*x = unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(words))), n)
	}
}

// align rounds up to packedAlign.
func align(n int) int { return (n + packedAlign - 1) &^ (packedAlign - 1) }
