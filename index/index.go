package index

import (
	"fmt"
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
	Source         Source // has the exact vectors; nil keeps a copy of them in memory
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

// Index is an HNSW graph over unit vectors. Searches run beside each other and
// beside the work of an Add or Delete; they wait only while one changes links.
type Index struct {
	cfg Config
	mL  float64 // normalises the level's distribution: 1/ln(M), section 4.1

	// writing is held by whoever changes the graph, mu only while something
	// changes: with writing held nothing does, and all can be read without mu.
	writing sync.Mutex
	mu      sync.RWMutex

	levels  *rand.PCG
	blocks  []*block
	slots   int                 // in blocks, free ones among them
	free    []uint32            // slots of deleted nodes, used again
	towers  map[uint32]*tower   // of the nodes that are on layers above 0
	knots   knots               // lists of incoming links
	byID    table               // slots by their nodes' lowest ids
	also    map[uint64]uint32   // the slots of the other ids
	copies  map[uint32][]uint64 // slot -> ids beyond the lowest, ascending
	bySum   table               // slots by vectorSum: identical vectors are one node
	codes   codes               // of the nodes' vectors
	learnAt int                 // the number of nodes at which a basis for codes is learnt next
	entry   uint32              // enter point, on the top layer; meaningless while empty
	changed map[uint32]bool     // chunks
	whole   bool                // what was saved is replaced

	// The memory of whoever holds writing.
	newcomer  newcomer
	selection selection
	linking   []scored

	completed <-chan struct{} // closed when a loaded graph is complete; nil of others

	recent    recent
	searchers sync.Pool // of *searcher
}

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
		towers: map[uint32]*tower{}, also: map[uint64]uint32{}, copies: map[uint32][]uint64{},
		changed: map[uint32]bool{}, codes: newPlain(cfg.Dim), learnAt: learnFirst, newcomer: newcomer{slot: nobody},
	}
	x.byID.key = func(slot uint32) uint64 { return x.node(slot).id }
	x.bySum.key = func(slot uint32) uint64 { return uint64(x.node(slot).sum) }
	x.searchers.New = func() any { return &searcher{} }
	return x, nil
}

// Len returns the number of ids.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.held()
}

// Nodes returns the number of distinct vectors.
func (x *Index) Nodes() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.count()
}

func (x *Index) count() int { return x.slots - len(x.free) }

// Contains reports whether id is in the index.
func (x *Index) Contains(id uint64) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	_, ok := x.slotOf(id)
	return ok
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
