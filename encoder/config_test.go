package encoder

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func configFS(name, content string) fs.FS {
	return fstest.MapFS{name: {Data: []byte(content)}}
}

func TestReadConfig(t *testing.T) {
	got, err := readConfig(configFS("config.json", `{"hidden_size": 384, "num_attention_heads": 6, "architectures": ["ViTModel"], "qkv_bias": false}`))
	if err != nil {
		t.Fatal(err)
	}
	want := ViTB16() // what the file does not say is ViT-B/16's
	want.HiddenSize, want.NumAttentionHeads, want.QKVBias = 384, 6, false
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadConfigRefuses(t *testing.T) {
	for content, want := range map[string]string{
		`{`:                              "config.json",
		`{"hidden_size": "wide"}`:        "hidden_size",
		`{"hidden_size": 0}`:             "hidden_size 0",
		`{"hidden_size": 99999}`:         "hidden_size 99999",
		`{"num_hidden_layers": -1}`:      "num_hidden_layers -1",
		`{"num_attention_heads": 7}`:     "num_attention_heads 7",
		`{"num_attention_heads": 0}`:     "num_attention_heads 0",
		`{"intermediate_size": 0}`:       "intermediate_size 0",
		`{"patch_size": 0}`:              "patch_size 0",
		`{"image_size": 8}`:              "image_size 8",
		`{"image_size": 1000000}`:        "image_size 1000000",
		`{"num_channels": 1}`:            "num_channels 1",
		`{"layer_norm_eps": -1}`:         "layer_norm_eps -1",
		`{"hidden_act": "gelu_new"}`:     `hidden_act "gelu_new"`,
		`{"hidden_act": "relu"}`:         `hidden_act "relu"`,
		`{"layer_norm_eps": 1e400}`:      "config.json",
		`{"image_size": [224, 224]}`:     "image_size",
		`{"num_hidden_layers": 1000000}`: "num_hidden_layers 1000000",
	} {
		_, err := readConfig(configFS("config.json", content))
		checkError(t, err, ErrConfig, want, "config.json")
	}
	if _, err := readConfig(fstest.MapFS{}); !errors.Is(err, ErrConfig) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no config.json: %v", err)
	}
}
