package encoder

import (
	"fmt"
	"maps"
	"slices"

	"github.com/edsrzf/mmap-go"

	"lookalike/internal/simd"
)

// weights are the parameters of a ViT. The matrices are packed once, at Open,
// into the order in which the kernel in use reads them; the file's own layout
// is not kept. D is the hidden size, P the values of a patch, M the width of
// the MLP.
type weights struct {
	arithmetic           // what the products are computed in
	mapped     mmap.MMap // the file that the tensors are in, or nil
	cls        []float32 // (D)
	positions  []float32 // (1 + grid*grid, D), row 0 is CLS's
	patch      linear    // (D, P)
	blocks     []block
	norm       layerNorm
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
	w    simd.Matrix // (out, in)
	bias []float32   // (out); nil for none
}

// source yields tensors by their Hugging Face names: a file's, or a seed's.
type source interface {
	// read returns a tensor's values; shape is what it must have.
	read(name string, shape ...int) ([]float32, error)
	// surplus refuses tensors that are not in used, the names that were read.
	surplus(used map[string]bool) error
}

func (f fileSource) read(name string, shape ...int) ([]float32, error) {
	t, ok := f.tensors[name]
	if !ok {
		return nil, fmt.Errorf("%w: tensor %s is missing", ErrWeights, f.label(name))
	}
	if !slices.Equal(t.shape, shape) {
		return nil, fmt.Errorf("%w: tensor %s has shape %v, config.json asks for %v", ErrWeights, f.label(name), t.shape, shape)
	}
	values, err := t.floats()
	if err != nil {
		return nil, fmt.Errorf("%w: tensor %s: %w", ErrWeights, f.label(name), err)
	}
	return values, nil
}

func (f fileSource) surplus(used map[string]bool) error {
	for _, name := range slices.Sorted(maps.Keys(f.tensors)) {
		if !used[name] {
			return fmt.Errorf("%w: tensor %s does not belong to the ViT of config.json", ErrWeights, f.label(name))
		}
	}
	return nil
}

// loader reads tensors until the first error, after which it only goes through
// the motions, and remembers what it has read. So the shape of a model below is
// a list of its parts and not of error checks.
type loader struct {
	src        source
	arithmetic arithmetic // what to pack for
	used       map[string]bool
	err        error
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
func loadWeights(c Config, src source, a arithmetic) (*weights, error) {
	l := &loader{src: src, arithmetic: a, used: map[string]bool{}}
	d, p, grid := c.HiddenSize, c.PatchSize, c.gridSide()
	w := &weights{
		arithmetic: a,
		cls:        l.read("embeddings.cls_token", 1, 1, d),
		positions:  l.read("embeddings.position_embeddings", 1, 1+grid*grid, d),
		patch:      l.linear(a.attention, "embeddings.patch_embeddings.projection", d, c.NumChannels, p, p),
	}
	for i := range c.NumHiddenLayers {
		w.blocks = append(w.blocks, l.block(c, fmt.Sprintf("encoder.layer.%d.", i)))
	}
	w.norm = l.layerNorm("layernorm", d)
	if l.err != nil {
		return nil, l.err
	}
	return w, src.surplus(l.used)
}

func (l *loader) block(c Config, layer string) block {
	d, mlp := c.HiddenSize, c.IntermediateSize
	return block{
		before: l.layerNorm(layer+"layernorm_before", d),
		after:  l.layerNorm(layer+"layernorm_after", d),
		qkv:    l.qkv(c, layer+"attention.attention."),
		proj:   l.linear(l.arithmetic.linear, layer+"attention.output.dense", d, d),
		fc1:    l.linear(l.arithmetic.linear, layer+"intermediate.dense", mlp, d),
		fc2:    l.linear(l.arithmetic.linear, layer+"output.dense", d, mlp),
	}
}

func (l *loader) layerNorm(name string, d int) layerNorm {
	return layerNorm{l.read(name+".weight", d), l.read(name+".bias", d)}
}

// linear reads a weight (out, in...) and its bias (out).
func (l *loader) linear(p simd.Precision, name string, out int, in ...int) (lin linear) {
	weight := l.read(name+".weight", append([]int{out}, in...)...)
	lin.bias = l.read(name+".bias", out)
	l.pack(&lin, p, weight, out)
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
	l.pack(&lin, l.arithmetic.linear, weight, 3*d)
	return lin
}

// pack lays a weight of the given rows out for the kernel, unless reading failed.
func (l *loader) pack(lin *linear, p simd.Precision, weight []float32, rows int) {
	if l.err == nil {
		columns := len(weight) / rows
		lin.w.Pack(p, weight, rows, columns, columns)
	}
}
