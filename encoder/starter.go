package encoder

import (
	"embed"
	"fmt"
	"io/fs"

	"lookalike/internal/simd"
)

// StarterNote goes with every result of the starter model.
const StarterNote = "starter model: finds edited copies; for meaning, install DINO"

// starterFiles is the embedded model; starter/README.md is its card, with how
// it was made and what it can do.
//
//go:embed starter/config.json starter/preprocessor_config.json starter/model.safetensors
var starterFiles embed.FS

// Starter opens the model that is part of the program: a small ViT trained from
// scratch by this project on procedurally generated pictures.
func Starter(opts ...Option) (*Encoder, error) {
	e, err := openStarter(opts)
	if err != nil {
		return nil, fmt.Errorf("open starter model: %w", err)
	}
	return e, nil
}

func openStarter(opts []Option) (*Encoder, error) {
	files, err := fs.Sub(starterFiles, "starter")
	if err != nil {
		return nil, err
	}
	weights, err := fs.ReadFile(files, weightsFile)
	if err != nil {
		return nil, err
	}
	d, err := describe(files, "starter", opts)
	if err == nil {
		err = d.choosePreprocess()
	}
	if err != nil {
		return nil, err
	}
	d.model.Starter = true
	if d.options.precision == Auto {
		d.options.precision = starterAuto()
	}
	tensors, err := parseSafetensors(weights)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWeights, err)
	}
	src, err := newFileSource(tensors)
	if err != nil {
		return nil, err
	}
	return d.open(&checkpoint{fileSource: src})
}

// starterAuto is what loadFastest finds for the starter model, which a test
// verifies: it is opened by every command and has no file to remember it in.
func starterAuto() Precision {
	if simd.Has(simd.Int8) {
		return Int8
	}
	return Float32
}
