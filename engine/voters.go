package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"lookalike/index"
	"lookalike/internal/classify"
	"lookalike/internal/simd"
	"lookalike/store"
)

// fewVoters is the number of labelled images up to which, where many pictures are classified, each is compared with all of
// them: a walk through the index that passes by everything else would look at more.
const fewVoters = 4096

// voters are the labelled images of one moment, who vote on what others are.
type voters struct {
	*labelled
	query   ClassifyQuery
	nearest func(v []float32, k int, keep func(id uint64) bool) ([]index.Result, error)
}

// voters for a single picture ask the index.
func (e *Engine) voters(q ClassifyQuery, known *labelled) *voters {
	return &voters{known, q, e.nearest}
}

// manyVoters are for many pictures: if they are few, their vectors are read once.
func (e *Engine) manyVoters(ctx context.Context, q ClassifyQuery, known *labelled) (*voters, error) {
	if len(known.of) > fewVoters {
		return e.voters(q, known), nil
	}
	var all scan
	for _, id := range known.ids() {
		v, err := e.records.Vector(id)
		if errors.Is(err, store.ErrNotFound) {
			continue // deleted
		}
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return nil, err
		}
		all.ids, all.vectors = append(all.ids, id), append(all.vectors, v)
	}
	return &voters{known, q, all.nearest}, nil
}

// vote is weighted k-NN without the image exclude, 0 for none.
func (vs *voters) vote(v []float32, exclude uint64) ([]classify.Prediction, error) {
	if len(vs.of) == 0 {
		return nil, nil
	}
	results, err := vs.nearest(v, vs.query.K, func(id uint64) bool { return id != exclude && vs.has(id) })
	if err != nil {
		return nil, err
	}
	near := make([]classify.Neighbour, len(results))
	for i, r := range results {
		near[i] = classify.Neighbour{Score: r.Score, Labels: vs.of[r.ID]}
	}
	return classify.Vote(near, vs.query.Temperature), nil
}

// scan is a few vectors, by id.
type scan struct {
	ids     []uint64
	vectors [][]float32
}

// nearest gives the k best that keep keeps, equal ones by id, as the index does.
func (s *scan) nearest(v []float32, k int, keep func(id uint64) bool) ([]index.Result, error) {
	best := make([]index.Result, 0, k+1)
	for i, id := range s.ids {
		if !keep(id) {
			continue
		}
		score := simd.Dot(v, s.vectors[i])
		if len(best) == k && score <= best[k-1].Score {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, score, func(r index.Result, score float32) int {
			if r.Score >= score { // ids come in order, so a later one goes behind its equals
				return -1
			}
			return 1
		})
		best = slices.Insert(best, at, index.Result{ID: id, Score: score})
		best = best[:min(len(best), k)]
	}
	return best, nil
}
