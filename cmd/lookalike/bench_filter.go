package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"lookalike/index"
)

// filterEf is what filtered searches are measured with, and filterQueries how
// many; their exact answers are computed here.
const filterEf, filterQueries = 64, 200

// filterReport is a line of --filter: a share of all vectors, chosen at random, to
// search among. Share 1 is the search without a filter.
type filterReport struct {
	Share   float64 `json:"share"`
	Ef      int     `json:"ef"`
	Recall  float64 `json:"recall_at_10"`
	CPU     float64 `json:"cpu_us_per_query"`
	Ratio   float64 `json:"times_unfiltered"`
	Prepare float64 `json:"prepare_cpu_us"` // once for each filter
}

// filters measures searches among shares of the base.
func (b *indexBench) filters(ctx context.Context, x *index.Index, n int, queries [][]float32) error {
	queries = queries[:min(len(queries), filterQueries)]
	everything := func(uint64) bool { return true }
	base, err := b.filtered(ctx, x, queries, 1, everything)
	if err != nil {
		return err
	}
	for _, share := range append([]float64{1}, b.shares...) {
		r := base
		if share < 1 {
			if r, err = b.filtered(ctx, x, queries, share, chosen(n, share)); err != nil {
				return err
			}
		}
		r.Ratio = r.CPU / base.CPU
		if err := b.line(r, "among %5.1f%%: recall@10 %.4f, %.0f us a query at ef %d, %.2f times without a filter; prepared in %.0f us\n",
			100*r.Share, r.Recall, r.CPU, r.Ef, r.Ratio, r.Prepare); err != nil {
			return err
		}
	}
	return nil
}

// chosen keeps a share of n ids, at random.
func chosen(n int, share float64) func(id uint64) bool {
	r := rand.New(rand.NewPCG(1, math.Float64bits(share)))
	in := make([]bool, n)
	for i := range in {
		in[i] = r.Float64() < share
	}
	return func(id uint64) bool { return in[id] }
}

// filtered measures the best of three rounds among what keep keeps.
func (b *indexBench) filtered(ctx context.Context, x *index.Index, queries [][]float32, share float64, keep func(uint64) bool) (filterReport, error) {
	out := filterReport{Share: share, Ef: filterEf, CPU: math.Inf(1)}
	start := cpuTime()
	f := x.Filter(keep)
	out.Prepare = float64((cpuTime() - start).Microseconds())
	found := make([][]index.Result, len(queries))
	for range 3 {
		start := cpuTime()
		for i, q := range queries {
			var err error
			if share < 1 {
				found[i], err = x.SearchIn(q, top, filterEf, f)
			} else {
				found[i], err = x.Search(q, top, filterEf, nil)
			}
			if err != nil || ctx.Err() != nil {
				return out, fmt.Errorf("row %d of query.f32: %w", i, cmp.Or(ctx.Err(), err))
			}
		}
		out.CPU = min(out.CPU, float64((cpuTime()-start).Microseconds())/float64(len(queries)))
	}
	hits, total := 0, 0
	for i, q := range queries {
		exact, err := x.Exact(q, top, keep)
		if err != nil || ctx.Err() != nil {
			return out, cmp.Or(ctx.Err(), err)
		}
		total += len(exact)
		for _, r := range found[i] {
			if slices.Contains(exact, r) {
				hits++
			}
		}
	}
	out.Recall = float64(hits) / float64(max(1, total))
	return out, nil
}
