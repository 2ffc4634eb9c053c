package simd

import (
	"errors"
	"fmt"
	"os"
)

// kernels is one implementation of everything that is worth assembly: a level.
// Lengths are checked by the callers; a kernel may read no further than told.
type kernels struct {
	name string
	// rows and cols are the largest tile that a product fills in one call. Its
	// lda and k are in words: one float32, two halves, four int8. gemmFloat16 is
	// given at most float16Words of them. ahead is the
	// address of what will be read soon, for kernels that fetch it meanwhile. A
	// level without instructions for a precision has nil there.
	rows, cols   int
	gemm         func(c []float32, ldc int, a []float32, lda int, w, bias []float32, k, rows int, add bool, ahead uintptr)
	gemmBFloat16 func(c []float32, ldc int, a []uint32, lda int, w []uint32, bias []float32, k, rows int, add bool, ahead uintptr)
	gemmFloat16  func(c []float32, ldc int, a []uint32, lda int, w []uint32, bias []float32, k, rows int, add bool, ahead uintptr)
	gemmInt8     func(c []float32, ldc int, a []uint32, lda int, w []uint32, bias []float32, k, rows int, add bool, affine, scale, sums []float32, ahead uintptr)
	top          float32 // the largest code of a weight that gemmInt8 takes, of either sign

	dot           func(a, b []float32) float32
	gelu          func(x []float32)
	softmax       func(x []float32, scale float32)
	layerNorm     func(dst, x, gain, bias []float32, eps float32)
	narrow        func(dst []uint16, ldd int, src []float32, lds, rows, cols int)
	widen         func(dst []float32, src []uint16)
	narrowFloat16 func(dst []uint16, ldd int, src []float32, lds, rows, cols int)
	widenFloat16  func(dst []float32, src []uint16)
	interleave    func(dst, even, odd []uint16)
	extent        func(x []float32) (lo, hi float32)
	codes         func(dst []uint8, x []float32, lo, inv float32)
	dotCodes      func(a, b []int8) int32
	dotCodesOf    func(dst []int32, query []int8, at []*int8)
	dotNibblesOf  func(dst []int32, query []int8, at []*Nibbles)
	dotSplit      func(first, other *Nibbles, a, b []Nibbles) (along, across int32)
	fetch         func(p *byte, n int)
	// horizontalRows is how many rows horizontal resizes in one call.
	horizontalRows int
	horizontal     func(dst []byte, dstStride int, src []byte, srcStride int, t *Taps)
	vertical       func(dst, rows []byte, stride int, weights []int32)
}

// generic is the definition of every kernel.
var generic = kernels{
	name: "generic",
	rows: genericRows, cols: genericCols,
	gemm: gemmGeneric, gemmBFloat16: gemmBFloat16Generic, gemmFloat16: gemmFloat16Generic, gemmInt8: gemmInt8Generic, top: 127,
	dot: dotGeneric, gelu: geluGeneric, softmax: softmaxGeneric, layerNorm: layerNormGeneric,
	narrow: narrowGeneric, widen: widenGeneric, narrowFloat16: narrowFloat16Generic, widenFloat16: widenFloat16Generic,
	interleave: interleaveGeneric,
	extent:     extentGeneric, codes: codesGeneric, dotCodes: dotCodesGeneric, dotCodesOf: dotCodesEach(dotCodesGeneric),
	dotNibblesOf: dotNibblesOfGeneric, dotSplit: dotSplitGeneric, fetch: fetchGeneric,
	horizontalRows: 1, horizontal: horizontalGeneric, vertical: verticalGeneric,
}

// levelVariable is the environment variable that forces a level.
const levelVariable = "LOOKALIKE_CPU"

// ErrLevel is returned by [LevelErr] when LOOKALIKE_CPU names a level that
// does not exist or that this machine or this build cannot run.
var ErrLevel = errors.New("simd: no such kernels here")

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

// Level names the kernels in use, "avx512" or "generic" for instance; the
// package comment lists all.
func Level() string { return use.name }

// LevelErr tells why Level is not what LOOKALIKE_CPU asks for; it is nil when
// it is, and when the variable is not set.
func LevelErr() error { return errUse }
