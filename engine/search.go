package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"lookalike/index"
	"lookalike/store"
)

// Sizes of an answer.
const (
	DefaultK = 20
	MaxK     = 1000
)

// Query says how many matches are wanted, and which.
type Query struct {
	K         int      // at most; 0 means DefaultK
	Threshold float32  // least score; 0 means any
	Exclude   []uint64 // images to leave out
	Filter    Filter   // the images to search among
	Recall    float64  // share of the true nearest to find, self-measured; 0 means Config.Recall
	Region    Region   // of the picture searched by
}

// Match is an image and its score: the cosine between its vector and the one searched for.
type Match struct {
	Image Image
	Score float32
}

// check gives the query with its default, or what is wrong with it.
func (q Query) check() (Query, error) {
	if q.K == 0 {
		q.K = DefaultK
	}
	if q.K < 0 || q.K > MaxK {
		return q, fmt.Errorf("%w: k is %d, must be 1 to %d", ErrQuery, q.K, MaxK)
	}
	if !(q.Threshold >= -1 && q.Threshold <= 1) {
		return q, fmt.Errorf("%w: threshold is %v, must be -1 to 1", ErrQuery, q.Threshold)
	}
	if !(q.Recall >= 0 && q.Recall <= 1) {
		return q, fmt.Errorf("%w: recall is %v, must be above 0 and at most 1", ErrQuery, q.Recall)
	}
	return q, nil
}

// SearchImage finds the images that look like a picture. The name is only for messages.
func (e *Engine) SearchImage(ctx context.Context, name string, data []byte, q Query) ([]Match, error) {
	q, err := q.check()
	if err != nil {
		return nil, err
	}
	return underOne(e, func() ([]Match, error) {
		v, err := e.embedRegion(ctx, name, data, q.Region)
		if err != nil {
			return nil, err
		}
		return e.search(ctx, v, q)
	})
}

// SearchID finds the images that look like one that is stored, which is left out. A region of it is read from the
// original: ErrGone when that is not there.
func (e *Engine) SearchID(ctx context.Context, id uint64, q Query) ([]Match, error) {
	q, err := q.check()
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	q.Exclude = append(slices.Clip(q.Exclude), id)
	return underOne(e, func() ([]Match, error) {
		v, err := e.vectorOf(ctx, id, q.Region)
		if err != nil {
			return nil, err
		}
		return e.search(ctx, v, q)
	})
}

// vectorOf gives the vector that a stored image, or a region of it, is searched by.
func (e *Engine) vectorOf(ctx context.Context, id uint64, r Region) ([]float32, error) {
	if r.whole() {
		return e.vector(id)
	}
	return e.embedStored(ctx, id, r)
}

// vector gives an image's vector, or says why it has none.
func (e *Engine) vector(id uint64) ([]float32, error) {
	v, err := e.records.Vector(id)
	if !errors.Is(err, store.ErrNotFound) {
		return v, err
	}
	if m, imageErr := e.records.Image(id); imageErr == nil && m.NotEmbedded != "" {
		err = fmt.Errorf("image %d: %w: it was not re-embedded: %s", id, ErrGone, m.NotEmbedded)
	}
	return nil, err
}

// SearchVector finds the images whose vectors are nearest to v, which may have any length but 0.
func (e *Engine) SearchVector(ctx context.Context, v []float32, q Query) ([]Match, error) {
	q, err := q.check()
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	return underOne(e, func() ([]Match, error) { return e.searchVector(ctx, v, q) })
}

func (e *Engine) searchVector(ctx context.Context, v []float32, q Query) ([]Match, error) {
	n := norm(v)
	if dim := e.Model().Dim; len(v) != dim || !(n > 0) || math.IsInf(n, 0) {
		return nil, fmt.Errorf("%w: vector has %d numbers and length %v, need %d and a length above 0", ErrQuery, len(v), n, dim)
	}
	unit := make([]float32, len(v))
	for i, x := range v {
		unit[i] = float32(float64(x) / n)
	}
	return e.search(ctx, unit, q)
}

// search finds the matches of a unit vector, best first.
func (e *Engine) search(ctx context.Context, v []float32, q Query) (matches []Match, err error) {
	k := q.K + len(q.Exclude) // leaving few out afterwards is cheaper than asking about each node
	ef, err := e.efFor(ctx, q, k)
	if err != nil {
		return nil, err
	}
	var results []index.Result
	if q.Filter.IsZero() {
		results, err = e.now().index.Search(v, k, ef, nil)
	} else {
		err = e.among(q.Filter, func(x neighbours, f *index.Filter) (err error) {
			results, err = x.SearchIn(v, k, ef, f)
			return err
		})
	}
	if err != nil {
		return nil, err
	}
	results = slices.DeleteFunc(results, func(r index.Result) bool { return slices.Contains(q.Exclude, r.ID) })
	results = results[:min(q.K, len(results))]
	if q.Threshold != 0 {
		results = above(results, q.Threshold)
	}
	return e.matches(results)
}

// nearest asks the index for the k best of what keep keeps; nil keeps all.
func (e *Engine) nearest(v []float32, k int, keep func(id uint64) bool) ([]index.Result, error) {
	return e.now().index.Search(v, k, max(Ef, 2*k), keep)
}

// above cuts results, best first, where they fall below the threshold.
func above(results []index.Result, threshold float32) []index.Result {
	below := slices.IndexFunc(results, func(r index.Result) bool { return r.Score < threshold })
	if below < 0 {
		return results
	}
	return results[:below]
}

// matches reads the images of results. One that was deleted since the index was asked is left out.
func (e *Engine) matches(results []index.Result) ([]Match, error) {
	matches := make([]Match, 0, len(results))
	for _, r := range results {
		m, err := e.records.Image(r.ID)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		matches = append(matches, Match{m, r.Score})
	}
	return matches, nil
}
