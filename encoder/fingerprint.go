package encoder

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// fingerprint identifies everything that decides what a vector is: shape,
// preprocessing and the tensors as stored. Vectors of models with different
// fingerprints cannot be compared. It does not depend on the file's format, its
// names or the order in it, or on parts that are ignored: tensors go in under
// their Hugging Face names, with q, k and v apart. It does depend on the type
// they are stored in, and on config.json, if only by the epsilon that stands in
// for it (infer.go).
//
// It is computed at Open and not when first asked for, since each record of an
// image holds it: 0.23 s of the 0.90 s of CPU that opening ViT-B/16 (343 MB)
// takes where the processor has SHA instructions.
func fingerprint(c Config, p Preprocess, tensors map[string]tensor) string {
	h := sha256.New()
	header, err := json.Marshal([]any{"lookalike model 1", c, p.canonical()})
	if err != nil {
		panic(fmt.Sprintf("encoder: config cannot be written as JSON: %v", err)) // plain numbers and strings
	}
	h.Write(header)
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		t := tensors[name]
		h.Write(fmt.Appendf(nil, "\n%q %s %v %d ", name, t.dtype, t.shape, len(t.data)))
		h.Write(t.data)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// canonical clears what the steps that are off do not read, so that two ways
// of writing one preprocessing have one fingerprint.
func (p Preprocess) canonical() Preprocess {
	if !p.DoResize {
		p.Size, p.Resample = Size{}, 0
	}
	if !p.DoCenterCrop {
		p.CropSize = Size{}
	}
	if !p.DoRescale {
		p.RescaleFactor = 0
	}
	if !p.DoNormalize {
		p.Mean, p.Std = [3]float64{}, [3]float64{}
	}
	return p
}
