package encoder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/edsrzf/mmap-go"
)

const weightsFile = "model.safetensors"

// Option changes how a model is opened.
type Option func(*options) error

type options struct {
	workers int
	eval    bool // EvalPreprocess instead of what the model's files say
}

// WithWorkers sets how many images are in flight at once, one core each; the
// default is GOMAXPROCS. Memory is about 10 MB a worker for ViT-B/16 at 224x224.
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
		o.eval = mode == "eval"
		return nil
	}
}

// choose returns EvalPreprocess if that was asked for, else p.
func (o options) choose(p Preprocess) Preprocess {
	if o.eval {
		return EvalPreprocess()
	}
	return p
}

func apply(opts []Option) (options, error) {
	o := options{workers: runtime.GOMAXPROCS(0)}
	for _, opt := range opts {
		if err := opt(&o); err != nil {
			return o, err
		}
	}
	return o, nil
}

// Open reads a ViT in the Hugging Face layout: config.json, model.safetensors
// and, optionally, preprocessor_config.json in dir. Whatever in them is not
// understood is an error that names it (ErrConfig, ErrWeights).
func Open(dir string, opts ...Option) (*Encoder, error) {
	e, err := openDir(dir, opts)
	if err != nil {
		return nil, fmt.Errorf("open model %s: %w", dir, err)
	}
	return e, nil
}

func openDir(dir string, opts []Option) (*Encoder, error) {
	abs, err := filepath.Abs(dir) // so that "." gets its folder's name
	if err != nil {
		return nil, err
	}
	weights, err := mapFile(filepath.Join(dir, weightsFile))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWeights, err)
	}
	e, err := open(os.DirFS(dir), Model{Name: filepath.Base(abs)}, weights, opts)
	return e, errors.Join(err, weights.Unmap())
}

// open builds an Encoder from the JSON files of fsys and the bytes of a
// safetensors file, of which it keeps nothing.
func open(fsys fs.FS, m Model, weights []byte, opts []Option) (*Encoder, error) {
	o, err := apply(opts)
	if err != nil {
		return nil, err
	}
	config, err := readConfig(fsys)
	if err != nil {
		return nil, err
	}
	preprocess, err := readPreprocess(fsys)
	if err != nil {
		return nil, err
	}
	src, err := newFileSource(weights)
	if err != nil {
		return nil, err
	}
	w, err := loadWeights(config, src)
	if err != nil {
		return nil, err
	}
	preprocess = o.choose(preprocess)
	m.Fingerprint = fingerprint(config, preprocess, src)
	return newEncoder(m, config, preprocess, w, o.workers), nil
}

// mapFile maps a file into memory: the weights are read as they are packed and
// the file is never copied as a whole.
func mapFile(path string) (mmap.MMap, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // the map outlives it
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return nil, fmt.Errorf("%s is empty or not a regular file", path)
	}
	return mmap.Map(f, mmap.RDONLY, 0)
}
