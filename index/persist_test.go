package index

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"lookalike/internal/vectors"
)

// small is a saved index with copies, a free slot and several layers.
func small(t testing.TB) (base [][]float32, c Changes) {
	t.Helper()
	base, _ = vectors.Clustered.Make(8, 150, 1, 8)
	base[100], base[101] = base[3], base[3]
	x := build(t, base)
	if err := x.Delete(17); err != nil {
		t.Fatal(err)
	}
	return base, x.TakeChanges()
}

// load loads what small saved, with chunk data replaced by edit.
func load(base [][]float32, header []byte, chunks []Chunk) (*Index, error) {
	chunk := func(no uint32) ([]byte, error) {
		if int(no) >= len(chunks) {
			return nil, nil
		}
		return chunks[no].Data, nil
	}
	vector := func(id uint64) ([]float32, error) {
		if id >= uint64(len(base)) {
			return nil, ErrNotFound
		}
		return base[id], nil
	}
	return Load(Config{Dim: 8, Seed: 1}, header, chunk, vector)
}

// TestChangedChunks: an add far from everything else leaves most chunks alone.
func TestChangedChunks(t *testing.T) {
	base, _ := vectors.Clustered.Make(8, 3000, 1, 8)
	x := build(t, base[:2999])
	all := len(x.TakeChanges().Chunks)
	if err := x.Add(2999, base[2999]); err != nil {
		t.Fatal(err)
	}
	if changed := len(x.TakeChanges().Chunks); changed == 0 || changed >= all {
		t.Errorf("one add changed %d of %d chunks", changed, all)
	}
	if again := len(x.TakeChanges().Chunks); again != 0 {
		t.Errorf("%d chunks are changed though all were taken", again)
	}
}

// TestFlippedBytes: no flipped byte and no cut goes unnoticed.
func TestFlippedBytes(t *testing.T) {
	base, c := small(t)
	if x, err := load(base, c.Header, c.Chunks); err != nil || x.Len() != 149 || x.Nodes() != 147 {
		t.Fatalf("loading what was saved: %v", err)
	}
	refuse := func(what string, header []byte, chunks []Chunk) {
		t.Helper()
		if _, err := load(base, header, chunks); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for at := range c.Header {
		flipped := bytes.Clone(c.Header)
		flipped[at] ^= 0x10
		refuse("flipped header byte", flipped, c.Chunks)
		refuse("cut header", c.Header[:at], c.Chunks)
	}
	for at := 0; at < len(c.Chunks[1].Data); at += 7 {
		chunks := slices.Clone(c.Chunks)
		chunks[1].Data = bytes.Clone(chunks[1].Data)
		chunks[1].Data[at] ^= 1
		refuse("flipped chunk byte", c.Header, chunks)
		chunks[1].Data = c.Chunks[1].Data[:at]
		refuse("cut chunk", c.Header, chunks)
	}
	swapped := slices.Clone(c.Chunks)
	swapped[0].Data, swapped[1].Data = swapped[1].Data, swapped[0].Data
	refuse("swapped chunks", c.Header, swapped)
	refuse("missing chunk", c.Header, c.Chunks[:2])
	other := slices.Clone(base)
	other[5] = base[6]
	if _, err := load(other, c.Header, c.Chunks); !errors.Is(err, ErrCorrupt) {
		t.Errorf("another vector than the one that was linked: %v", err)
	}
	if _, err := load(base[:20], c.Header, c.Chunks); !errors.Is(err, ErrNotFound) {
		t.Errorf("missing vectors: %v", err)
	}
}

// TestUnknownVersion: a header of another version is refused, which has the
// engine rebuild the graph from the vectors.
func TestUnknownVersion(t *testing.T) {
	base, c := small(t)
	for _, version := range []byte{0, 1, formatVersion + 1} {
		header := bytes.Clone(c.Header[:len(c.Header)-4])
		header[0] = version
		if _, err := load(base, seal(header), c.Chunks); !errors.Is(err, ErrCorrupt) {
			t.Errorf("version %d: %v", version, err)
		}
	}
}

// FuzzLoad: bytes with right checksums and any content load, or are refused;
// what loads passes Check and can be searched.
func FuzzLoad(f *testing.F) {
	base, c := small(f)
	unsealed := func(b []byte) []byte { return b[:len(b)-4] }
	f.Add(unsealed(c.Header), unsealed(c.Chunks[0].Data), unsealed(c.Chunks[1].Data), unsealed(c.Chunks[2].Data))
	f.Add([]byte{formatVersion, 8, 16, 200, 1}, []byte{0}, []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, header, a, b, d []byte) {
		x, err := load(base, seal(bytes.Clone(header)), []Chunk{{0, seal(bytes.Clone(a))}, {1, seal(bytes.Clone(b))}, {2, seal(bytes.Clone(d))}})
		if err != nil {
			return
		}
		if _, err := x.Search(base[0], 5, 20, nil); err != nil {
			t.Fatal(err)
		}
		if err := x.Add(1000, base[0]); err == nil {
			if err := x.Check(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
