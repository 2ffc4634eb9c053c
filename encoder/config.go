package encoder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

// Config is the shape of a ViT, with the names of Hugging Face's config.json.
type Config struct {
	HiddenSize        int     `json:"hidden_size"`         // D, width of a token
	NumHiddenLayers   int     `json:"num_hidden_layers"`   // blocks
	NumAttentionHeads int     `json:"num_attention_heads"` // H; a head is D/H wide
	IntermediateSize  int     `json:"intermediate_size"`   // width of the MLP
	ImageSize         int     `json:"image_size"`          // side in pixels that the position embedding was trained for
	PatchSize         int     `json:"patch_size"`          // side of a patch in pixels
	NumChannels       int     `json:"num_channels"`        // 3: RGB
	LayerNormEps      float64 `json:"layer_norm_eps"`
	HiddenAct         string  `json:"hidden_act"` // "gelu", the exact erf form
	QKVBias           bool    `json:"qkv_bias"`   // whether q, k and v carry biases
}

// defaultConfig is Hugging Face's ViTConfig, which config.json overrides.
func defaultConfig() Config {
	return Config{HiddenSize: 768, NumHiddenLayers: 12, NumAttentionHeads: 12, IntermediateSize: 3072,
		ImageSize: 224, PatchSize: 16, NumChannels: 3, LayerNormEps: 1e-12, HiddenAct: "gelu", QKVBias: true}
}

// Limits on a config, so that a hostile one cannot ask for absurd memory: the
// largest ViT of the literature (ViT-22B) is 6144 wide and 48 deep.
const (
	maxHidden = 16384
	maxLayers = 256
	maxSide   = 4096
)

// readConfig reads and validates config.json.
func readConfig(fsys fs.FS) (Config, error) {
	c := defaultConfig()
	if err := readJSON(fsys, "config.json", &c); err != nil {
		return c, err
	}
	if err := c.validate(); err != nil {
		return c, fmt.Errorf("%w: config.json: %w", ErrConfig, err)
	}
	return c, nil
}

// validate names the first field that no ViT can have.
func (c Config) validate() error {
	switch {
	case c.HiddenSize < 1 || c.HiddenSize > maxHidden:
		return fmt.Errorf("hidden_size %d is not in 1..%d", c.HiddenSize, maxHidden)
	case c.NumHiddenLayers < 1 || c.NumHiddenLayers > maxLayers:
		return fmt.Errorf("num_hidden_layers %d is not in 1..%d", c.NumHiddenLayers, maxLayers)
	case c.NumAttentionHeads < 1 || c.HiddenSize%c.NumAttentionHeads != 0:
		return fmt.Errorf("num_attention_heads %d does not divide hidden_size %d", c.NumAttentionHeads, c.HiddenSize)
	case c.IntermediateSize < 1 || c.IntermediateSize > 8*maxHidden:
		return fmt.Errorf("intermediate_size %d is not in 1..%d", c.IntermediateSize, 8*maxHidden)
	case c.PatchSize < 1 || c.PatchSize > maxSide:
		return fmt.Errorf("patch_size %d is not in 1..%d", c.PatchSize, maxSide)
	case c.ImageSize < c.PatchSize || c.ImageSize > maxSide:
		return fmt.Errorf("image_size %d is not in %d..%d", c.ImageSize, c.PatchSize, maxSide)
	case c.NumChannels != 3:
		return fmt.Errorf("num_channels %d: only RGB (3) is supported", c.NumChannels)
	case !(c.LayerNormEps >= 0 && c.LayerNormEps < 1):
		return fmt.Errorf("layer_norm_eps %g is not in [0, 1)", c.LayerNormEps)
	case c.HiddenAct != "gelu":
		return fmt.Errorf("hidden_act %q is unknown; this encoder has \"gelu\" (exact erf)", c.HiddenAct)
	}
	return nil
}

// gridSide is the number of trained patches along a side.
func (c Config) gridSide() int { return c.ImageSize / c.PatchSize }

// headDim is the width of one attention head.
func (c Config) headDim() int { return c.HiddenSize / c.NumAttentionHeads }

// patchDim is the number of values in a patch.
func (c Config) patchDim() int { return c.NumChannels * c.PatchSize * c.PatchSize }

// maxJSON bounds the model's JSON files, in bytes. Names of 21,000 classes take 1 MB.
const maxJSON = 16 << 20

// readJSON reads one of the model's JSON files over the values in v.
func readJSON(fsys fs.FS, name string, v any) error {
	info, err := fs.Stat(fsys, name) // first: opening a pipe would wait for a writer
	switch {
	case err == nil && !info.Mode().IsRegular():
		err = fmt.Errorf("%s is not a regular file", name)
	case err == nil && info.Size() > maxJSON:
		err = fmt.Errorf("%s has %d bytes: more than %d", name, info.Size(), maxJSON)
	}
	var data []byte
	if err == nil {
		data, err = fs.ReadFile(fsys, name)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrConfig, name, err)
	}
	return nil
}

// missing reports whether an optional file is simply not there.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
