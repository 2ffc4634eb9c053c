package bench

import (
	"testing"

	"github.com/coder/hnsw"

	"lookalike/index"
	"lookalike/internal/vectors"
)

// Sizes of the comparison; bench/index compares larger sets, and with hnswlib.
const (
	count   = 5000
	queries = 200
	dim     = 768
	top     = 10
)

// BenchmarkIndex builds and searches the `hard` set with M=16 and ef=64 on both
// sides. recall@10 is against the exact answer.
func BenchmarkIndex(b *testing.B) {
	base, query := vectors.Hard.Make(11, count, queries, dim)
	ours := buildOurs(b, base)
	truth := make([]map[uint64]bool, queries)
	for i, q := range query {
		exact, err := ours.Exact(q, top, nil)
		if err != nil {
			b.Fatal(err)
		}
		truth[i] = map[uint64]bool{}
		for _, r := range exact {
			truth[i][r.ID] = true
		}
	}
	b.Run("build/index", func(b *testing.B) {
		for reportCPU(b); b.Loop(); {
			buildOurs(b, base)
		}
	})
	b.Run("build/coder-hnsw", func(b *testing.B) {
		for reportCPU(b); b.Loop(); {
			buildPeer(base)
		}
	})
	b.Run("search/index", func(b *testing.B) {
		measure(b, query, truth, func(q []float32) (ids []uint64) {
			found, err := ours.Search(q, top, 64, nil)
			if err != nil {
				b.Fatal(err)
			}
			for _, r := range found {
				ids = append(ids, r.ID)
			}
			return ids
		})
	})
	b.Run("search/coder-hnsw", func(b *testing.B) {
		peer := buildPeer(base)
		measure(b, query, truth, func(q []float32) (ids []uint64) {
			for _, n := range peer.Search(q, top) {
				ids = append(ids, n.Key)
			}
			return ids
		})
	})
}

// measure runs all queries per operation and reports the recall of the last.
func measure(b *testing.B, query [][]float32, truth []map[uint64]bool, search func([]float32) []uint64) {
	hits := 0
	for reportCPU(b); b.Loop(); {
		hits = 0
		for i, q := range query {
			for _, id := range search(q) {
				if truth[i][id] {
					hits++
				}
			}
		}
	}
	b.ReportMetric(float64(hits)/float64(top*len(query)), "recall@10")
}

func buildOurs(b *testing.B, base [][]float32) *index.Index {
	x, err := index.New(index.Config{Dim: dim, M: 16, EfConstruction: 200, Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	for i, v := range base {
		if err := x.Add(uint64(i), v); err != nil {
			b.Fatal(err)
		}
	}
	return x
}

func buildPeer(base [][]float32) *hnsw.Graph[uint64] {
	g := hnsw.NewGraph[uint64]()
	g.M, g.EfSearch = 16, 64
	for i, v := range base {
		g.Add(hnsw.MakeNode(uint64(i), v))
	}
	return g
}
