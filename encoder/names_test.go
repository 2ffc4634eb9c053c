package encoder

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// dinoTensors renames a model's tensors as DINO and timm have them.
func dinoTensors(t testing.TB, tensors map[string]tensor) map[string]tensor {
	t.Helper()
	out := map[string]tensor{}
	for name, x := range tensors {
		for _, part := range []string{"query", "key", "value"} {
			if before, kind, ok := strings.Cut(name, part); ok {
				name, x = before+"query"+kind, fuse(tensors, before, kind)
			}
		}
		theirs := dinoName(name)
		if theirs == "" {
			t.Fatalf("DINO has no name for %s", name)
		}
		out[theirs] = x
	}
	return out
}

// fuse stacks q, k and v.
func fuse(tensors map[string]tensor, before, kind string) tensor {
	var out tensor
	for _, part := range []string{"query", "key", "value"} {
		x := tensors[before+part+kind]
		out.dtype, out.shape = x.dtype, slices.Clone(x.shape)
		out.data = append(out.data, x.data...)
	}
	out.shape[0] *= 3
	return out
}

// prefixed puts a prefix before every name.
func prefixed(tensors map[string]tensor, prefix string) map[string]tensor {
	out := map[string]tensor{}
	for name, x := range tensors {
		out[prefix+name] = x
	}
	return out
}

// TestNames: every naming of a model becomes the one of Hugging Face.
func TestNames(t *testing.T) {
	want := seededTensors(t, tinyConfig(), 1)
	dino := dinoTensors(t, want)
	split := map[string]tensor{}
	for name, x := range dino {
		before, kind, isFused := strings.Cut(name, "attn.qkv")
		if !isFused {
			split[name] = x
			continue
		}
		third := len(x.data) / 3
		for i, part := range []string{"q", "k", "v"} {
			shape := slices.Clone(x.shape)
			shape[0] /= 3
			split[before+"attn."+part+kind] = tensor{x.dtype, shape, x.data[i*third : (i+1)*third]}
		}
	}
	both := prefixed(dino, "teacher.backbone.")
	maps.Copy(both, prefixed(map[string]tensor{"cls_token": f32Tensor([]float32{9}, 1)}, "student.module.backbone."))
	heads := maps.Clone(dino)
	for _, name := range []string{"head.weight", "fc_norm.bias", "module.head.mlp.0.weight", "pooler.dense.weight", "classifier.bias"} {
		heads[name] = f32Tensor([]float32{9}, 1)
	}
	for name, tensors := range map[string]map[string]tensor{
		"Hugging Face": want, "DINO": dino, "split qkv": split, "heads": heads, "teacher and student": both,
		"vit.": prefixed(want, "vit."), "module.backbone.": prefixed(dino, "module.backbone."),
		"student.": prefixed(dino, "student.module.backbone."), "backbone.vit.": prefixed(want, "backbone.vit."),
	} {
		got, err := newFileSource(tensors)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got.tensors, cmp.AllowUnexported(tensor{})); diff != "" {
			t.Errorf("%s: other tensors", name)
		}
		if hf := name == "Hugging Face" || strings.HasSuffix(name, "vit."); got.dino == hf {
			t.Errorf("%s: DINO's names: %v", name, got.dino)
		}
	}
}

// TestDinoNamesRefused: errors name a tensor as the file does.
func TestDinoNamesRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(map[string]tensor)
		want   []string
	}{
		"missing":       {func(m map[string]tensor) { delete(m, "blocks.1.norm1.weight") }, []string{`"blocks.1.norm1.weight"`, "missing"}},
		"missing qkv":   {func(m map[string]tensor) { delete(m, "blocks.1.attn.qkv.bias") }, []string{`"blocks.1.attn.qkv.bias"`, "missing"}},
		"missing token": {func(m map[string]tensor) { delete(m, "cls_token") }, []string{`"cls_token"`, "missing"}},
		"misshapen":     {func(m map[string]tensor) { m["norm.bias"] = f32Tensor(make([]float32, 8), 8) }, []string{`"norm.bias"`, "[8]", "[16]"}},
		"narrow qkv": {func(m map[string]tensor) { m["blocks.0.attn.qkv.weight"] = f32Tensor(make([]float32, 24*16), 24, 16) },
			[]string{`"blocks.0.attn.qkv.weight"`, "[8 16]"}},
		"no thirds":   {func(m map[string]tensor) { m["blocks.0.attn.qkv.bias"] = f32Tensor(make([]float32, 16), 16) }, []string{`"blocks.0.attn.qkv.bias"`, "in one"}},
		"no shape":    {func(m map[string]tensor) { m["blocks.0.attn.qkv.bias"] = f32Tensor([]float32{1}) }, []string{`"blocks.0.attn.qkv.bias"`, "in one"}},
		"surplus":     {func(m map[string]tensor) { m["blocks.0.ls1.gamma"] = f32Tensor(nil, 0) }, []string{`"blocks.0.ls1.gamma"`, "does not belong"}},
		"block 2":     {func(m map[string]tensor) { m["blocks.2.norm1.weight"] = f32Tensor(nil, 0) }, []string{`"blocks.2.norm1.weight"`, "does not belong"}},
		"block 01":    {func(m map[string]tensor) { m["blocks.01.norm1.weight"] = f32Tensor(nil, 0) }, []string{`"blocks.01.norm1.weight"`, "does not belong"}},
		"two names":   {func(m map[string]tensor) { m["layernorm.bias"] = m["norm.bias"] }, []string{`"norm.bias"`, `"layernorm.bias"`}},
		"two layouts": {func(m map[string]tensor) { m["blocks.0.attn.k.bias"] = m["norm.bias"] }, []string{`"blocks.0.attn.k.bias"`, `"blocks.0.attn.qkv.bias"`}},
		"integers":    {func(m map[string]tensor) { m["norm.bias"] = tensor{"I8", []int{16}, make([]byte, 16)} }, []string{`"norm.bias"`, "I8"}},
	} {
		t.Run(name, func(t *testing.T) {
			tensors := dinoTensors(t, seededTensors(t, tinyConfig(), 1))
			c.change(tensors)
			_, err := Open(modelDir(t, map[string]any{"config.json": tinyConfig(), "x.pth": torchState(t, tensors)}))
			checkError(t, err, ErrWeights, c.want...)
		})
	}
}

// TestCanonicalName: names of other models are left alone, not guessed at.
func TestCanonicalName(t *testing.T) {
	for _, name := range []string{
		"", "norm", "norm.gain", "norm.weight.weight", "blocks.norm1.weight", "blocks.x.norm1.weight", "blocks.0.norm3.weight",
		"blocks.0.attn.qkv_norm.weight", "encoder.layer.0.norm1.weight", "x.blocks.0.norm1.weight", "dist_token", "reg_token",
	} {
		if got, dino := canonicalName(name); got != name && name != "norm" || dino && name != "norm" {
			t.Errorf("%q became %q", name, got)
		}
	}
	for hf := range seededTensors(t, tinyConfig(), 1) {
		got, dino := canonicalName(dinoName(hf))
		want := hf
		for _, part := range []string{"query", "key", "value"} {
			want = strings.Replace(want, "attention.attention."+part, fused, 1)
		}
		if got != want || !dino {
			t.Errorf("%s is DINO's %s, which is %s", hf, dinoName(hf), got)
		}
	}
	if got := fmt.Sprint(dinoName("pooler.dense.weight"), dinoName("encoder.layer.0.x")); got != "" {
		t.Errorf("DINO calls it %s", got)
	}
}
