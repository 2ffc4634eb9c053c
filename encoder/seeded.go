package encoder

import (
	"fmt"
	"strings"
)

// Weights and pixels that any language can rebuild from a seed (SplitMix64
// keyed by FNV-1a of the tensor's name): the golden files were made of them,
// and a benchmark of full-size ViT-B/16 needs no download.

// ViTB16 is the shape of DINO ViT-B/16.
func ViTB16() Config { return defaultConfig() }

// ViT is the shape of another of DINO's ViTs: hidden is 384 in ViT-S, with 6
// heads, and 768 in ViT-B, with 12; patch is 16 or 8.
func ViT(hidden, heads, patch int) Config {
	c := defaultConfig()
	c.HiddenSize, c.NumAttentionHeads, c.IntermediateSize, c.PatchSize = hidden, heads, 4*hidden, patch
	return c
}

// Seeded builds an Encoder of the given shape whose weights come from a seed.
// Its vectors mean nothing; it costs what a trained model costs.
func Seeded(c Config, seed uint64, opts ...Option) (*Encoder, error) {
	m := Model{Name: fmt.Sprintf("seeded-%d", seed)}
	o, err := apply(opts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Name, err)
	}
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", m.Name, ErrConfig, err)
	}
	p, err := o.choose(HFPreprocess(), c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Name, err)
	}
	w, err := load(c, p, o.descriptor, seededSource{c, seed}, o.precision)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Name, err)
	}
	m.Fingerprint = o.descriptor.mark(fingerprint(c, p, map[string]tensor{m.Name: {}})) // the seed stands for the tensors
	return newEncoder(m, c, p, o.descriptor, w, o.workers), nil
}

// seededSource makes tensors on demand.
type seededSource struct {
	config Config
	seed   uint64
}

func (s seededSource) surplus(map[string]bool) error { return nil }

func (s seededSource) read(name string, shape ...int) ([]float32, error) {
	count := 1
	for _, n := range shape {
		count *= n
	}
	scale, offset := seededRule(name)
	values := seededValues(name, count, s.seed, scale, offset)
	if strings.Contains(name, "layernorm") && strings.HasSuffix(name, "weight") {
		for _, outlier := range []int{7, s.config.HiddenSize/2 + 3} { // trained transformers have such channels
			if outlier < count {
				values[outlier] *= 3
			}
		}
	}
	return values, nil
}

// seededRule is the scale and offset of a tensor, from its name.
func seededRule(name string) (scale, offset float32) {
	has := func(part string) bool { return strings.Contains(name, part) }
	switch bias := strings.HasSuffix(name, "bias"); {
	case name == "embeddings.cls_token", name == "embeddings.position_embeddings":
		return 0.5, 0
	case has("layernorm") && bias:
		return 0.2, 0
	case has("layernorm"):
		return 0.5, 1
	case bias:
		return 0.1, 0
	case has("patch_embeddings"):
		return 0.05, 0
	case has("query"), has("key"):
		return 0.12, 0
	}
	return 0.08, 0
}

// seededValues returns offset + scale*u(i), u uniform in [-1, 1).
func seededValues(name string, count int, seed uint64, scale, offset float32) []float32 {
	const golden = 0x9E3779B97F4A7C15
	z, values := fnv1a(name)^seed, make([]float32, count)
	for i := range values {
		z += golden
		u := float32(splitmix64(z)>>40)*(1.0/(1<<23)) - 1
		values[i] = offset + float32(scale*u) // the conversion keeps the product and the sum two roundings
	}
	return values
}

func fnv1a(text string) uint64 {
	h := uint64(0xCBF29CE484222325)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 0x100000001B3
	}
	return h
}

func splitmix64(z uint64) uint64 {
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// SeededPixels returns normalised pixels in about [-2, 2]: image k of the
// seed, 8x8 blocks of noise plus fine noise.
func SeededPixels(k, height, width int, seed uint64) Pixels {
	blocksDown, blocksAcross := (height+7)/8, (width+7)/8
	coarse := seededValues(fmt.Sprintf("pixels.%d.coarse", k), 3*blocksDown*blocksAcross, seed, 1.7, 0)
	px := Pixels{Data: seededValues(fmt.Sprintf("pixels.%d.fine", k), 3*height*width, seed, 0.3, 0), Width: width, Height: height}
	for i := range px.Data {
		c, y, x := i/(height*width), i/width%height, i%width
		px.Data[i] += coarse[(c*blocksDown+y/8)*blocksAcross+x/8]
	}
	return px
}
