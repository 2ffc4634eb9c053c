package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"lookalike/encoder"
	"lookalike/internal/simd"
	"lookalike/store"
)

// Stats are the figures of one moment.
type Stats struct {
	Images, Files  int
	Nodes          int // distinct vectors in the index
	NotEmbedded    int // images without a vector, since no file of theirs could be re-embedded
	FromThumbnail  int // images whose vector was made from the thumbnail
	BytesStore     int64
	BytesFree      int64 // of BytesStore, used again before the file grows; Compact gives it back
	BytesOriginals int64
	Model          encoder.Model
	Kernel         string            // the kernels that this processor runs
	Precision      encoder.Precision // what the model's products are computed in
}

// Stats gives the figures of this moment.
func (e *Engine) Stats() (Stats, error) {
	s, err := e.records.Stats()
	if err != nil {
		return Stats{}, err
	}
	g := e.now()
	return Stats{
		Images: int(s.Images), Files: int(s.Files), Nodes: g.index.Nodes(), NotEmbedded: int(s.NotEmbedded), FromThumbnail: int(s.FromThumbnail),
		BytesStore: s.BytesStore, BytesFree: s.BytesFree, BytesOriginals: s.BytesOriginals, Model: g.model, Kernel: simd.Level(), Precision: g.encoder.Precision(),
	}, nil
}

// Report is what Check found.
type Report struct {
	Problems []string // what contradicts itself; a data folder without any is sound
	Missing  []string // imported files that are no longer where they were: not the data folder's fault
}

// OK reports whether the data folder is sound.
func (r Report) OK() bool { return len(r.Problems) == 0 }

// Check goes through everything: the store by itself, the index by itself, whether both hold the same images, and
// whether the imported files are still there. The error is only for a check that could not be made.
func (e *Engine) Check(ctx context.Context) (Report, error) {
	var r Report
	r.note("store", e.records.Check())
	of, err := underOne(e, func() (Report, error) { return e.compare(ctx) })
	r.Problems = append(r.Problems, of.Problems...)
	if err != nil {
		return r, err
	}
	return r, e.findMissing(ctx, &r)
}

// note takes an error down as problems, the store's line by line.
func (r *Report) note(part string, err error) {
	var found *store.CheckError
	switch {
	case errors.As(err, &found):
		for _, problem := range found.Problems {
			r.Problems = append(r.Problems, part+": "+problem)
		}
		if found.More > 0 {
			r.Problems = append(r.Problems, fmt.Sprintf("%s: and %d more", part, found.More))
		}
	case err != nil:
		r.Problems = append(r.Problems, fmt.Sprintf("%s: %v", part, err))
	}
}

// checkSome is how many nodes of the index are checked between two writes: a millisecond or two.
const checkSome = 256

// compare checks the index, which has its vectors from the store, and holds it against the store. It is done in parts, each
// while no write comes between the two, and all of them let writes in before the next.
func (e *Engine) compare(ctx context.Context) (r Report, err error) {
	index := e.now().index
	var found error
	e.unwritten(func() {
		found = index.CheckWhole()
		var stats store.Stats
		if stats, err = e.records.Stats(); err == nil && index.Len() != int(stats.Images-stats.NotEmbedded) {
			r.Problems = append(r.Problems, fmt.Sprintf("index: %d images, %d in the store", index.Len(), stats.Images-stats.NotEmbedded))
		}
	})
	for from := 0; from < index.Slots() && found == nil && err == nil; from += checkSome {
		e.unwritten(func() { found = index.CheckNodes(from, from+checkSome) })
		err = ctx.Err()
	}
	r.note("index", found)
	if err == nil {
		err = e.findLacking(ctx, index, &r)
	}
	return r, err
}

// unwritten does something while no write is under way: the index is what the store has.
func (e *Engine) unwritten(do func()) {
	e.writes.Lock()
	defer e.writes.Unlock()
	do()
}

// findLacking looks for vectors of the store that the index has not.
func (e *Engine) findLacking(ctx context.Context, index neighbours, r *Report) error {
	var lacking []uint64
	err := e.records.EachVector(func(id uint64, _ []float32) error {
		if !index.Contains(id) {
			lacking = append(lacking, id) // or it was deleted since
		}
		return ctx.Err()
	})
	e.unwritten(func() {
		for _, id := range lacking {
			if _, gone := e.records.Vector(id); gone == nil && !index.Contains(id) {
				r.Problems = append(r.Problems, fmt.Sprintf("index: image %d is missing", id))
			}
		}
	})
	if errors.Is(err, store.ErrCorrupt) {
		return nil // the store's own check has said so
	}
	return err
}

func (e *Engine) findMissing(ctx context.Context, r *Report) error {
	err := e.records.EachImage(func(m Image) error {
		for _, f := range m.Files {
			if _, err := os.Stat(f.Path); err != nil && !f.Uploaded {
				r.Missing = append(r.Missing, f.Path)
			}
		}
		return ctx.Err()
	})
	if errors.Is(err, store.ErrCorrupt) {
		return nil
	}
	return err
}

// Backup writes everything of this moment as a tar archive, with the graph as it is, while adds and deletes go on.
func (e *Engine) Backup(ctx context.Context, w io.Writer) error {
	if err := e.checkpoint(); err != nil {
		return err
	}
	return e.records.Backup(contextWriter{ctx, w})
}

// Compacted says what Compact has gained.
type Compacted = store.Compacted

// Compact gives back the space in the database that deletes and updates have left, and before that removes what a
// re-embedding has replaced. Searches go on meanwhile; adds and deletes wait. progress counts bytes. When ctx ends, or the
// process, the database is as it was.
func (e *Engine) Compact(ctx context.Context, progress Progress) (Compacted, error) {
	err := e.checkpoint() // the log goes, too
	if err == nil {
		err = e.dropOld(ctx)
	}
	if err != nil {
		return Compacted{}, fmt.Errorf("compact: %w", err)
	}
	return e.records.Compact(func(done, of int64) error {
		if progress != nil {
			progress(int(done), int(of))
		}
		return ctx.Err()
	})
}

// contextWriter fails once its context has ended.
type contextWriter struct {
	ctx context.Context
	w   io.Writer
}

func (c contextWriter) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.w.Write(p)
}

// Restore unpacks a backup into an empty or missing folder, completely or not at all.
func Restore(dir string, r io.Reader) error { return store.Restore(dir, r) }
