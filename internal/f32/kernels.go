package f32

import (
	"errors"
	"fmt"
	"os"
)

// kernels is one implementation of everything that is worth assembly.
// Lengths are checked by the callers; a kernel may read no further than told.
type kernels struct {
	name string
	// rows and cols are the largest tile that gemm fills in one call.
	rows, cols int
	gemm       func(c []float32, ldc int, a []float32, lda int, w, bias []float32, k, rows int, add bool)
	dot        func(a, b []float32) float32
	gelu       func(x []float32)
	softmax    func(x []float32, scale float32)
	layerNorm  func(dst, x, gain, bias []float32, eps float32)
}

var generic = kernels{
	name: "generic",
	rows: genericRows, cols: genericCols, gemm: gemmGeneric,
	dot: dotGeneric, gelu: geluGeneric, softmax: softmaxGeneric, layerNorm: layerNormGeneric,
}

// levelVariable is the environment variable that forces a level.
const levelVariable = "LOOKALIKE_CPU"

// ErrLevel is returned by [LevelErr] when LOOKALIKE_CPU names a level that
// does not exist or that this machine or this build cannot run.
var ErrLevel = errors.New("f32: no such kernels here")

// use is the level that this process runs; only tests change it.
var use, errUse = choose(os.Getenv(levelVariable), supported())

// choose returns the kernels called name, or the best, which come first in
// have, when name is empty. With the best come an error when name is unknown.
func choose(name string, have []*kernels) (*kernels, error) {
	if name == "" {
		return have[0], nil
	}
	for _, k := range have {
		if k.name == name {
			return k, nil
		}
	}
	return have[0], fmt.Errorf("%w: %s=%s; %s kernels are used instead; choose one of%s or leave the variable unset",
		ErrLevel, levelVariable, name, have[0].name, names(have))
}

// names lists the levels of have for a message, each with a space before it.
func names(have []*kernels) string {
	list := ""
	for _, k := range have {
		list += " " + k.name
	}
	return list
}

// Level names the kernels in use: "avx512", "avx2" or "generic".
func Level() string { return use.name }

// LevelErr tells why Level is not what LOOKALIKE_CPU asks for; it is nil when
// it is, and when the variable is not set.
func LevelErr() error { return errUse }
