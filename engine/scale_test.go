package engine

import (
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"lookalike/index"
	"lookalike/internal/offheap"
	"lookalike/internal/simd"
	"lookalike/store"
)

// drawn are vectors that are made when they are asked for. Like embeddings, they have much of their length in few directions.
type drawn int

// Vector makes the unit vector of an id.
func (dim drawn) Vector(id uint64, _ []float32) ([]float32, error) {
	r := rand.New(rand.NewPCG(id, 1))
	v := make([]float32, dim)
	for i := range v {
		v[i] = float32(r.NormFloat64()) / (1 + float32(i)/10)
	}
	norm := float32(math.Sqrt(float64(simd.Dot(v, v))))
	for i := range v {
		v[i] /= norm
	}
	return v, nil
}

// TestSoakScale saves a graph in bbolt, opens it and adds batches of 64, and
// prints what that took, as CPU time, and takes in memory. LOOKALIKE_SOAK_VECTORS says how many
// vectors of 768 numbers (1000000 takes minutes and 5 GB of disk); by default they are few.
func TestSoakScale(t *testing.T) {
	const batches, batch, dim = 5, 64, 768
	n := 2000 // the batches go beyond 2,048, where codes are split
	if text := os.Getenv("LOOKALIKE_SOAK_VECTORS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	s, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	// efConstruction costs time and changes neither sizes nor numbers of links.
	cfg := index.Config{Dim: dim, M: M, EfConstruction: M, Seed: graphSeed, Source: drawn(dim)}
	x, err := index.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	addDrawn(t, x, 0, n)
	save := func(whole bool) (chunks int) {
		g := savedGraph(x.TakeChanges(), 0, whole)
		if err := s.SaveGraph(g); err != nil {
			t.Fatal(err)
		}
		return len(g.Chunks)
	}
	all := save(true)
	x = nil
	before, begun, start := residentMB(), time.Now(), cpuTime(t)
	header, _, err := s.LoadGraph()
	if err != nil {
		t.Fatal(err)
	}
	if x, err = index.Load(cfg, header, s.GraphChunk); err != nil {
		t.Fatal(err)
	}
	open, cpu := time.Since(begun), cpuTime(t)-start
	if c := x.TakeChanges(); len(c.Chunks) > 0 { // which waits until all is complete
		t.Errorf("%d chunks are unsaved", len(c.Chunks))
	}
	t.Logf("%d x %d: opened for searches in %v, %v of CPU time; %.0f MB, %d chunks", n, dim, open, cpu, residentMB()-before, all)
	changed := 0
	var saving time.Duration
	for i := range batches {
		addDrawn(t, x, n+i*batch, batch)
		start := cpuTime(t)
		changed += save(false)
		saving += cpuTime(t) - start
	}
	t.Logf("saving after a batch of %d: %v of CPU time an add, %d chunks", batch, saving/(batches*batch), changed/batches)
	if header, _, err = s.LoadGraph(); err != nil {
		t.Fatal(err)
	}
	if x, err = index.Load(cfg, header, s.GraphChunk); err != nil || x.Len() != n+batches*batch {
		t.Fatalf("opened again: %v", err)
	}
	if basis, err := s.GraphChunk(math.MaxUint32); err != nil || len(basis) == 0 {
		t.Errorf("no basis is saved: %v", err)
	}
	if err := x.Check(); err != nil {
		t.Error(err)
	}
}

// addDrawn adds n vectors from an id on.
func addDrawn(t *testing.T, x *index.Index, from, n int) {
	t.Helper()
	g := gathered{index: x}
	for id := from; id < from+n; id++ {
		v, _ := drawn(768).Vector(uint64(id), nil)
		if err := g.add(uint64(id), v); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.flush(); err != nil {
		t.Fatal(err)
	}
}

// residentMB is the memory in use after a collection, in the heap and outside it.
func residentMB() float64 {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(int64(m.HeapAlloc)+offheap.InUse()) / 1e6
}
