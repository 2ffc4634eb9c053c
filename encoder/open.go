package encoder

import (
	"errors"
	"fmt"
	"image"
	"io/fs"
	"os"
	"runtime"
)

// Option changes how a model is opened.
type Option func(*options) error

type options struct {
	workers    int
	precision  Precision
	descriptor Descriptor
	eval       bool        // EvalPreprocess instead of what the model's files say
	size       image.Point // of the input; the zero Point for what the preprocessing says
}

// MaxWorkers bounds WithWorkers: no machine has more cores, and a mistyped
// number must not fill the memory.
const MaxWorkers = 4096

// WithWorkers sets how many cores are in use, up to MaxWorkers; the default is
// GOMAXPROCS. As many images are in flight at once, a core each; fewer are split
// over the idle ones. Memory is about 10 MB a worker for ViT-B/16 at 224x224, 30 MB
// at 448x448; images wait where together they would need more than 2 GiB.
func WithWorkers(n int) Option {
	return func(o *options) error {
		if n < 1 || n > MaxWorkers {
			return fmt.Errorf("%d workers: 1 to %d are possible", n, MaxWorkers)
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

// choose returns the preprocessing that was asked for, of a model whose files
// say p.
func (o options) choose(p Preprocess, c Config) (Preprocess, error) {
	if o.eval {
		p = EvalPreprocess()
	}
	if o.size == (image.Point{}) {
		return p, nil
	}
	return p.sized(o.size), c.fits(o.size)
}

func apply(opts []Option) (options, error) {
	o := options{workers: runtime.GOMAXPROCS(0), precision: Float32, descriptor: CLS}
	for _, opt := range opts {
		if err := opt(&o); err != nil {
			return o, err
		}
	}
	return o, nil
}

// Open reads a ViT: a folder with config.json, weights and, optionally,
// preprocessor_config.json, or the file of weights, beside which the others
// are. Weights are safetensors, in one file or in shards, or a PyTorch
// checkpoint, with the names of Hugging Face, DINO or timm; of several in a
// folder the first of model.safetensors, model.safetensors.index.json,
// pytorch_model.bin and a single .pth or .bin is read. Without config.json the
// shape is inferred from the tensors. Whatever is not understood is an error
// that names it (ErrConfig, ErrWeights).
func Open(path string, opts ...Option) (*Encoder, error) {
	e, err := openPath(path, opts)
	if err != nil {
		return nil, fmt.Errorf("open model %s: %w", path, err)
	}
	return e, nil
}

func openPath(path string, opts []Option) (*Encoder, error) {
	files, err := locate(path)
	if err != nil {
		return nil, err
	}
	d, err := describe(os.DirFS(files.dir), files.name, opts)
	inferred := missing(err)
	if inferred {
		d.config, err = files.inferConfig()
	}
	if err == nil {
		err = d.choosePreprocess()
	}
	if err != nil {
		return nil, err
	}
	key, keep := newPackedKey(files, d.config, d.preprocess, d.options)
	if keep {
		if w, found, err := openPacked(files.dir, key); err == nil {
			return d.encoder(w, found.Fingerprint), nil
		}
	}
	c, err := files.open()
	if err != nil {
		return nil, err
	}
	e, err := d.open(c)
	if err != nil && inferred {
		err = fmt.Errorf("%w (there is no config.json; it was inferred)", err)
	}
	if err == nil && keep {
		key.Precision, key.Fingerprint = e.Precision(), e.model.Fingerprint
		_ = savePacked(files.dir, key, e.vit.weights) // a cache: without it the next start packs again
	}
	return e, errors.Join(err, c.close())
}

// description is all of a model but its weights.
type description struct {
	model      Model
	config     Config
	preprocess Preprocess
	options    options
}

// describe reads the JSON files of fsys, config.json last: the caller may know
// what to do when only that is missing.
func describe(fsys fs.FS, name string, opts []Option) (d description, err error) {
	d.model.Name = name
	if d.options, err = apply(opts); err != nil {
		return d, err
	}
	if d.preprocess, err = readPreprocess(fsys); err != nil {
		return d, err
	}
	d.config, err = readConfig(fsys)
	return d, err
}

// choosePreprocess applies the options to what the files say, once the shape is known.
func (d *description) choosePreprocess() (err error) {
	d.preprocess, err = d.options.choose(d.preprocess, d.config)
	return err
}

// open builds an Encoder from a checkpoint, of which it keeps nothing.
func (d description) open(c *checkpoint) (*Encoder, error) {
	if c.verify != nil {
		if err := c.verify(); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrWeights, err)
		}
	}
	w, err := load(d.config, d.preprocess, d.options.descriptor, c, d.options.precision)
	if err != nil {
		return nil, err
	}
	return d.encoder(w, d.options.descriptor.mark(fingerprint(d.config, d.preprocess, c.tensors))), nil
}

func (d description) encoder(w *weights, fingerprint string) *Encoder {
	d.model.Fingerprint = fingerprint
	return newEncoder(d.model, d.config, d.preprocess, d.options.descriptor, w, d.options.workers)
}
