package index

import (
	"bytes"
	"errors"
	"slices"
	"sync"
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

// load loads what small saved, to the end: tests look at everything.
func load(base [][]float32, header []byte, chunks []Chunk) (*Index, error) {
	chunk := func(no uint32) ([]byte, error) {
		for _, c := range chunks {
			if c.No == no {
				return c.Data, nil
			}
		}
		return nil, nil
	}
	x, err := Load(Config{Dim: 8, Seed: 1, Source: rows(base)}, header, chunk)
	if err == nil {
		x.awaitIncoming()
	}
	return x, err
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
	for no := range c.Chunks {
		for at := 0; at < len(c.Chunks[no].Data); at += 7 {
			chunks := slices.Clone(c.Chunks)
			chunks[no].Data = bytes.Clone(chunks[no].Data)
			chunks[no].Data[at] ^= 1
			refuse("flipped chunk byte", c.Header, chunks)
			chunks[no].Data = c.Chunks[no].Data[:at]
			refuse("cut chunk", c.Header, chunks)
		}
		refuse("missing chunk", c.Header, slices.Delete(slices.Clone(c.Chunks), no, no+1))
	}
	for _, no := range []int{0, len(c.Chunks) - 3} { // two of links, two of codes
		swapped := slices.Clone(c.Chunks)
		swapped[no].Data, swapped[no+1].Data = swapped[no+1].Data, swapped[no].Data
		refuse("swapped chunks", c.Header, swapped)
	}
}

// TestOtherVectors: a graph of other vectors than the source has is loaded, since
// Load reads none, answers with what the source has, and does not pass Check.
func TestOtherVectors(t *testing.T) {
	base, c := small(t)
	other := slices.Clone(base)
	other[5] = base[6]
	x, err := load(other, c.Header, c.Chunks)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Check(); !errors.Is(err, ErrCorrupt) {
		t.Errorf("another vector: %v", err)
	}
	x, err = load(base[:20], c.Header, c.Chunks)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Check(); !errors.Is(err, ErrNotFound) {
		t.Errorf("missing vectors: %v", err)
	}
	found, err := x.Search(base[3], 200, 200, nil)
	if err != nil || len(found) != 21 || found[0].ID != 3 {
		t.Errorf("of 19 vectors, one with two copies, %d were found: %v", len(found), err)
	}
}

// brokenSource fails for a reason of its own.
type brokenSource struct{}

var errBroken = errors.New("the disk is gone")

func (brokenSource) Vector(uint64, []float32) ([]float32, error) { return nil, errBroken }

// TestBrokenSource: a source that fails does not shorten results, it fails the search.
func TestBrokenSource(t *testing.T) {
	base, c := small(t)
	x, err := load(base, c.Header, c.Chunks)
	if err != nil {
		t.Fatal(err)
	}
	x.cfg.Source = brokenSource{}
	if _, err := x.Search(base[3], 5, 20, nil); !errors.Is(err, errBroken) {
		t.Errorf("search: %v", err)
	}
	if _, err := x.Exact(base[3], 5, nil); !errors.Is(err, errBroken) {
		t.Errorf("exact search: %v", err)
	}
	if _, err := Load(Config{Dim: 8}, c.Header, nil); !errors.Is(err, ErrConfig) {
		t.Errorf("load without a source: %v", err)
	}
}

// TestUnknownVersion: a header of another version is refused, which has the
// engine rebuild the graph from the vectors.
func TestUnknownVersion(t *testing.T) {
	base, c := small(t)
	for _, version := range []byte{0, 1, 2, formatVersion + 1} {
		header := bytes.Clone(c.Header[:len(c.Header)-4])
		header[0] = version
		if _, err := load(base, seal(header, headerNo), c.Chunks); !errors.Is(err, ErrVersion) || errors.Is(err, ErrCorrupt) {
			t.Errorf("version %d: %v", version, err)
		}
	}
}

// FuzzLoad: bytes with right checksums and any content load, or are refused;
// what loads can be searched and added to, and stays sound if it is. So does what
// Repair makes of the rest.
func FuzzLoad(f *testing.F) {
	base, c := small(f)
	unsealed := func(b []byte) []byte { return b[:len(b)-4] }
	two := build(f, base[:24]).TakeChanges()
	f.Add(unsealed(two.Header), unsealed(two.Chunks[0].Data), unsealed(two.Chunks[1].Data), unsealed(two.Chunks[2].Data))
	f.Add(unsealed(c.Header), unsealed(c.Chunks[0].Data), unsealed(c.Chunks[1].Data), unsealed(c.Chunks[2].Data))
	f.Add([]byte{formatVersion, 8, 16, 200, 1}, []byte{0}, []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, header, a, b, d []byte) {
		h := seal(bytes.Clone(header), headerNo)
		s := saved{Config{Dim: 8, Seed: 1, Source: rows(base)}, h, map[uint32][]byte{
			0: seal(bytes.Clone(a), 0), 1: seal(bytes.Clone(b), 1), codesNo: seal(bytes.Clone(d), codesNo)}}
		x, err := Load(s.cfg, h, s.chunk)
		if err != nil {
			if l, err := newLoader(s.cfg, h, nil); err != nil || l.total > 1000 {
				return // where a header that lies would have us make room for billions
			}
			if x, _, err = Repair(s.cfg, h, s.chunk); err != nil {
				return
			}
		}
		if _, err := x.Search(base[0], 5, 20, nil); err != nil {
			t.Fatal(err)
		}
		sound := x.Check() == nil // scores may be anything
		if err := x.Add(1000, base[149]); err == nil && sound {
			if err := x.Check(); err != nil && !errors.Is(err, ErrNotFound) {
				t.Fatal(err)
			}
		}
	})
}

// A loaded graph is searched, walked in both directions and added to at once, whatever is still to be completed.
func TestLoadedAtWork(t *testing.T) {
	base, queries := vectors.Hard.Make(41, 3000, 20, 32)
	x := build(t, base[:2900])
	c := x.TakeChanges()
	saved := map[uint32][]byte{}
	for _, chunk := range c.Chunks {
		saved[chunk.No] = chunk.Data
	}
	y, err := Load(Config{Dim: 32, Seed: 1, Source: rows(base)}, c.Header, func(no uint32) ([]byte, error) { return saved[no], nil })
	if err != nil || y.Unsaved() {
		t.Fatalf("unsaved %v, %v", y != nil && y.Unsaved(), err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for id := 2900; id < 3000; id++ {
			if err := errors.Join(x.Add(uint64(id), base[id]), y.Add(uint64(id), base[id])); err != nil {
				t.Error(err)
			}
		}
	})
	work.Go(func() {
		for _, q := range queries {
			if found, err := y.Search(q, 10, 40, nil); err != nil || len(found) != 10 {
				t.Errorf("%d found, %v", len(found), err)
			}
		}
	})
	work.Go(func() {
		for id := range uint64(20) {
			if _, err := y.Around(id, 0.5, nil); err != nil {
				t.Error(err)
			}
		}
	})
	work.Wait()
	if err := y.Check(); err != nil {
		t.Fatal(err)
	}
	for _, q := range queries {
		a, err := x.Search(q, 10, 40, nil)
		b, err2 := y.Search(q, 10, 40, nil)
		if errors.Join(err, err2) != nil || !slices.Equal(a, b) {
			t.Errorf("%v, %v; %v and %v", a, b, err, err2)
		}
	}
}
