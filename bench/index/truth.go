package main

import (
	"context"
	"runtime"
	"slices"

	"lookalike/internal/simd"
)

// top is how many neighbours are searched for, and known.
const top = 10

// block is how many queries pass over the base together: they stay in the
// cache, so that each vector of the base is fetched once for all of them.
const block = 32

// nearest returns the rows of base with the greatest inner products with each
// query, best first; of equal ones, lower rows first. It uses all cores, and
// tells how many queries are done, after every tenth of them.
func nearest(ctx context.Context, base, query [][]float32, tell func(done int)) (truth [][]int32, err error) {
	found := make([]ranking, len(query))
	starts, finished := make(chan int), make(chan int)
	for range runtime.GOMAXPROCS(0) {
		go func() {
			for at := range starts {
				end := min(at+block, len(query))
				if ctx.Err() == nil {
					rank(found[at:end], base, query[at:end])
				}
				finished <- end - at
			}
		}()
	}
	go func() {
		defer close(starts)
		for at := 0; at < len(query); at += block {
			starts <- at
		}
	}()
	for done, told := 0, 0; done < len(query); {
		done += <-finished
		if done == len(query) || (done-told)*10 >= len(query) {
			tell(done)
			told = done
		}
	}
	for _, f := range found {
		truth = append(truth, f.rows)
	}
	return truth, ctx.Err()
}

// rank takes every vector of base into the rankings of some queries.
func rank(found []ranking, base, query [][]float32) {
	for row, v := range base {
		for i, q := range query {
			found[i].take(int32(row), simd.Dot(q, v))
		}
	}
}

// ranking is the best rows so far, best first.
type ranking struct {
	rows   []int32
	scores []float32
}

// take inserts a row behind those that score as much; rows come in ascending order.
func (r *ranking) take(row int32, score float32) {
	if len(r.rows) == top && score <= r.scores[top-1] {
		return
	}
	at := len(r.scores)
	for at > 0 && r.scores[at-1] < score {
		at--
	}
	r.rows, r.scores = slices.Insert(r.rows, at, row), slices.Insert(r.scores, at, score)
	kept := min(len(r.rows), top)
	r.rows, r.scores = r.rows[:kept], r.scores[:kept]
}
