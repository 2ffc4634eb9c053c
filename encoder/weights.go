package encoder

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"lookalike/internal/f32"
)

// weights are the parameters of a ViT. The matrices are packed once, at Open,
// into the order in which the kernel in use reads them; the file's own layout
// is not kept. D is the hidden size, P the values of a patch, M the width of
// the MLP.
type weights struct {
	cls       []float32 // (D)
	positions []float32 // (1 + grid*grid, D), row 0 is CLS's
	patch     linear    // (D, P)
	blocks    []block
	norm      layerNorm
}

// block is one transformer layer: attention, then MLP, each behind a LayerNorm.
type block struct {
	before, after layerNorm
	qkv           linear // (3D, D): q, k and v stacked, one product instead of three
	proj          linear // (D, D)
	fc1           linear // (M, D)
	fc2           linear // (D, M)
}

// layerNorm is (x - mean) / sqrt(variance + eps) * gain + bias.
type layerNorm struct{ gain, bias []float32 } // (D) each

// linear is x w^T + bias.
type linear struct {
	w    f32.Matrix // (out, in)
	bias []float32  // (out); nil for none
}

// source yields tensors by their Hugging Face names: a file's, or a seed's.
type source interface {
	// names are all that it has; those that nobody reads are surplus.
	names() []string
	// read returns a tensor's values; shape is what it must have.
	read(name string, shape ...int) ([]float32, error)
}

// fileSource reads the tensors of a safetensors file.
type fileSource map[string]tensor

func (f fileSource) names() []string { return slices.Sorted(maps.Keys(f)) }

func (f fileSource) read(name string, shape ...int) ([]float32, error) {
	t, ok := f[name]
	if !ok {
		return nil, fmt.Errorf("%w: tensor %q is missing", ErrWeights, name)
	}
	if !slices.Equal(t.shape, shape) {
		return nil, fmt.Errorf("%w: tensor %q has shape %v, config.json asks for %v", ErrWeights, name, t.shape, shape)
	}
	values, err := t.floats()
	if err != nil {
		return nil, fmt.Errorf("%w: tensor %q: %w", ErrWeights, name, err)
	}
	return values, nil
}

// ignored are parts of a checkpoint that an encoder has no use for.
var ignored = []string{"pooler.", "classifier.", "head."}

// newFileSource parses a safetensors file, strips a "vit." prefix from the
// names (a ViTModel inside a classifier has it) and drops what is ignored.
func newFileSource(data []byte) (fileSource, error) {
	tensors, err := parseSafetensors(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrWeights, weightsFile, err)
	}
	out := make(fileSource, len(tensors))
	for name, t := range tensors {
		short := strings.TrimPrefix(name, "vit.")
		if slices.ContainsFunc(ignored, func(p string) bool { return strings.HasPrefix(short, p) }) {
			continue
		}
		if _, twice := out[short]; twice {
			return nil, fmt.Errorf("%w: tensor %q is there with and without the prefix \"vit.\"", ErrWeights, short)
		}
		out[short] = t
	}
	return out, nil
}

// loader reads tensors until the first error, after which it only goes through
// the motions, and remembers what it has read. So the shape of a model below is
// a list of its parts and not of error checks.
type loader struct {
	src  source
	used map[string]bool
	err  error
}

func (l *loader) read(name string, shape ...int) []float32 {
	if l.err != nil {
		return nil
	}
	l.used[name] = true
	var values []float32
	values, l.err = l.src.read(name, shape...)
	return values
}

// loadWeights reads every tensor that the config asks for and refuses others.
func loadWeights(c Config, src source) (*weights, error) {
	l := &loader{src: src, used: map[string]bool{}}
	d, p, grid := c.HiddenSize, c.PatchSize, c.gridSide()
	w := &weights{
		cls:       l.read("embeddings.cls_token", 1, 1, d),
		positions: l.read("embeddings.position_embeddings", 1, 1+grid*grid, d),
		patch:     l.linear("embeddings.patch_embeddings.projection", d, c.NumChannels, p, p),
	}
	for i := range c.NumHiddenLayers {
		w.blocks = append(w.blocks, l.block(c, fmt.Sprintf("encoder.layer.%d.", i)))
	}
	w.norm = l.layerNorm("layernorm", d)
	if l.err != nil {
		return nil, l.err
	}
	for _, name := range src.names() {
		if !l.used[name] {
			return nil, fmt.Errorf("%w: tensor %q does not belong to the ViT of config.json", ErrWeights, name)
		}
	}
	return w, nil
}

func (l *loader) block(c Config, layer string) block {
	d, mlp := c.HiddenSize, c.IntermediateSize
	return block{
		before: l.layerNorm(layer+"layernorm_before", d),
		after:  l.layerNorm(layer+"layernorm_after", d),
		qkv:    l.qkv(c, layer+"attention.attention."),
		proj:   l.linear(layer+"attention.output.dense", d, d),
		fc1:    l.linear(layer+"intermediate.dense", mlp, d),
		fc2:    l.linear(layer+"output.dense", d, mlp),
	}
}

func (l *loader) layerNorm(name string, d int) layerNorm {
	return layerNorm{l.read(name+".weight", d), l.read(name+".bias", d)}
}

// linear reads a weight (out, in...) and its bias (out).
func (l *loader) linear(name string, out int, in ...int) (lin linear) {
	weight := l.read(name+".weight", append([]int{out}, in...)...)
	lin.bias = l.read(name+".bias", out)
	l.pack(&lin, weight, out)
	return lin
}

// qkv stacks the three projections, so that one product makes a token's q, k and v.
func (l *loader) qkv(c Config, prefix string) (lin linear) {
	d := c.HiddenSize
	var weight []float32
	for _, name := range []string{"query", "key", "value"} {
		weight = append(weight, l.read(prefix+name+".weight", d, d)...)
		if c.QKVBias {
			lin.bias = append(lin.bias, l.read(prefix+name+".bias", d)...)
		}
	}
	l.pack(&lin, weight, 3*d)
	return lin
}

// pack lays a weight of the given rows out for the kernel, unless reading failed.
func (l *loader) pack(lin *linear, weight []float32, rows int) {
	if l.err == nil {
		columns := len(weight) / rows
		lin.w.Pack(weight, rows, columns, columns, 1)
	}
}
