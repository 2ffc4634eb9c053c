package encoder

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Checkpoints of one model differ in their names. Here they become those of
// Hugging Face's ViTModel, with q, k and v apart; a fused qkv (3D, D) is cut
// into its thirds, which are views as well.

// ignored are parts of a checkpoint that an encoder has no use for.
var ignored = []string{"pooler.", "classifier.", "head.", "fc_norm."}

// prefixes come from models around the ViT: a classifier, DINO's head, a
// parallel wrapper, a training checkpoint.
var prefixes = []string{"vit.", "module.", "backbone.", "teacher.", "student."}

// fused is q, k and v in one.
const fused = "attention.attention.qkv"

// dinoNames are the names of DINO's vision_transformer.py and of timm beside
// Hugging Face's, without .weight and .bias: outside the blocks, and in block N
// behind "blocks.N." and "encoder.layer.N.".
var dinoNames, dinoBlockNames = [][2]string{
	{"cls_token", "embeddings.cls_token"},
	{"pos_embed", "embeddings.position_embeddings"},
	{"patch_embed.proj", "embeddings.patch_embeddings.projection"},
	{"norm", "layernorm"},
}, [][2]string{
	{"norm1", "layernorm_before"},
	{"norm2", "layernorm_after"},
	{"attn.qkv", fused},
	{"attn.q", "attention.attention.query"},
	{"attn.k", "attention.attention.key"},
	{"attn.v", "attention.attention.value"},
	{"attn.proj", "attention.output.dense"},
	{"mlp.fc1", "intermediate.dense"},
	{"mlp.fc2", "output.dense"},
}

// fileSource is the tensors of a checkpoint by their Hugging Face names.
type fileSource struct {
	tensors map[string]tensor
	called  map[string]string // Hugging Face's name -> the file's
	dino    bool              // the file has DINO's names, which timm's are too
}

// newFileSource renames a checkpoint's tensors and drops what is ignored.
func newFileSource(tensors map[string]tensor) (fileSource, error) {
	f := fileSource{map[string]tensor{}, map[string]string{}, false}
	both := hasPrefix(tensors, "teacher.") && hasPrefix(tensors, "student.")
	for _, theirs := range slices.Sorted(maps.Keys(tensors)) {
		short := trimPrefixes(theirs)
		unused := slices.ContainsFunc(ignored, func(p string) bool { return strings.HasPrefix(short, p) })
		if unused || both && strings.HasPrefix(theirs, "student.") {
			continue
		}
		name, dino := canonicalName(short)
		f.dino = f.dino || dino
		if err := f.add(name, theirs, tensors[theirs]); err != nil {
			return f, err
		}
	}
	return f, nil
}

func hasPrefix(tensors map[string]tensor, prefix string) bool {
	for name := range tensors {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// trimPrefixes takes all prefixes off, in whatever order they nest.
func trimPrefixes(name string) string {
	for again := true; again; {
		again = false
		for _, p := range prefixes {
			if short, ok := strings.CutPrefix(name, p); ok {
				name, again = short, true
			}
		}
	}
	return name
}

// blockName is a tensor's name in DINO's block or Hugging Face's layer.
var blockName = regexp.MustCompile(`^(blocks|encoder\.layer)\.(\d+)\.(.+)$`)

// canonicalName returns Hugging Face's name for a tensor, and whether name was
// DINO's. An unknown name stays as it is.
func canonicalName(name string) (canonical string, dino bool) {
	stem, kind := name, ""
	if i := strings.LastIndexByte(name, '.'); i >= 0 && (name[i:] == ".weight" || name[i:] == ".bias") {
		stem, kind = name[:i], name[i:]
	}
	names, prefix := dinoNames, ""
	if m := blockName.FindStringSubmatch(stem); m != nil && m[1] == "blocks" {
		names, prefix, stem = dinoBlockNames, "encoder.layer."+m[2]+".", m[3]
	}
	for _, n := range names {
		if stem == n[0] {
			return prefix + n[1] + kind, true
		}
	}
	return name, false
}

// add files a tensor under its name, a fused one under three.
func (f *fileSource) add(name, theirs string, t tensor) error {
	before, kind, isFused := strings.Cut(name, fused)
	if !isFused {
		return f.addOne(name, theirs, t)
	}
	if len(t.shape) == 0 || t.shape[0]%3 != 0 {
		return fmt.Errorf("%w: tensor %q of shape %v is not q, k and v in one", ErrWeights, theirs, t.shape)
	}
	for i, part := range []string{"query", "key", "value"} {
		n := len(t.data) / 3
		third := tensor{t.dtype, slices.Clone(t.shape), t.data[i*n : (i+1)*n]}
		third.shape[0] /= 3
		if err := f.addOne(before+"attention.attention."+part+kind, theirs, third); err != nil {
			return err
		}
	}
	return nil
}

func (f *fileSource) addOne(name, theirs string, t tensor) error {
	if other, twice := f.called[name]; twice {
		return fmt.Errorf("%w: %q and %q are one tensor but for a prefix or naming (%s)", ErrWeights, other, theirs, name)
	}
	f.tensors[name], f.called[name] = t, theirs
	return nil
}

// label names a tensor for a message: as the file calls it, or would.
func (f fileSource) label(name string) string {
	theirs := f.called[name]
	if theirs == "" && f.dino {
		theirs = dinoName(name)
	}
	if theirs == "" || theirs == name {
		return strconv.Quote(name)
	}
	return fmt.Sprintf("%q (%s)", theirs, name)
}

// dinoName is canonicalName's inverse, with q, k and v fused; empty for what DINO has not.
func dinoName(canonical string) string {
	for _, part := range []string{"query", "key", "value"} {
		canonical = strings.Replace(canonical, "attention.attention."+part, fused, 1)
	}
	stem, names, prefix := canonical, dinoNames, ""
	if m := blockName.FindStringSubmatch(canonical); m != nil {
		names, prefix, stem = dinoBlockNames, "blocks."+m[2]+".", m[3]
	}
	for _, n := range names {
		if kind, ok := strings.CutPrefix(stem, n[1]); ok && (kind == "" || kind == ".weight" || kind == ".bias") {
			return prefix + n[0] + kind
		}
	}
	return ""
}
