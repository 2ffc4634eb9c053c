package index

import (
	"bytes"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"lookalike/internal/testutil"
	"lookalike/internal/vectors"
)

// saved is what a store has of an index.
type saved struct {
	cfg    Config
	header []byte
	chunks map[uint32][]byte
}

func save(x *Index, source Source) saved {
	c := x.TakeChanges()
	s := saved{x.cfg, c.Header, map[uint32][]byte{}}
	s.cfg.Source = source
	for _, chunk := range c.Chunks {
		s.chunks[chunk.No] = chunk.Data
	}
	return s
}

func (s saved) clone() saved {
	s.chunks = maps.Clone(s.chunks)
	return s
}

func (s saved) numbers() []uint32 { return slices.Sorted(maps.Keys(s.chunks)) }

var errNoChunk = errors.New("no such chunk")

func (s saved) chunk(no uint32) ([]byte, error) {
	if b, ok := s.chunks[no]; ok {
		return b, nil
	}
	return nil, errNoChunk
}

// harm flips a bit of a chunk, cuts it off, drops it or swaps it with the next one.
func (s saved) harm(how int, no uint32, at int) {
	b := s.chunks[no]
	if len(b) == 0 {
		return // already
	}
	switch how {
	case 0:
		b = bytes.Clone(b)
		b[at%len(b)] ^= 1 << (at % 8)
		s.chunks[no] = b
	case 1:
		s.chunks[no] = b[:at%len(b)]
	case 2:
		delete(s.chunks, no)
	case 3:
		all := s.numbers()
		i, _ := slices.BinarySearch(all, no)
		other := all[(i+1)%len(all)]
		s.chunks[no], s.chunks[other] = s.chunks[other], b
	}
}

// repaired is what an engine makes of damage: what Repair returns, and all added that it lacks.
func (s saved) repaired(t rapid.TB, has map[uint64][]float32) (*Index, Damage) {
	if _, err := Load(s.cfg, s.header, s.chunk); err == nil {
		t.Fatal("the damage is not noticed")
	}
	x, d, err := Repair(s.cfg, s.header, s.chunk)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Check(); err != nil {
		t.Fatalf("before anything is added: %v", err)
	}
	var lacks []Item
	for _, id := range slices.Sorted(maps.Keys(has)) {
		if !x.Contains(id) {
			lacks = append(lacks, Item{id, has[id]})
		}
	}
	if err := errors.Join(x.AddAll(lacks), x.Check()); err != nil {
		t.Fatal(err)
	}
	return x, d
}

// sameSaved wants what is saved after a repair to load as the same graph.
func (s saved) sameSaved(t rapid.TB, x *Index) {
	c := x.TakeChanges()
	for _, chunk := range c.Chunks {
		s.chunks[chunk.No] = chunk.Data
	}
	again, err := Load(s.cfg, c.Header, s.chunk)
	if err == nil {
		err = again.Check()
	}
	if err != nil {
		t.Fatalf("what was saved after the repair: %v", err)
	}
	if again.Len() != x.Len() || again.Nodes() != x.Nodes() || !bytes.Equal(again.encodeHeader(), x.encodeHeader()) {
		t.Fatalf("%d ids and %d nodes were loaded, of %d and %d", again.Len(), again.Nodes(), x.Len(), x.Nodes())
	}
}

// TestRepair damages random chunks in every way. What comes of it is sound, has every
// id, finds each by its own vector, and can be saved.
func TestRepair(t *testing.T) {
	base, c := small(t)
	s := saved{Config{Dim: 8, Seed: 1, Source: rows(base)}, c.Header, map[uint32][]byte{}}
	for _, chunk := range c.Chunks {
		s.chunks[chunk.No] = chunk.Data
	}
	has := map[uint64][]float32{}
	for id, v := range base {
		if id != 17 {
			has[uint64(id)] = v
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		d := s.clone()
		for range rapid.IntRange(1, 4).Draw(rt, "chunks") {
			no := rapid.SampledFrom(s.numbers()).Draw(rt, "chunk")
			d.harm(rapid.IntRange(0, 3).Draw(rt, "how"), no, rapid.IntRange(0, 1<<20).Draw(rt, "at"))
		}
		if maps.EqualFunc(d.chunks, s.chunks, bytes.Equal) {
			rt.Skip("harmed twice, and so not at all")
		}
		if lost := d.lostLinks(s); 2*lost > 10 {
			if _, _, err := Repair(d.cfg, d.header, d.chunk); !errors.Is(err, ErrCorrupt) {
				rt.Fatalf("%d of 10 chunks of links are gone: %v", lost, err)
			}
			return
		}
		x, _ := d.repaired(rt, has)
		for id, v := range has {
			found, err := x.Search(v, 3, 30, nil)
			if err != nil || !slices.ContainsFunc(found, func(r Result) bool { return r.ID == id }) {
				rt.Fatalf("image %d is not found: %v, %v", id, found, err)
			}
		}
		d.sameSaved(rt, x)
	})
}

// lostLinks counts the chunks of links that are not as they were.
func (s saved) lostLinks(was saved) (n int) {
	for no, b := range was.chunks {
		if no < codesNo && !bytes.Equal(s.chunks[no], b) {
			n++
		}
	}
	return n
}

// TestRepairRecall repairs a graph with split codes that has lost up to a half of its
// links, the basis and some codes: it finds what it found before.
func TestRepairRecall(t *testing.T) {
	testutil.NotUnderRace(t)
	n, dim, queries := 2200, 240, 100
	if os.Getenv("LOOKALIKE_SOAK") != "" {
		n, dim, queries = 20000, 768, 300
	}
	base, query := vectors.Hard.Make(21, n, queries, dim)
	x := buildAll(t, base)
	if x.basis() == nil {
		t.Fatal("there is no basis to lose")
	}
	whole, s := recall(t, x, query, 10, 24), save(x, rows(base))
	has := map[uint64][]float32{}
	for id, v := range base {
		has[uint64(id)] = v
	}
	r := rand.New(rand.NewPCG(21, 0))
	for _, share := range []float64{0.001, 0.1, 0.45} {
		d := s.clone()
		for _, no := range s.numbers() {
			if r.Float64() < share {
				d.harm(r.IntN(3), no, r.IntN(1<<20))
			}
		}
		d.harm(r.IntN(3), basisNo, r.IntN(1<<20))
		d.harm(r.IntN(3), codesNo, r.IntN(1<<20))
		y, damage := d.repaired(t, has)
		now := recall(t, y, query, 10, 24)
		t.Logf("%d x %d: %+v: recall@10 at ef=24 %.4f, before %.4f", n, dim, damage, now, whole)
		if !(now >= whole-0.015) || y.basis() == nil || !damage.Basis {
			t.Error("it finds less, or has no basis")
		}
	}
}

// TestRepairGone: nodes of images that are gone are dropped where their codes are, and
// stay where these are whole, for the log to delete them.
func TestRepairGone(t *testing.T) {
	base, c := small(t)
	s := saved{Config{Dim: 8, Seed: 1, Source: rows(base[:140])}, c.Header, map[uint32][]byte{}}
	for _, chunk := range c.Chunks {
		s.chunks[chunk.No] = chunk.Data
	}
	delete(s.chunks, codesNo+2) // of slots 128 on
	x, d, err := Repair(s.cfg, s.header, s.chunk)
	if err == nil {
		err = x.Check()
	}
	if err != nil || x.Len() != 139 || d.Links != 0 || d.Codes != 1 || d.OfCodes != 3 {
		t.Errorf("%d ids, %+v: %v", x.Len(), d, err)
	}
}

// TestRepairRefuses: without the header, or with a source that fails, there is nothing to repair with.
func TestRepairRefuses(t *testing.T) {
	base, c := small(t)
	s := saved{Config{Dim: 8, Seed: 1, Source: rows(base)}, c.Header, map[uint32][]byte{}}
	if _, _, err := Repair(s.cfg, c.Header[:9], s.chunk); !errors.Is(err, ErrCorrupt) {
		t.Errorf("half a header: %v", err)
	}
	if _, _, err := Repair(s.cfg, c.Header, s.chunk); !errors.Is(err, ErrCorrupt) || !errors.Is(err, errNoChunk) {
		t.Errorf("no chunk at all: %v", err)
	}
	for _, chunk := range c.Chunks {
		s.chunks[chunk.No] = chunk.Data
	}
	s.cfg.Source = brokenSource{}
	delete(s.chunks, codesNo)
	if _, _, err := Repair(s.cfg, c.Header, s.chunk); !errors.Is(err, errBroken) {
		t.Errorf("a broken source: %v", err)
	}
}
