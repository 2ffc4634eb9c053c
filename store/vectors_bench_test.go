package store

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
	"unsafe"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"lookalike/internal/simd"
)

// cpuTime is what this process has used: other programs disturb it less than the clock on the wall.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// vectorSide is one way to read vectors: f calls use with each.
type vectorSide struct {
	name string
	f    func(ids []uint64, use func(x []float32)) error
}

// BenchmarkExactVectors reads vectors of 768 numbers, 16 in a transaction, at random among 50,000, and takes an inner product with each,
// as a search does: from bbolt in several ways, and from a flat file. An iteration is a round of all ways; each one's median is logged.
func BenchmarkExactVectors(b *testing.B) {
	const n, dim, batch, reads = 50_000, 768, 16, 1000
	s := benchVectors(b, n)
	sides := slices.Concat(boltSides(b, s, dim), flatSides(b, s, n, dim))
	query, ids, sum := make([]float32, dim), make([]uint64, batch), float32(0)
	use := func(x []float32) { sum += simd.Dot(query, x) }
	random := rand.New(rand.NewPCG(1, 2))
	times := make([][]float64, len(sides))
	for b.Loop() {
		for i, side := range sides {
			start := cpuTime(b)
			for range reads {
				for j := range ids {
					ids[j] = 1 + random.Uint64N(n)
				}
				if err := side.f(ids, use); err != nil {
					b.Fatal(err)
				}
			}
			times[i] = append(times[i], float64(cpuTime(b)-start)/(reads*batch))
		}
	}
	for i, side := range sides {
		slices.Sort(times[i])
		b.Logf("%5.0f ns of CPU time a vector (least %.0f): %s", times[i][len(times[i])/2], times[i][0], side.name)
	}
}

// benchVectors holds n images with next to no thumbnails.
func benchVectors(b *testing.B, n int) *Store {
	s, random := openStore(b, b.TempDir()), rand.NewChaCha8([32]byte{})
	for i := 0; i < n; i += 500 {
		var batch []Entry
		for j := range min(500, n-i) {
			e := benchEntry(i+j+1, random)
			e.Thumbnail = e.Thumbnail[:100]
			batch = append(batch, e)
		}
		if _, err := s.Add(batch...); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// boltSides are what Vectors does, what it did, and what it could do.
func boltSides(b *testing.B, s *Store, dim int) []vectorSide {
	v, err := s.Vectors()
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]float32, dim)
	each := func(read func(bucket *bolt.Bucket, f *finder, id uint64) ([]float32, error)) func([]uint64, func([]float32)) error {
		return func(ids []uint64, use func([]float32)) error {
			return s.view(func(tx *bolt.Tx) error {
				bucket := tx.Bucket(v.of.vectors())
				f := newFinder(bucket)
				for _, id := range ids {
					x, err := read(bucket, f, id)
					if err != nil {
						return err
					}
					use(x)
				}
				return nil
			})
		}
	}
	vectors := func(ids []uint64, use func([]float32)) error {
		return v.Vectors(ids, buf, func(_ int, x []float32, err error) error {
			use(x)
			return err
		})
	}
	return []vectorSide{
		{"bbolt as it was: Bucket.Get, checked in the map, decoded number by number",
			each(func(bucket *bolt.Bucket, _ *finder, id uint64) ([]float32, error) {
				return wordByWord(bucket.Get(idKey(id)), buf)
			})},
		{"bbolt, one cursor, the same otherwise",
			each(func(_ *bolt.Bucket, f *finder, id uint64) ([]float32, error) { return wordByWord(f.find(id), buf) })},
		{"bbolt, one cursor, checked and used where it lies",
			each(func(_ *bolt.Bucket, f *finder, id uint64) ([]float32, error) { return whereItLies(f.find(id)) })},
		{"bbolt, one cursor, copied and the copy checked",
			each(func(_ *bolt.Bucket, f *finder, id uint64) ([]float32, error) { return foundVector(f.find(id), buf) })},
		{"bbolt as it is, Vectors", vectors},
		{"bbolt as it is, ids sorted", func(ids []uint64, use func([]float32)) error {
			slices.Sort(ids)
			return vectors(ids, use)
		}},
		{"bbolt, nothing but found", each(func(_ *bolt.Bucket, f *finder, id uint64) ([]float32, error) {
			f.find(id)
			return buf, nil
		})},
	}
}

// wordByWord is how vectors were decoded.
func wordByWord(v []byte, buf []float32) ([]float32, error) {
	body, err := unseal(v)
	if err != nil {
		return nil, err
	}
	for i := range buf {
		buf[i] = math.Float32frombits(binary.LittleEndian.Uint32(body[4+4*i:]))
	}
	return buf, nil
}

// whereItLies decodes nothing. Few machines but amd64 and arm64 have numbers at any address.
func whereItLies(v []byte) ([]float32, error) {
	body, err := unseal(v)
	if err != nil {
		return nil, err
	}
	return inPlace(body[4:]), nil
}

func inPlace(b []byte) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4)
}

// flatSides read a file of nothing but vectors, each followed by its checksum, in the order of their images' numbers: what
// could be had if that file were as safe from crashes as bbolt's.
func flatSides(b *testing.B, s *Store, n, dim int) []vectorSide {
	size := 4*dim + crc32.Size
	file := flatFile(b, s, n, size)
	at := func(id uint64) []byte { return file[int(id-1)*size:][:size] }
	each := func(read func(v []byte) []float32) func([]uint64, func([]float32)) error {
		return func(ids []uint64, use func([]float32)) error {
			for _, id := range ids {
				use(read(at(id)))
			}
			return nil
		}
	}
	check := func(numbers, v []byte) {
		if err := compareSum(crc32.Checksum(numbers, castagnoli), v); err != nil {
			b.Fatal(err)
		}
	}
	buf := make([]float32, dim)
	return []vectorSide{
		{"flat file, copied and the copy checked", each(func(v []byte) []float32 {
			check(copyFloats(buf, v[:4*dim]), v)
			return buf
		})},
		{"flat file, not checked", each(func(v []byte) []float32 { return inPlace(v[:4*dim]) })},
	}
}

// flatFile writes the store's vectors to a file and maps it.
func flatFile(b *testing.B, s *Store, n, size int) []byte {
	var all []byte
	if err := s.EachVector(func(_ uint64, x []float32) error {
		v := encodeVector(x)[vectorHead:]
		all = append(all, v...)
		numbers := all[len(all)-size : len(all)-crc32.Size]
		binary.LittleEndian.PutUint32(all[len(all)-crc32.Size:], crc32.Checksum(numbers, castagnoli))
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "flat")
	if err := os.WriteFile(path, all, 0o600); err != nil {
		b.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	file, err := unix.Mmap(int(f.Fd()), 0, n*size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = unix.Munmap(file) })
	return file
}

// BenchmarkDecodeVector tells what is left of a read when there is nothing to find and no memory to wait for: 768 numbers.
func BenchmarkDecodeVector(b *testing.B) {
	buf := make([]float32, 768)
	v := encodeVector(buf)
	for _, way := range []struct {
		name   string
		decode func()
	}{
		{"copied", func() { copyFloats(buf, v[vectorHead:len(v)-crc32.Size]) }},
		{"copied and checked", func() { _, _ = decodeVectorTo(v, buf) }},
		{"checked and number by number", func() { _, _ = wordByWord(v, buf) }},
	} {
		b.Run(way.name, func(b *testing.B) {
			for b.Loop() {
				way.decode()
			}
		})
	}
}
