package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"lookalike/store"
)

// Suggested is an image without a label, and what it may be.
type Suggested struct {
	Image       Image
	Suggestions []Suggestion // best first, at least one
}

// SuggestPage is a part of all suggestions, those of the highest share first.
type SuggestPage struct {
	Suggested []Suggested
	Next      SuggestCursor // for the next page; the zero value after the last
}

// SuggestCursor is a place in the order of suggestions: after this image with this share.
type SuggestCursor struct {
	Share float64
	ID    uint64
}

// compare puts the surer one first, and of equally sure ones the older image.
func (c SuggestCursor) compare(d SuggestCursor) int {
	return cmp.Or(cmp.Compare(d.Share, c.Share), cmp.Compare(c.ID, d.ID))
}

// ranking is the order of all images without a label by the share of their best suggestion.
type ranking struct {
	query  ClassifyQuery
	model  string // fingerprint of the vectors' model
	labels uint64 // number of the labels that it is made from
	seq    uint64 // of the log
	order  []SuggestCursor
}

// rankings keeps the last one, for the pages after the first.
type rankings struct {
	mu   sync.Mutex
	last *ranking
}

func (r *rankings) get() *ranking {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

func (r *rankings) put(rank *ranking) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = rank
}

// Suggest suggests labels for the images that have none, a page of them at a time; the zero cursor begins. The first page
// classifies all of them, so it may take long where they are many; those after it go by the same order, and leave out what
// was labelled, rejected or deleted meanwhile.
func (e *Engine) Suggest(ctx context.Context, q ClassifyQuery, after SuggestCursor, limit int, progress Progress) (SuggestPage, error) {
	q, err := q.check()
	if err == nil && limit <= 0 {
		err = fmt.Errorf("suggest: %w: limit %d is not positive", ErrQuery, limit)
	}
	if err != nil {
		return SuggestPage{}, err
	}
	rank, err := e.rank(ctx, q, after == SuggestCursor{}, progress)
	if err != nil {
		return SuggestPage{}, err
	}
	c, err := e.classifier(q)
	if err != nil {
		return SuggestPage{}, err
	}
	at := 0
	if (after != SuggestCursor{}) {
		var found bool
		if at, found = slices.BinarySearchFunc(rank.order, after, SuggestCursor.compare); found {
			at++
		}
	}
	var page SuggestPage
	for ; at < len(rank.order) && len(page.Suggested) < limit; at++ {
		s, err := e.suggested(c, rank.order[at].ID)
		if err != nil {
			return SuggestPage{}, err
		}
		if len(s.Suggestions) > 0 {
			page.Suggested = append(page.Suggested, s)
		}
	}
	if at < len(rank.order) {
		page.Next = rank.order[at-1]
	}
	return page, nil
}

// suggested gives an image's suggestions, or none where there is nothing to suggest any more.
func (e *Engine) suggested(c *classifier, id uint64) (s Suggested, err error) {
	s.Image, err = e.records.Image(id)
	if errors.Is(err, store.ErrNotFound) || len(s.Image.Labels) > 0 {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	s.Suggestions, err = e.suggestionsFor(c, id)
	return s, err
}

// suggestionsFor classifies a stored image; one that was deleted has no suggestions.
func (e *Engine) suggestionsFor(c *classifier, id uint64) ([]Suggestion, error) {
	v, err := e.records.Vector(id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	decided, err := e.records.Labels(id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	predictions, err := c.predict(v, id)
	return c.suggestions(predictions, decided), err
}

// rank gives the order of the images without a label. The last one serves for later pages, and for a first page if nothing
// has changed since.
func (e *Engine) rank(ctx context.Context, q ClassifyQuery, first bool, progress Progress) (*ranking, error) {
	known, labels, err := e.labels.now(e.readLabelled)
	if err != nil {
		return nil, err
	}
	stats, err := e.records.Stats()
	if err != nil {
		return nil, err
	}
	model := e.Model().Fingerprint
	if last := e.ranks.get(); last != nil && last.query == q && last.model == model && (!first || last.labels == labels && last.seq == stats.Seq) {
		return last, nil
	}
	rank := &ranking{query: q, model: model, labels: labels, seq: stats.Seq}
	if rank.order, err = e.rankAll(ctx, q, known, progress); err != nil {
		return nil, err
	}
	e.ranks.put(rank)
	return rank, nil
}

// rankAll classifies every image without a label, on all workers.
func (e *Engine) rankAll(ctx context.Context, q ClassifyQuery, known *labelled, progress Progress) ([]SuggestCursor, error) {
	c, err := e.classifier(q)
	if err == nil && q.Method == MethodKNN {
		var all *voters
		if all, err = e.manyVoters(ctx, q, known); err == nil {
			c = &classifier{known.names, all.vote}
		}
	}
	if err != nil {
		return nil, err
	}
	var ids []uint64
	err = e.records.EachVector(func(id uint64, _ []float32) error {
		if !known.has(id) {
			ids = append(ids, id)
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	order := make([]SuggestCursor, len(ids))
	err = e.each(ctx, len(ids), progress, func(i int) error {
		list, err := e.suggestionsFor(c, ids[i])
		if len(list) > 0 {
			order[i] = SuggestCursor{list[0].Share, ids[i]}
		}
		return err
	})
	order = slices.DeleteFunc(order, func(c SuggestCursor) bool { return c.ID == 0 })
	slices.SortFunc(order, SuggestCursor.compare)
	return order, err
}

// progressEvery is how many steps there are between two calls of a Progress.
const progressEvery = 64

// each calls fn with 0 to n-1, on all workers, until one fails. progress may be called by several at once.
func (e *Engine) each(ctx context.Context, n int, progress Progress, fn func(i int) error) error {
	var next, done atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range e.cfg.Workers {
		g.Go(func() error {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := fn(int(i)); err != nil {
					return err
				}
				if d := int(done.Add(1)); progress != nil && (d%progressEvery == 0 || d == n) {
					progress(d, n)
				}
			}
			return nil
		})
	}
	return g.Wait()
}
