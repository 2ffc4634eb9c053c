package encoder

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
)

// A checkpoint without config.json, as DINO publishes its own, is described by
// its tensors' shapes. Two values leave no trace in them:
//   - heads: D/64, as in DINO's ViT-S and ViT-B and every ViT up to ViT-L. Wider
//     models have wider heads and are refused, and so is a D that 64 does not divide;
//   - the LayerNorms' epsilon: 1e-6 for DINO's and timm's names, which both write
//     partial(nn.LayerNorm, eps=1e-6), and 1e-12 for Hugging Face's, ViTConfig's
//     default. Hugging Face's conversions of DINO have 1e-12 in their config.json,
//     which moves an embedding by less than float32's rounding.
const (
	headWidth      = 64
	widestInferred = 1024 // ViT-L; ViT-H has 1280, and heads of 80
	dinoEps        = 1e-6
)

// inferConfig returns the config that the tensors' shapes tell.
func inferConfig(f fileSource) (Config, error) {
	c := defaultConfig()
	patch := f.shape("embeddings.patch_embeddings.projection.weight", 4) // (D, 3, P, P)
	c.HiddenSize, c.NumChannels, c.PatchSize = patch[0], patch[1], patch[2]
	c.IntermediateSize = f.shape("encoder.layer.0.intermediate.dense.weight", 2)[0] // (M, D)
	positions := f.shape("embeddings.position_embeddings", 3)[1]                    // 1 + grid*grid
	grid := int(math.Sqrt(float64(max(positions-1, 0))))
	c.ImageSize = min(grid, maxSide) * min(c.PatchSize, maxSide)
	for c.NumHiddenLayers = 0; f.has(fmt.Sprintf("encoder.layer.%d.layernorm_before.weight", c.NumHiddenLayers)); {
		c.NumHiddenLayers++
	}
	c.NumAttentionHeads = max(c.HiddenSize/headWidth, 1)
	c.QKVBias = f.has("encoder.layer.0.attention.attention.query.bias")
	if f.dino {
		c.LayerNormEps = dinoEps
	}
	switch err := c.validate(); {
	case err != nil:
		return c, noConfig("%w, by the tensors' shapes", err)
	case 1+grid*grid != positions:
		return c, noConfig("%s has %d rows, which are not 1 + a square", f.label("embeddings.position_embeddings"), positions)
	case c.HiddenSize%headWidth != 0 || c.HiddenSize > widestInferred:
		return c, noConfig("the number of heads of a ViT %d wide is not known", c.HiddenSize)
	}
	return c, nil
}

// noConfig says why a model cannot do without config.json.
func noConfig(format string, args ...any) error {
	return fmt.Errorf("%w: config.json: %w; without it, %w", ErrConfig, fs.ErrNotExist, fmt.Errorf(format, args...))
}

// shape returns a tensor's shape, zeros if it is not there or has another rank.
func (f fileSource) shape(name string, rank int) []int {
	if t := f.tensors[name]; len(t.shape) == rank {
		return t.shape
	}
	return make([]int, rank)
}

func (f fileSource) has(name string) bool {
	_, ok := f.tensors[name]
	return ok
}

// inferConfig opens the weights for their shapes.
func (f modelFiles) inferConfig() (Config, error) {
	c, err := f.open()
	if err != nil {
		return Config{}, err
	}
	config, err := inferConfig(c.fileSource)
	return config, errors.Join(err, c.close())
}
