package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"lookalike/store"
)

// RecallK is how many neighbours recall is measured of.
const RecallK = 10

// Sizes of a measurement: with 200 samples recall is known to about 0.002. Near the end of efs hardly anything is missed.
const recallSamples = 200

var recallEfs = []int{10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512}

// RecallPoint is what searches with an ef find and cost.
type RecallPoint struct {
	Ef     int
	Recall float64       // share of the true RecallK nearest that were found
	Took   time.Duration // a search, on average
}

// Recall is how well the graph answers, measured on vectors of the library itself: each is searched for, left out, and the
// rest compared with the exact answer.
type Recall struct {
	Nodes  int // distinct vectors there were
	Sample int
	Unread int           // vectors that would be in the sample, and that or a neighbour of which cannot be read
	Exact  time.Duration // an exact search, on average
	Points []RecallPoint // by ef; up to the first that misses nothing
}

// Choose gives the least ef that reaches a recall, or the one with the best.
func (r Recall) Choose(want float64) RecallPoint {
	best := RecallPoint{Ef: Ef, Recall: 1} // of nothing, nothing is missed
	for i, p := range r.Points {
		if i == 0 || p.Recall > best.Recall {
			best = p
		}
		if p.Recall >= want {
			return p
		}
	}
	return best
}

// recallMemory keeps the last measurement.
type recallMemory struct {
	mu    sync.Mutex // held while measuring: who comes meanwhile wants the same
	last  Recall
	index neighbours // that it is of
}

// MeasureRecall measures now, and remembers the outcome for Query.Recall.
func (e *Engine) MeasureRecall(ctx context.Context) (Recall, error) {
	e.recall.mu.Lock()
	defer e.recall.mu.Unlock()
	return e.measureRecall(ctx)
}

// recalled gives the last measurement, or a new one where the library has another model, or half as many vectors more or
// less, since.
func (e *Engine) recalled(ctx context.Context) (Recall, error) {
	m := &e.recall
	m.mu.Lock()
	defer m.mu.Unlock()
	x := e.now().index
	if now, then := x.Nodes(), m.last.Nodes; m.index == x && 2*now <= 3*then && 2*now >= then {
		return m.last, nil
	}
	return e.measureRecall(ctx)
}

// measureRecall measures and remembers. The caller holds the memory.
func (e *Engine) measureRecall(ctx context.Context) (Recall, error) {
	r, err := underOne(e, func() (Recall, error) {
		x := e.now().index
		r := Recall{Nodes: x.Nodes()}
		samples, unread, err := e.recallSample(ctx, x)
		r.Sample, r.Unread = len(samples), unread
		if err != nil || len(samples) == 0 {
			return r, err
		}
		for _, s := range samples {
			r.Exact += s.took / time.Duration(len(samples))
		}
		for _, ef := range recallEfs {
			p, err := recallAt(ctx, x, samples, ef)
			if err != nil {
				return r, err
			}
			if r.Points = append(r.Points, p); p.Recall == 1 {
				break
			}
		}
		return r, nil
	})
	if err == nil {
		e.recall.last, e.recall.index = r, e.now().index
	}
	return r, err
}

// recallExample is a vector of the library with the score of the last of its true nearest, and how many those are.
type recallExample struct {
	id     uint64
	vector []float32
	least  float32
	count  int
	took   time.Duration
}

// recallSample searches exactly for some vectors of the library. Of those that cannot be read it tells how many there are,
// and the log which; all of them is an error.
func (e *Engine) recallSample(ctx context.Context, x neighbours) (samples []recallExample, unread int, err error) {
	for _, id := range x.Sample(recallSamples) {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		s, failed := e.recallExample(x, id)
		switch {
		case errors.Is(failed, store.ErrNotFound): // deleted meanwhile
		case failed != nil:
			e.log.Warn("an image is left out of the measurement of recall", "image", id, "error", failed)
			unread, err = unread+1, failed
		case s.count > 0:
			samples = append(samples, s)
		}
	}
	if len(samples) > 0 {
		err = nil
	}
	return samples, unread, err
}

// recallExample searches exactly for one.
func (e *Engine) recallExample(x neighbours, id uint64) (recallExample, error) {
	v, err := e.records.Vector(id)
	if err != nil {
		return recallExample{}, err
	}
	s, start := recallExample{id: id, vector: v}, time.Now()
	nearest, err := x.Exact(v, RecallK+1, nil)
	if err != nil {
		return recallExample{}, err
	}
	s.took = time.Since(start)
	for _, r := range nearest {
		if r.ID != id && s.count < RecallK {
			s.least, s.count = r.Score, s.count+1
		}
	}
	return s, nil
}

// recallAt searches for the samples with an ef. Copies have equal scores, so what scores as high as the last of the true
// nearest counts.
func recallAt(ctx context.Context, x neighbours, samples []recallExample, ef int) (RecallPoint, error) {
	hits, total, start := 0, 0, time.Now()
	for _, s := range samples {
		if err := ctx.Err(); err != nil {
			return RecallPoint{}, err
		}
		found, err := x.Search(s.vector, RecallK+1, ef, nil)
		if err != nil {
			return RecallPoint{}, err
		}
		of := 0
		for _, r := range found {
			if r.ID != s.id && r.Score >= s.least && of < s.count {
				of++
			}
		}
		hits, total = hits+of, total+s.count
	}
	return RecallPoint{ef, float64(hits) / float64(total), time.Since(start) / time.Duration(len(samples))}, nil
}

// efFor gives the ef of a query: by default Ef, or what its recall takes. More results take more candidates.
func (e *Engine) efFor(ctx context.Context, q Query, k int) (int, error) {
	want := q.Recall
	if want == 0 {
		want = e.cfg.Recall
	}
	if want == 0 {
		return max(Ef, 2*k), nil
	}
	r, err := e.recalled(ctx)
	if err != nil {
		return 0, fmt.Errorf("measure recall: %w", err)
	}
	ef := float64(r.Choose(want).Ef) * max(1, float64(k)/(RecallK+1))
	return max(int(math.Ceil(ef)), k), nil
}
