package encoder

import (
	"context"
	"fmt"
	"image"
	"math"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Model says which model an Encoder runs.
type Model struct {
	Name        string // the folder's name, or "starter"
	Fingerprint string // SHA-256, hexadecimal, over shape, preprocessing and weights: equal models make equal vectors
	Dim         int    // length of an embedding
	Starter     bool   // the embedded model: show StarterNote with its results
}

// Encoder computes embeddings. It is safe for concurrent use: at most its
// number of workers run at a time, each in memory of its own, others wait. Of
// inputs so large that they would fill the memory, fewer run, on more cores each.
type Encoder struct {
	model      Model
	preprocess Preprocess
	vit        vit

	idle   chan *state       // workers that wait for work
	images chan *activations // memory for as many images as may be in flight
	closed chan struct{}     // closed by Close
	once   sync.Once
}

// newEncoder sets up the workers.
func newEncoder(m Model, c Config, p Preprocess, d Descriptor, w *weights, workers int) *Encoder {
	m.Dim = d.dim(c)
	e := &Encoder{
		model: m, preprocess: p,
		vit:  vit{config: c, descriptor: d, weights: w, positions: newPositions(c, w)},
		idle: make(chan *state, workers), closed: make(chan struct{}),
		images: make(chan *activations, c.inFlight(p, workers)),
	}
	for range cap(e.images) {
		e.images <- &activations{}
	}
	for range workers {
		e.idle <- &state{input: newPreprocessor(p)}
	}
	return e
}

// state is one worker's memory.
type state struct {
	input *preprocessor
	core  core
	team  team // this worker and those that help it with the image in hand
}

// Model returns which model this is.
func (e *Encoder) Model() Model { return e.model }

// Config returns the model's shape.
func (e *Encoder) Config() Config { return e.vit.config }

// Preprocess returns what is done to a picture before the model sees it.
func (e *Encoder) Preprocess() Preprocess { return e.preprocess }

// Close makes further use fail with ErrClosed and waits for what is running: it
// takes every worker away, and a busy one comes back when its image is done.
func (e *Encoder) Close() (err error) {
	e.once.Do(func() {
		close(e.closed)
		for range cap(e.idle) {
			<-e.idle
		}
		if e.vit.weights.mapped != nil {
			err = e.vit.weights.mapped.Unmap()
		}
	})
	return err
}

// Embed returns the unit embedding (D) of each image, in order: the CLS row of
// the final LayerNorm, or another Descriptor, divided by its length. The first error ends it. One
// image is split over all idle workers, many run side by side.
func (e *Encoder) Embed(ctx context.Context, images ...image.Image) ([][]float32, error) {
	if len(images) == 1 { // on its own it takes no memory but the result's
		return single(e.embedImage(ctx, cap(e.idle), images[0]))
	}
	all := slices.Clone(images) // the goroutines' own, so that a caller's single one may stay on the stack
	return e.each(ctx, len(all), func(ctx context.Context, cores, i int) ([]float32, error) {
		return e.embedImage(ctx, cores, all[i])
	})
}

// EmbedPixels is Embed for inputs that are preprocessed already.
func (e *Encoder) EmbedPixels(ctx context.Context, inputs ...Pixels) ([][]float32, error) {
	if len(inputs) == 1 {
		return single(e.embedPixels(ctx, cap(e.idle), inputs[0]))
	}
	all := slices.Clone(inputs)
	return e.each(ctx, len(all), func(ctx context.Context, cores, i int) ([]float32, error) {
		return e.embedPixels(ctx, cores, all[i])
	})
}

// single is the answer for one image.
func single(v []float32, err error) ([][]float32, error) {
	if err != nil {
		return nil, err
	}
	return [][]float32{v}, nil
}

// each calls f for 0..n-1, as many at a time as may be in flight; each call has
// an equal share of the workers.
func (e *Encoder) each(ctx context.Context, n int, f func(ctx context.Context, cores, i int) ([]float32, error)) ([][]float32, error) {
	out, cores := make([][]float32, n), cap(e.idle)/max(1, min(n, cap(e.images)))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(cap(e.images))
	for i := range n {
		g.Go(func() (err error) {
			if out[i], err = f(ctx, cores, i); err != nil {
				return fmt.Errorf("image %d of %d: %w", i+1, n, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return out, nil
}

// embedImage embeds one image on up to so many cores.
func (e *Encoder) embedImage(ctx context.Context, cores int, img image.Image) (v []float32, err error) {
	err = e.withWorker(ctx, cores, func(s *state) (err error) {
		if err = s.input.run(img); err == nil {
			v, err = e.embed(ctx, s, s.input.pixels)
		}
		return err
	})
	return v, err
}

// embedPixels is embedImage for an input that is preprocessed already.
func (e *Encoder) embedPixels(ctx context.Context, cores int, px Pixels) (v []float32, err error) {
	err = e.withWorker(ctx, cores, func(s *state) (err error) {
		v, err = e.embed(ctx, s, px)
		return err
	})
	return v, err
}

// LastHiddenState returns every token and the CLS attention of the last layer.
func (e *Encoder) LastHiddenState(ctx context.Context, img image.Image) (out Output, err error) {
	err = e.withWorker(ctx, cap(e.idle), func(s *state) error {
		if err := s.input.run(img); err != nil {
			return err
		}
		out, err = e.vit.output(ctx, s.team, s.input.pixels)
		return err
	})
	return out, err
}

// Forward is LastHiddenState for an input that is preprocessed already. Its
// sides need not be multiples of the patch size: the rest is cut off.
func (e *Encoder) Forward(ctx context.Context, px Pixels) (out Output, err error) {
	err = e.withWorker(ctx, cap(e.idle), func(s *state) error {
		out, err = e.vit.output(ctx, s.team, px)
		return err
	})
	return out, err
}

// embed runs the model and returns the unit descriptor.
func (e *Encoder) embed(ctx context.Context, s *state, px Pixels) ([]float32, error) {
	v, err := e.vit.describe(ctx, s.team, px)
	if err != nil {
		return nil, err
	}
	if err := normalize(v); err != nil {
		if p := e.Precision(); p != Float32 {
			err = fmt.Errorf("%w in %s; float32 has the widest range", err, p)
		}
		return nil, err
	}
	return v, nil
}

// normalize divides v by its length, which is summed in float64: embeddings are
// compared by inner product, and an error of the length would be one of it.
func normalize(v []float32) error {
	var squares float64
	for _, x := range v {
		squares += float64(x) * float64(x)
	}
	length := math.Sqrt(squares)
	if !(length > 0) || math.IsInf(length, 0) {
		return fmt.Errorf("%w: its embedding has length %g", ErrInput, length)
	}
	for i, x := range v {
		v[i] = float32(float64(x) / length)
	}
	return nil
}

// withWorker lends an idle worker to f, waiting for one if need be, and up to
// cores-1 others that are idle at the moment as its team.
func (e *Encoder) withWorker(ctx context.Context, cores int, f func(*state) error) error {
	image, err := take(ctx, e.closed, e.images)
	if err != nil {
		return err
	}
	defer func() { e.images <- image }()
	s, err := take(ctx, e.closed, e.idle)
	if err != nil {
		return err
	}
	defer func() { e.idle <- s }()
	helpers := e.helpers(min(cores, runtime.GOMAXPROCS(0)) - 1)
	defer func() {
		for _, h := range helpers {
			e.idle <- h
		}
	}()
	s.team.assemble(s, image, helpers)
	return f(s)
}

// take waits for one of what there are a number of.
func take[T any](ctx context.Context, closed <-chan struct{}, from <-chan T) (one T, err error) {
	select { // first, because the next select picks at random among what is ready
	case <-closed:
		return one, ErrClosed
	case <-ctx.Done():
		return one, ctx.Err()
	default:
	}
	select {
	case one = <-from:
		return one, nil
	case <-ctx.Done():
		return one, ctx.Err()
	case <-closed:
		return one, ErrClosed
	}
}

// helpers takes up to n idle workers away.
func (e *Encoder) helpers(n int) (list []*state) {
	for range n {
		select {
		case s := <-e.idle:
			list = append(list, s)
		default:
			return list
		}
	}
	return list
}
