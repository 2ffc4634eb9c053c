package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"lookalike/internal/simd"
)

// TestNearest compares with sorting everything, at numbers of queries around the
// size of a block. A third of the vectors are copies: equal scores go by row.
func TestNearest(t *testing.T) {
	const seed, dim = 3, 20
	r := rand.New(rand.NewPCG(seed, 0))
	for _, queries := range []int{1, block - 1, block, block + 1, 2*block + 5} {
		for _, n := range []int{top, top + 1, 300} {
			base, query := uniform(seed, n, queries, dim)
			for range n / 3 {
				base[r.IntN(n)] = base[r.IntN(n)]
			}
			told := 0
			truth, err := nearest(t.Context(), base, query, func(done int) { told = done })
			if err != nil || len(truth) != queries || told != queries {
				t.Fatalf("n %d: %d answers, told %d of %d, %v", n, len(truth), told, queries, err)
			}
			for i, q := range query {
				if want := sorted(base, q)[:top]; !slices.Equal(truth[i], want) {
					t.Fatalf("seed %d, n %d, query %d of %d: %v, want %v", seed, n, i, queries, truth[i], want)
				}
			}
		}
	}
}

// sorted is all rows, best first, equal ones by row.
func sorted(base [][]float32, q []float32) []int32 {
	rows, scores := make([]int32, len(base)), make([]float32, len(base))
	for i, v := range base {
		rows[i], scores[i] = int32(i), simd.Dot(q, v)
	}
	slices.SortStableFunc(rows, func(a, b int32) int {
		switch {
		case scores[a] > scores[b]:
			return -1
		case scores[a] < scores[b]:
			return 1
		}
		return 0
	})
	return rows
}

func TestNearestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	base, query := uniform(1, 50, 100, 8)
	if _, err := nearest(ctx, base, query, func(int) {}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
