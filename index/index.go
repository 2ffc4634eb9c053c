package index

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math"
	"math/rand/v2"
	"sync"

	"lookalike/internal/simd"
)

// Config holds the parameters of the graph, with the paper's names.
type Config struct {
	Dim            int    // length of a vector
	M              int    // links of a new node on each layer; 0 means 16
	EfConstruction int    // candidates looked at for these links; 0 means 200
	Seed           uint64 // of the levels' generator: the same adds in the same order make the same graph
}

// Mmax is the most links a node may have on a layer above 0, Mmax0 on layer 0:
// the paper's recommendation (section 4.1).
func (c Config) mmax(layer int) int {
	if layer == 0 {
		return 2 * c.M
	}
	return c.M
}

func (c Config) withDefaults() (Config, error) {
	if c.M == 0 {
		c.M = 16
	}
	if c.EfConstruction == 0 {
		c.EfConstruction = 200
	}
	if c.Dim < 1 || c.Dim > 1<<16 || c.M < 2 || c.M > 512 || c.EfConstruction < c.M || c.EfConstruction > 1<<16 {
		return c, fmt.Errorf("%w: dim %d (1..65536), M %d (2..512), efConstruction %d (M..65536)", ErrConfig, c.Dim, c.M, c.EfConstruction)
	}
	return c, nil
}

// Index is an HNSW graph over unit vectors. Searches run beside each other;
// Add and Delete wait for them and run alone.
type Index struct {
	cfg Config
	mL  float64 // normalises the level's distribution: 1/ln(M), section 4.1

	mu       sync.RWMutex
	levels   *rand.PCG
	nodes    []node    // by slot
	vectors  []float32 // (slots, Dim)
	codes    []int8    // (slots, stride)
	scales   []float32 // (slots): what a code stands for
	free     []uint32  // slots of deleted nodes, used again
	slots    map[uint64]uint32
	byVector map[uint64][]uint32 // hash of the bits -> slots: identical vectors are one node
	hashSeed maphash.Seed
	entry    uint32 // enter point, on the top layer; meaningless while empty
	changed  map[uint32]bool

	searchers sync.Pool // of *searcher
}

// node is one distinct vector.
type node struct {
	ids   []uint64   // everything that has this vector, ascending; empty in a free slot
	links [][]scored // links[layer]: where a walk goes from here, for layers 0..level; on layer 0 the first is the ring's
	in    [][]uint32 // in[layer]: the nodes that link here, in no order; not saved, but kept so that a delete finds them
}

func (n *node) level() int { return len(n.links) - 1 }

// Result is one neighbour.
type Result struct {
	ID    uint64
	Score float32 // inner product with the query: the cosine, of unit vectors
}

// New returns an empty index.
func New(cfg Config) (*Index, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	x := &Index{
		cfg: cfg, mL: 1 / math.Log(float64(cfg.M)), levels: rand.NewPCG(cfg.Seed, 0),
		slots: map[uint64]uint32{}, byVector: map[uint64][]uint32{}, hashSeed: maphash.MakeSeed(), changed: map[uint32]bool{},
	}
	x.searchers.New = func() any { return &searcher{} }
	return x, nil
}

// Len returns the number of ids.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.slots)
}

// Nodes returns the number of distinct vectors.
func (x *Index) Nodes() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.count()
}

func (x *Index) count() int { return len(x.nodes) - len(x.free) }

// Contains reports whether id is in the index.
func (x *Index) Contains(id uint64) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	_, ok := x.slots[id]
	return ok
}

// vector returns the vector (Dim) in a slot.
func (x *Index) vector(slot uint32) []float32 {
	at := int(slot) * x.cfg.Dim
	return x.vectors[at : at+x.cfg.Dim]
}

// checkVector refuses what has no cosine.
func (x *Index) checkVector(v []float32) error {
	if len(v) != x.cfg.Dim {
		return fmt.Errorf("%w: length %d, the index has %d", ErrVector, len(v), x.cfg.Dim)
	}
	// A sum with NaN or infinity in it is neither near 1 nor far from it.
	if squares := simd.Dot(v, v); !(math.Abs(float64(squares)-1) <= 1e-3) {
		return fmt.Errorf("%w: its squared length is %g, not 1", ErrVector, squares)
	}
	return nil
}

// bitsHash is equal for vectors with equal bits.
func (x *Index) bitsHash(v []float32) uint64 {
	var h maphash.Hash
	h.SetSeed(x.hashSeed)
	var buf [4]byte
	for _, f := range v {
		binary.LittleEndian.PutUint32(buf[:], math.Float32bits(f))
		_, _ = h.Write(buf[:])
	}
	return h.Sum64()
}

// twin returns the slot that already holds v.
func (x *Index) twin(v []float32) (slot uint32, ok bool) {
	for _, slot := range x.byVector[x.bitsHash(v)] {
		if equalBits(x.vector(slot), v) {
			return slot, true
		}
	}
	return 0, false
}

func equalBits(a, b []float32) bool {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return true
}
