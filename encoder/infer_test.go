package encoder

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shapesOf are the tensors of a config without values: what inference reads.
func shapesOf(t testing.TB, c Config) map[string]tensor {
	t.Helper()
	s := shapes{}
	if _, err := loadWeights(c, s, arithmetic{}); err == nil {
		t.Fatal("weights without values were loaded")
	}
	return s
}

// shapes is a source that only takes down what it is asked for.
type shapes map[string]tensor

func (s shapes) surplus(map[string]bool) error { return errors.New("no values") }

func (s shapes) read(name string, shape ...int) ([]float32, error) {
	s[name] = tensor{"F32", shape, nil}
	return make([]float32, product(shape)), nil
}

// vitConfig is a ViT of the literature.
func vitConfig(d, depth, patch, image int) Config {
	c := defaultConfig()
	c.HiddenSize, c.NumHiddenLayers, c.NumAttentionHeads, c.IntermediateSize = d, depth, d/64, 4*d
	c.PatchSize, c.ImageSize = patch, image
	return c
}

func TestInferConfig(t *testing.T) {
	for name, want := range map[string]Config{
		"ViT-S/16": vitConfig(384, 2, 16, 224), "ViT-S/8": vitConfig(384, 2, 8, 224),
		"ViT-B/16": vitConfig(768, 1, 16, 224), "ViT-B/8": vitConfig(768, 1, 8, 224),
		"ViT-B/14 at 518": vitConfig(768, 1, 14, 518), "ViT-L/16": vitConfig(1024, 1, 16, 384), "ViT-Ti/16": vitConfig(192, 3, 16, 224),
	} {
		tensors := shapesOf(t, want)
		for _, dino := range []bool{false, true} {
			want.LayerNormEps = 1e-12
			if dino {
				want.LayerNormEps = 1e-6
			}
			got, err := inferConfig(fileSource{tensors: tensors, dino: dino})
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%s: %v %s", name, err, diff)
			}
		}
	}
	without := vitConfig(192, 2, 16, 224)
	without.QKVBias = false
	got, err := inferConfig(fileSource{tensors: shapesOf(t, without)})
	if diff := cmp.Diff(without, got); diff != "" || err != nil {
		t.Errorf("no biases: %v %s", err, diff)
	}
}

func TestInferConfigRefuses(t *testing.T) {
	const patch, positions, fc1 = "embeddings.patch_embeddings.projection.weight", "embeddings.position_embeddings", "encoder.layer.0.intermediate.dense.weight"
	for name, c := range map[string]struct {
		config Config
		change func(map[string]tensor)
		want   string
	}{
		"ViT-H":          {vitConfig(1280, 1, 14, 224), func(map[string]tensor) {}, "heads of a ViT 1280 wide"},
		"48 wide":        {vitConfig(192, 1, 16, 224), func(m map[string]tensor) { m[patch] = tensor{"F32", []int{48, 3, 16, 16}, nil} }, "heads of a ViT 48 wide"},
		"no patch":       {vitConfig(64, 1, 16, 64), func(m map[string]tensor) { delete(m, patch) }, "hidden_size 0"},
		"flat patch":     {vitConfig(64, 1, 16, 64), func(m map[string]tensor) { m[patch] = tensor{"F32", []int{64, 768}, nil} }, "hidden_size 0"},
		"grey":           {vitConfig(64, 1, 16, 64), func(m map[string]tensor) { m[patch] = tensor{"F32", []int{64, 1, 16, 16}, nil} }, "num_channels 1"},
		"huge patch":     {vitConfig(64, 1, 16, 64), func(m map[string]tensor) { m[patch] = tensor{"F32", []int{64, 3, 1 << 30, 16}, nil} }, "patch_size"},
		"huge grid":      {vitConfig(64, 1, 16, 64), func(m map[string]tensor) { m[positions] = tensor{"F32", []int{1, 1 << 30, 64}, nil} }, "image_size"},
		"no positions":   {vitConfig(64, 1, 16, 64), func(m map[string]tensor) { delete(m, positions) }, "image_size 0"},
		"no square":      {vitConfig(64, 1, 16, 64), func(m map[string]tensor) { m[positions] = tensor{"F32", []int{1, 16, 64}, nil} }, "16 rows"},
		"no MLP":         {vitConfig(64, 1, 16, 64), func(m map[string]tensor) { delete(m, fc1) }, "intermediate_size 0"},
		"no first block": {vitConfig(64, 2, 16, 64), func(m map[string]tensor) { delete(m, "encoder.layer.0.layernorm_before.weight") }, "num_hidden_layers 0"},
	} {
		t.Run(name, func(t *testing.T) {
			tensors := shapesOf(t, c.config)
			c.change(tensors)
			_, err := inferConfig(fileSource{tensors: tensors})
			checkError(t, err, ErrConfig, c.want, "config.json")
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%v does not say that config.json is missing", err)
			}
		})
	}
}

// TestOpenBare: a checkpoint alone, in a folder or by its path, is the model
// that it is with a config.json that says the same.
func TestOpenBare(t *testing.T) {
	c := vitConfig(128, 2, 8, 32)
	c.LayerNormEps = dinoEps
	weights := torchState(t, dinoTensors(t, seededTensors(t, c, 1)))
	bare, whole := modelDir(t, map[string]any{"dino.pth": weights}), modelDir(t, map[string]any{"dino.pth": weights, "config.json": c})
	var want Model
	for i, path := range []string{whole, filepath.Join(whole, "dino.pth"), bare, filepath.Join(bare, "dino.pth")} {
		e, err := Open(path, WithWorkers(1))
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		got := e.Model()
		if wantName := filepath.Base(path); got.Name != wantName && got.Name+".pth" != wantName {
			t.Errorf("%s is called %s", path, got.Name)
		}
		if got.Name = ""; i == 0 {
			want = got
		}
		if got != want {
			t.Errorf("%s: %+v, want %+v", path, got, want)
		}
	}
	short := dinoTensors(t, seededTensors(t, c, 1))
	delete(short, "blocks.1.norm2.bias")
	_, err := Open(modelDir(t, map[string]any{"dino.pth": torchState(t, short)}))
	checkError(t, err, ErrWeights, "blocks.1.norm2.bias", "no config.json")
}
