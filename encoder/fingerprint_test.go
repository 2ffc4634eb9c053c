package encoder

import (
	"encoding/hex"
	"slices"
	"testing"
)

// TestFingerprint: it follows all that decides a vector, and nothing else.
func TestFingerprint(t *testing.T) {
	tensors := seededTensors(t, tinyConfig(), 1)
	weights := safetensorsFile(t, tensors)
	// with is the fingerprint of the plain model with one file changed.
	with := func(name string, content any) string {
		t.Helper()
		files := map[string]any{"config.json": tinyConfig(), weightsFile: weights}
		files[name] = content
		e, err := Open(modelDir(t, files), WithWorkers(1))
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		return e.Model().Fingerprint
	}
	plain := with("README.md", "not a part of the model")
	if raw, err := hex.DecodeString(plain); err != nil || len(raw) != 32 {
		t.Errorf("%q is not a SHA-256", plain)
	}
	for name, content := range map[string]string{
		"all said":      `{"size": 224, "resample": 2, "do_center_crop": false}`,
		"an unused one": `{"crop_size": 96}`,
	} {
		if got := with(preprocessFile, content); got != plain {
			t.Errorf("%s: another fingerprint for the same model", name)
		}
	}
	eps := tinyConfig()
	eps.LayerNormEps = 1e-6
	tensors["layernorm.bias"].data[0] ^= 1 // the last bit of one value
	seen := []string{plain}
	for name, content := range map[string]any{
		"config.json": eps, preprocessFile: `{"resample": 3}`, weightsFile: safetensorsFile(t, tensors),
	} {
		got := with(name, content)
		if slices.Contains(seen, got) {
			t.Errorf("%s does not change the fingerprint", name)
		}
		seen = append(seen, got)
	}
}

func TestCanonical(t *testing.T) {
	off, other := Preprocess{}, HFPreprocess()
	other.DoResize, other.DoRescale, other.DoNormalize = false, false, false
	if got := other.canonical(); got != off {
		t.Errorf("with every step off %+v is left", got)
	}
	all := EvalPreprocess()
	if got := all.canonical(); got != all {
		t.Errorf("%+v became %+v", all, got)
	}
}
