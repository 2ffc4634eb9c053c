package index

import (
	"errors"
	"math"
	"sync"
	"testing"

	"github.com/coder/hnsw"

	"lookalike/internal/simd"
	"lookalike/internal/testutil"
	"lookalike/internal/vectors"
)

func TestErrors(t *testing.T) {
	for _, cfg := range []Config{{}, {Dim: -1}, {Dim: 1 << 20}, {Dim: 4, M: 1}, {Dim: 4, M: 16, EfConstruction: 8}} {
		if _, err := New(cfg); !errors.Is(err, ErrConfig) {
			t.Errorf("New(%+v): %v", cfg, err)
		}
	}
	x := build(t, [][]float32{{1, 0}, {0, 1}})
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, v := range [][]float32{nil, {1}, {1, 1}, {0, 0}, {nan, 0}, {inf, 0}, {1, 0, 0}} {
		if err := x.Add(9, v); !errors.Is(err, ErrVector) {
			t.Errorf("Add(%v): %v", v, err)
		}
		if _, err := x.Search(v, 1, 10, nil); !errors.Is(err, ErrVector) {
			t.Errorf("Search(%v): %v", v, err)
		}
		if _, err := x.Exact(v, 1, nil); !errors.Is(err, ErrVector) {
			t.Errorf("Exact(%v): %v", v, err)
		}
	}
	if err := x.Add(1, []float32{1, 0}); !errors.Is(err, ErrExists) {
		t.Errorf("adding an id twice: %v", err)
	}
	if err := x.Delete(7); !errors.Is(err, ErrNotFound) {
		t.Errorf("deleting an unknown id: %v", err)
	}
	if x.Len() != 2 || x.Nodes() != 2 || !x.Contains(1) || x.Contains(9) {
		t.Error("a refused operation changed the index")
	}
}

// TestFilter: whatever share of the ids a filter lets through, the results
// satisfy it, are as many as asked for, and are nearly the exact ones.
func TestFilter(t *testing.T) {
	testutil.NotUnderRace(t)
	base, query := vectors.Clustered.Make(2, 4000, 50, 64)
	x := build(t, base)
	for _, oneIn := range []uint64{1, 2, 10, 100, 1000} {
		keep := func(id uint64) bool { return id%oneIn == 0 }
		hits, total := 0, 0
		for _, q := range query {
			exact, err := x.Exact(q, 10, keep)
			if err != nil {
				t.Fatal(err)
			}
			found, err := x.Search(q, 10, 64, keep)
			if err != nil || len(found) != len(exact) {
				t.Fatalf("one in %d: %d results, want %d: %v", oneIn, len(found), len(exact), err)
			}
			for _, f := range found {
				if !keep(f.ID) {
					t.Fatalf("one in %d: %d does not pass the filter", oneIn, f.ID)
				}
				if f.Score >= exact[len(exact)-1].Score {
					hits++
				}
			}
			total += len(exact)
		}
		r := float64(hits) / float64(total)
		t.Logf("filter lets one in %d through: recall@10 %.4f", oneIn, r)
		if !(r >= 0.97) {
			t.Errorf("one in %d: recall@10 %.4f is under 0.97", oneIn, r)
		}
	}
}

// TestReachable: after a long history every node can be walked to on layer 0.
func TestReachable(t *testing.T) {
	testutil.NotUnderRace(t)
	base, _ := vectors.Clustered.Make(4, 6000, 1, 32)
	x := build(t, base[:3000])
	for round := range 3 {
		for i := range 1000 {
			if err := x.Delete(uint64(1000*round + i)); err != nil {
				t.Fatal(err)
			}
			if err := x.Add(uint64(3000+1000*round+i), base[3000+1000*round+i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := x.Check(); err != nil {
		t.Fatal(err)
	}
	if x.slots != 3000 {
		t.Errorf("%d slots for 3000 nodes: freed slots are not used again", x.slots)
	}
	if lost := unreachable(x); len(lost) > 0 {
		t.Errorf("%d of %d nodes cannot be reached from the enter point", len(lost), x.Nodes())
	}
}

// unreachable lists the nodes that no walk on layer 0 finds.
func unreachable(x *Index) (lost []uint32) {
	seen := make([]bool, x.slots)
	seen[x.entry] = true
	for queue := []uint32{x.entry}; len(queue) > 0; {
		slot := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, to := range x.list(slot, 0).slots() {
			if !seen[to] {
				seen[to] = true
				queue = append(queue, to)
			}
		}
	}
	for slot := range uint32(x.slots) {
		if x.exists(slot) && !seen[slot] {
			lost = append(lost, slot)
		}
	}
	return lost
}

// TestConcurrent searches, saves and counts while one goroutine adds and deletes.
func TestConcurrent(t *testing.T) {
	base, query := vectors.Clustered.Make(6, 3000, 20, 16)
	x := build(t, base[:2000])
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				found, err := x.Search(query[i%len(query)], 5, 20, nil)
				if err != nil || len(found) != 5 {
					t.Errorf("%d results: %v", len(found), err)
					return
				}
				x.ReturnChanges(x.TakeChanges())
			}
		})
	}
	for i := range uint64(1000) {
		if err := errors.Join(x.Add(2000+i, base[2000+i]), x.Delete(i)); err != nil {
			t.Error(err)
		}
	}
	close(done)
	readers.Wait()
	if err := x.Check(); err != nil {
		t.Error(err)
	}
}

// TestPeer puts coder/hnsw beside our graph on the same vectors, with the same
// M and ef. The figures say why the peer is a peer.
func TestPeer(t *testing.T) {
	testutil.NotUnderRace(t)
	const queries = 100
	base, query := vectors.Hard.Make(11, 2000, queries, 128)
	x := build(t, base)
	peer := hnsw.NewGraph[uint64]()
	peer.M, peer.EfSearch = 16, 64
	for i, v := range base {
		peer.Add(hnsw.MakeNode(uint64(i), v))
	}
	hits := 0
	for _, q := range query {
		exact, err := x.Exact(q, 10, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range peer.Search(q, 10) {
			if simd.Dot(q, found.Value) >= exact[len(exact)-1].Score {
				hits++
			}
		}
	}
	ours, theirs := recall(t, x, query, 10, 64), float64(hits)/float64(10*queries)
	t.Logf("%d x 128, M=16, ef=64: recall@10 ours %.4f, coder/hnsw %.4f", len(base), ours, theirs)
	if !(ours >= 0.97) || !(ours >= theirs) {
		t.Error("ours is under 0.97 or under the peer's")
	}
}
