package encoder

import (
	"context"
	"fmt"
	"image"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
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

// Encoder computes embeddings. It is safe for concurrent use; at most its
// number of workers run at a time, each with memory of its own, others wait.
type Encoder struct {
	model      Model
	config     Config
	preprocess Preprocess
	weights    *Weights

	free   chan *state   // idle workers
	closed chan struct{} // closed by Close
	close  sync.Once

	resizedMu sync.Mutex
	resized   map[[2]int][]float32 // (grid height, width) -> position embedding
}

// Option changes how a model is opened.
type Option func(*options) error

type options struct {
	workers    int
	preprocess string
}

// WithWorkers sets how many images are in flight at once, one core each. The
// default is GOMAXPROCS. Memory is about 5 MB a worker for ViT-B/16 at 224x224.
func WithWorkers(n int) Option {
	return func(o *options) error {
		if n < 1 {
			return fmt.Errorf("%d workers: at least 1 is needed", n)
		}
		o.workers = n
		return nil
	}
}

// WithPreprocess chooses "hf" (what preprocessor_config.json says, the
// default) or "eval" (EvalPreprocess, as in DINO's own evaluation).
func WithPreprocess(mode string) Option {
	return func(o *options) error {
		if mode != "hf" && mode != "eval" {
			return fmt.Errorf("preprocess %q is not one of hf, eval", mode)
		}
		o.preprocess = mode
		return nil
	}
}

// Open reads a ViT in the Hugging Face layout: config.json, model.safetensors
// and, optionally, preprocessor_config.json in dir. Anything in them that is
// not understood is an error that names it (ErrConfig, ErrWeights).
func Open(dir string, opts ...Option) (*Encoder, error) {
	weights, err := mapFile(filepath.Join(dir, weightsFile))
	if err != nil {
		return nil, fmt.Errorf("open model %s: %w: %w", dir, ErrWeights, err)
	}
	defer weights.Unmap()
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	return open(os.DirFS(dir), Model{Name: filepath.Base(abs)}, weights, opts)
}

const weightsFile = "model.safetensors"

// open builds an Encoder from the JSON files of fsys and the bytes of a
// safetensors file, which it does not keep.
func open(fsys fs.FS, m Model, weights []byte, opts []Option) (*Encoder, error) {
	fail := func(err error) (*Encoder, error) { return nil, fmt.Errorf("open model %s: %w", m.Name, err) }
	config, err := readConfig(fsys)
	if err != nil {
		return fail(err)
	}
	preprocess, err := readPreprocess(fsys)
	if err != nil {
		return fail(err)
	}
	tensors, err := parseSafetensors(weights)
	if err != nil {
		return fail(fmt.Errorf("%w: %s: %w", ErrWeights, weightsFile, err))
	}
	src, err := normalizeNames(tensors)
	if err != nil {
		return fail(err)
	}
	e, err := build(config, preprocess, src, m, opts)
	if err != nil {
		return fail(err)
	}
	e.model.Fingerprint = fingerprint(config, e.preprocess, src)
	return e, nil
}

// build loads the weights and sets up the workers.
func build(config Config, preprocess Preprocess, src source, m Model, opts []Option) (*Encoder, error) {
	o := options{workers: runtime.GOMAXPROCS(0), preprocess: "hf"}
	for _, opt := range opts {
		if err := opt(&o); err != nil {
			return nil, err
		}
	}
	if o.preprocess == "eval" {
		preprocess = EvalPreprocess()
	}
	weights, err := loadWeights(config, src)
	if err != nil {
		return nil, err
	}
	m.Dim = config.HiddenSize
	e := &Encoder{
		model: m, config: config, preprocess: preprocess, weights: weights,
		free: make(chan *state, o.workers), closed: make(chan struct{}), resized: map[[2]int][]float32{},
	}
	for range o.workers {
		e.free <- &state{}
	}
	return e, nil
}

// Model returns which model this is.
func (e *Encoder) Model() Model { return e.model }

// Config returns the model's shape.
func (e *Encoder) Config() Config { return e.config }

// Preprocess returns what is done to a picture before the model sees it.
func (e *Encoder) Preprocess() Preprocess { return e.preprocess }

// Close makes further use fail with ErrClosed and waits for what is running.
func (e *Encoder) Close() error {
	e.close.Do(func() {
		close(e.closed)
		for range cap(e.free) {
			<-e.free
		}
	})
	return nil
}

// Embed returns the unit embedding (D) of each image, in order: the CLS row of
// the final LayerNorm, divided by its length. The first error ends it.
func (e *Encoder) Embed(ctx context.Context, images ...image.Image) ([][]float32, error) {
	out := make([][]float32, len(images))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(cap(e.free))
	for i, img := range images {
		g.Go(func() (err error) {
			err = e.withState(ctx, func(s *state) error {
				if err := e.preprocess.apply(&s.pixels, img); err != nil {
					return err
				}
				out[i], err = e.embedPixels(ctx, s)
				return err
			})
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return out, nil
}

// EmbedPixels is Embed for an input that is preprocessed already.
func (e *Encoder) EmbedPixels(ctx context.Context, px Pixels) (v []float32, err error) {
	err = e.withPixels(ctx, px, func(s *state) error {
		v, err = e.embedPixels(ctx, s)
		return err
	})
	return v, err
}

// LastHiddenState returns every token and the CLS attention of the last layer.
func (e *Encoder) LastHiddenState(ctx context.Context, img image.Image) (Output, error) {
	px := Pixels{}
	if err := e.preprocess.apply(&px, img); err != nil {
		return Output{}, err
	}
	return e.Forward(ctx, px)
}

// Forward is LastHiddenState for an input that is preprocessed already. Its
// sides need not be multiples of the patch size: the rest is cut off.
func (e *Encoder) Forward(ctx context.Context, px Pixels) (out Output, err error) {
	err = e.withPixels(ctx, px, func(s *state) error {
		gh, gw := px.Height/e.config.PatchSize, px.Width/e.config.PatchSize
		out = Output{N: 1 + gh*gw, D: e.config.HiddenSize, H: e.config.NumAttnHeads, GridHeight: gh, GridWidth: gw}
		out.CLSAttention = make([]float32, out.H*out.N)
		if err := e.forward(ctx, s, false, out.CLSAttention); err != nil {
			return err
		}
		out.Tokens = make([]float32, out.N*out.D)
		e.normRows(out.Tokens, s.x, e.weights.norm, out.N)
		return nil
	})
	return out, err
}

// embedPixels runs the model on s.pixels and returns the unit CLS row.
func (e *Encoder) embedPixels(ctx context.Context, s *state) ([]float32, error) {
	if err := e.checkPixels(s.pixels); err != nil {
		return nil, err
	}
	if err := e.forward(ctx, s, true, nil); err != nil {
		return nil, err
	}
	v := make([]float32, e.config.HiddenSize)
	e.normRows(v, s.x, e.weights.norm, 1)
	return v, normalize(v)
}

// normalize divides v by its length, which is summed in float64.
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

// withPixels lends a worker whose input is px.
func (e *Encoder) withPixels(ctx context.Context, px Pixels, f func(*state) error) error {
	if err := e.checkPixels(px); err != nil {
		return err
	}
	return e.withState(ctx, func(s *state) error {
		own := s.pixels
		s.pixels = px
		defer func() { s.pixels = own }()
		return f(s)
	})
}

// maxPatches bounds a worker's memory: attention needs N*N floats, 256 MiB here.
const maxPatches = 8191

// checkPixels refuses inputs without a patch, with too many, and those that do
// not add up.
func (e *Encoder) checkPixels(px Pixels) error {
	p := e.config.PatchSize
	switch {
	case px.Width < p || px.Height < p:
		return fmt.Errorf("%w: %dx%d pixels hold no whole patch of %dx%d", ErrInput, px.Width, px.Height, p, p)
	case px.Width > maxSide || px.Height > maxSide || (px.Width/p)*(px.Height/p) > maxPatches:
		return fmt.Errorf("%w: %dx%d pixels are more than %d patches of %dx%d", ErrInput, px.Width, px.Height, maxPatches, p, p)
	case len(px.Data) != 3*px.Width*px.Height:
		return fmt.Errorf("%w: %d values are not 3x%dx%d pixels", ErrInput, len(px.Data), px.Height, px.Width)
	}
	return nil
}

// withState lends an idle worker to f, waiting for one if need be.
func (e *Encoder) withState(ctx context.Context, f func(*state) error) error {
	select {
	case <-e.closed:
		return ErrClosed
	default:
	}
	select {
	case s := <-e.free:
		defer func() { e.free <- s }()
		return f(s)
	case <-ctx.Done():
		return ctx.Err()
	case <-e.closed:
		return ErrClosed
	}
}
