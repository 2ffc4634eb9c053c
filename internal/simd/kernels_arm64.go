//go:build !purego

package simd

var neon = kernels{
	name: "neon",
	rows: 6, cols: 16, gemm: gemmNEON,
	dot: dotNEON, gelu: geluNEON, softmax: softmaxNEON, layerNorm: layerNormNEON,
	narrow: narrowGeneric, widen: widenGeneric, narrowFloat16: narrowFloat16Generic, widenFloat16: widenFloat16Generic,
	interleave: interleaveGeneric,
	extent:     extentGeneric, codes: codesGeneric, dotCodes: dotCodesNEON, dotCodesOf: dotCodesEach(dotCodesNEON),
	dotNibblesOf: dotNibblesOfNEON, dotSplit: dotSplitNEON, fetch: fetchNEON,
	horizontalRows: 1, horizontal: horizontalGeneric, vertical: verticalGeneric,
}

// supported lists what this CPU can run, best first. Every arm64 has NEON.
func supported() []*kernels { return []*kernels{&neon, &generic} }

//go:noescape
func gemmNEON(c []float32, ldc int, a []float32, lda int, w, bias []float32, k, rows int, add bool, ahead uintptr)

//go:noescape
func dotNEON(a, b []float32) (sum float32)

//go:noescape
func geluNEON(x []float32)

//go:noescape
func dotCodesNEON(a, b []int8) (sum int32)

//go:noescape
func dotNibblesOfNEON(dst []int32, query []int8, at []*Nibbles)

//go:noescape
func dotSplitNEON(first, other *Nibbles, a, b []Nibbles) (along, across int32)

//go:noescape
func fetchNEON(p *byte, n int)

//go:noescape
func softmaxNEON(x []float32, scale float32)

//go:noescape
func layerNormNEON(dst, x, gain, bias []float32, eps float32)
