package api

import (
	"context"
	"errors"
	"fmt"
	"io"

	"lookalike/engine"
	"lookalike/internal/imageio"
)

// An upload is handed to the engine in batches: large enough that its workers
// are busy and pictures share transactions, small enough to be held in memory.
const (
	batchFiles = 32
	batchBytes = 32 << 20
)

// adder stores an upload's pictures, batch by batch, and notes what became of
// each, in order.
type adder struct {
	*service
	ctx   context.Context
	batch []engine.Source
	bytes int

	added  Added
	fresh  bool       // one is new
	failed []*Problem // what each failure would be answered with, were it alone
}

// addAll stores everything there is. An error means that the request is wrong;
// a picture that is wrong is a failure among the others.
func (a *adder) addAll(up *upload) error {
	for {
		src, err := up.next()
		switch {
		case err == io.EOF: //nolint:errorlint // a wrapped EOF is a body that was cut off
			return a.flush()
		case errors.Is(err, imageio.ErrTooLarge):
			err = a.tooLarge(src, err)
		case err != nil:
			return storedBefore(err, len(a.added.Images))
		default:
			err = a.add(src)
		}
		if err != nil {
			return err
		}
	}
}

// add puts a picture into the batch.
func (a *adder) add(src engine.Source) error {
	a.batch = append(a.batch, src)
	a.bytes += len(src.Data)
	if len(a.batch) < batchFiles && a.bytes < batchBytes {
		return nil
	}
	return a.flush()
}

// tooLarge notes a picture that the engine is not to see, after those before it.
func (a *adder) tooLarge(src engine.Source, err error) error {
	if err := a.flush(); err != nil {
		return err
	}
	a.fail(src.Name, err)
	return nil
}

// flush has the engine store the batch and lets go of its memory. What the
// engine returned is on disk. When the request's time is over, the rest of it
// need not be read.
func (a *adder) flush() error {
	for _, r := range a.cfg.Engine.AddBatch(a.ctx, a.batch) {
		if r.Err != nil {
			a.fail(r.Path, r.Err)
			continue
		}
		a.fresh = a.fresh || !r.Already
		a.added.Images = append(a.added.Images, AddedImage{formatID(r.ID), r.Path, status(r)})
	}
	clear(a.batch)
	a.batch, a.bytes = a.batch[:0], 0
	if err := a.ctx.Err(); err != nil {
		return storedBefore(context.Cause(a.ctx), len(a.added.Images))
	}
	return nil
}

// fail notes a picture that is not stored.
func (a *adder) fail(name string, err error) {
	p := a.problem(a.ctx, imagesPath, err)
	a.added.Failures = append(a.added.Failures, Failure{name, p.Detail})
	a.failed = append(a.failed, p)
}

// nothingStored is the answer when every picture failed: what they have in
// common, or that they cannot be read.
func (a *adder) nothingStored() *Problem {
	p := *a.failed[0]
	for _, other := range a.failed[1:] {
		if other.Status != p.Status {
			p = *unreadable.problem("")
		}
	}
	if n := len(a.failed); n > 1 {
		p.Detail = fmt.Sprintf("none of the %d pictures could be stored", n)
	}
	p.Failures = a.added.Failures
	return &p
}
