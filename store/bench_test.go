package store

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
)

// benchEntry is of the sizes that a photo has: 768 numbers and a thumbnail of 10 KB.
func benchEntry(i int, random *rand.ChaCha8) Entry {
	e := entryOf(i, pathFile(fmt.Sprintf("/home/someone/Pictures/2026/%08d.jpg", i), i, 0))
	e.Vector = make([]float32, 768)
	for j := range e.Vector {
		e.Vector[j] = float32(j) / 768
	}
	e.Thumbnail = make([]byte, 10_000)
	random.Read(e.Thumbnail)
	return e
}

// BenchmarkAdd tells what an image costs, alone in its transaction or with others, and what it takes on disk.
func BenchmarkAdd(b *testing.B) {
	for _, group := range []int{1, 8, 64} {
		b.Run(fmt.Sprint("group=", group), func(b *testing.B) {
			s := openStore(b, b.TempDir())
			random := rand.NewChaCha8([32]byte{})
			n := 0
			for b.Loop() {
				batch := make([]Entry, group)
				for i := range batch {
					n++
					batch[i] = benchEntry(n, random)
				}
				if _, err := s.Add(batch...); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n), "us/image")
			st, err := s.Stats()
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(st.BytesStore)/float64(n), "bytes/image")
		})
	}
}

// benchStore holds n images.
func benchStore(b *testing.B, n int) *Store {
	b.Helper()
	s := openStore(b, b.TempDir())
	random := rand.NewChaCha8([32]byte{})
	for i := 0; i < n; i += 500 {
		var batch []Entry
		for j := range min(500, n-i) {
			batch = append(batch, benchEntry(i+j+1, random))
		}
		if _, err := s.Add(batch...); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// BenchmarkRead tells what reading costs, of 5,000 images in memory.
func BenchmarkRead(b *testing.B) {
	const n = 5000
	s := benchStore(b, n)
	i := uint64(0)
	next := func() uint64 {
		i = i*2862933555777941757 + 3037000493
		return i>>33%n + 1
	}
	vectors, err := s.Vectors()
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]float32, 768)
	for name, read := range map[string]func() error{
		"Vector":  func() error { return second(s.Vector(next())) },
		"Vectors": func() error { return second(vectors.Vector(next(), buf)) },
		"Vectors of 12": func() error {
			var ids [12]uint64
			for i := range ids {
				ids[i] = next()
			}
			return vectors.Vectors(ids[:], buf, func(_ int, _ []float32, err error) error { return err })
		},
		"Image":      func() error { return second(s.Image(next())) },
		"Thumbnail":  func() error { return second(s.Thumbnail(next())) },
		"List of 50": func() error { return second(s.List(next(), 50)) },
		"Check":      func() error { return s.Check() },
		"Open": func() error {
			dir := s.Dir()
			s.Close()
			var err error
			s, err = Open(dir, Options{})
			return err
		},
		"EachVector": func() error { return s.EachVector(func(uint64, []float32) error { return nil }) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := read(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFsync is what the disk allows: the smallest file written and fsynced.
func BenchmarkFsync(b *testing.B) {
	f, err := os.Create(b.TempDir() + "/f")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	for b.Loop() {
		f.WriteAt(make([]byte, 4096), 0)
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
}
