//go:build !purego

package simd

import "github.com/klauspost/cpuid/v2"

var avx2 = kernels{
	name: "avx2",
	rows: 6, cols: 16, gemm: gemmAVX2, gemmInt8: gemmInt8AVX2, top: 64,
	dot: dotAVX2, gelu: geluAVX2, softmax: softmaxAVX2, layerNorm: layerNormAVX2,
	narrow: narrowGeneric, widen: widenGeneric, interleave: interleaveGeneric,
	extent: extentAVX2, codes: codesAVX2, dotCodes: dotCodesAVX2, dotCodesOf: dotCodesEach(dotCodesAVX2),
	horizontalRows: 4, horizontal: horizontalAVX2, vertical: verticalAVX2,
}

// avxVNNI is AVX2 with the int8 products of CPUs that have no AVX-512.
var avxVNNI = avx2.and("avxvnni", func(k *kernels) { k.gemmInt8, k.top = gemmInt8AVXVNNI, 127 })

var avx512 = kernels{
	name: "avx512",
	rows: 14, cols: 32, gemm: gemmAVX512,
	dot: dotAVX512, gelu: geluAVX512, softmax: softmaxAVX512, layerNorm: layerNormAVX512,
	narrow: narrowGeneric, widen: widenAVX512, interleave: interleaveAVX512,
	extent: extentAVX512, codes: codesAVX512, dotCodes: dotCodesAVX2, dotCodesOf: dotCodesEach(dotCodesAVX2),
	horizontalRows: 8, horizontal: horizontalAVX512, vertical: verticalAVX512,
}

var avx512VNNI = avx512.and("avx512vnni", func(k *kernels) {
	k.gemmInt8, k.top = gemmInt8AVX512, 127
	k.dotCodes, k.dotCodesOf = dotCodesAVX512, dotCodesOfAVX512
})

var avx512BF16 = avx512VNNI.and("avx512bf16", func(k *kernels) { k.gemmBFloat16, k.narrow = gemmBFloat16AVX512, narrowAVX512 })

// and returns k, changed and with another name.
func (k kernels) and(name string, change func(*kernels)) kernels {
	k.name = name
	change(&k)
	return k
}

// supported lists what this CPU and its operating system can run, best first.
// cpuid reports AVX levels only where the system saves their registers. GELU
// needs the DQ part of AVX-512: bit operations on floats, signs to a mask; the
// rows of other precisions and of pictures need BW: words, and VL: masks on half
// a register.
func supported() []*kernels {
	have := []*kernels{&generic}
	for _, level := range []struct {
		kernels *kernels
		needs   []cpuid.FeatureID
	}{
		{&avx2, []cpuid.FeatureID{cpuid.AVX2, cpuid.FMA3}},
		{&avxVNNI, []cpuid.FeatureID{cpuid.AVX2, cpuid.FMA3, cpuid.AVXVNNI}},
		{&avx512, []cpuid.FeatureID{cpuid.AVX512F, cpuid.AVX512DQ, cpuid.AVX512BW, cpuid.AVX512VL}},
		{&avx512VNNI, []cpuid.FeatureID{cpuid.AVX512F, cpuid.AVX512DQ, cpuid.AVX512BW, cpuid.AVX512VL, cpuid.AVX512VNNI}},
		{&avx512BF16, []cpuid.FeatureID{cpuid.AVX512F, cpuid.AVX512DQ, cpuid.AVX512BW, cpuid.AVX512VL, cpuid.AVX512VNNI, cpuid.AVX512BF16}},
	} {
		if cpuid.CPU.Supports(level.needs...) {
			have = append([]*kernels{level.kernels}, have...)
		}
	}
	return have
}

// codesAVX2 leaves the last few to Go: AVX2 has no masked store of bytes.
func codesAVX2(dst []uint8, x []float32, lo, inv float32) {
	n := len(x) &^ 7
	codes8AVX2(dst, x[:n], lo, inv)
	codesGeneric(dst[n:], x[n:], lo, inv)
}

//go:noescape
func gemmAVX2(c []float32, ldc int, a []float32, lda int, w, bias []float32, k, rows int, add bool, ahead uintptr)

//go:noescape
func gemmInt8AVX2(c []float32, ldc int, a []uint32, lda int, w []uint32, bias []float32, k, rows int, add bool, affine, scale, sums []float32, ahead uintptr)

//go:noescape
func gemmInt8AVXVNNI(c []float32, ldc int, a []uint32, lda int, w []uint32, bias []float32, k, rows int, add bool, affine, scale, sums []float32, ahead uintptr)

//go:noescape
func dotAVX2(a, b []float32) (sum float32)

//go:noescape
func geluAVX2(x []float32)

//go:noescape
func softmaxAVX2(x []float32, scale float32)

//go:noescape
func layerNormAVX2(dst, x, gain, bias []float32, eps float32)

//go:noescape
func extentAVX2(x []float32) (lo, hi float32)

//go:noescape
func codes8AVX2(dst []uint8, x []float32, lo, inv float32)

//go:noescape
func dotCodesAVX2(a, b []int8) (sum int32)

//go:noescape
func dotCodesAVX512(a, b []int8) (sum int32)

//go:noescape
func dotCodesOfAVX512(dst []int32, query, codes []int8, slots []uint32)

//go:noescape
func gemmAVX512(c []float32, ldc int, a []float32, lda int, w, bias []float32, k, rows int, add bool, ahead uintptr)

//go:noescape
func gemmBFloat16AVX512(c []float32, ldc int, a []uint32, lda int, w []uint32, bias []float32, k, rows int, add bool, ahead uintptr)

//go:noescape
func gemmInt8AVX512(c []float32, ldc int, a []uint32, lda int, w []uint32, bias []float32, k, rows int, add bool, affine, scale, sums []float32, ahead uintptr)

//go:noescape
func dotAVX512(a, b []float32) (sum float32)

//go:noescape
func geluAVX512(x []float32)

//go:noescape
func softmaxAVX512(x []float32, scale float32)

//go:noescape
func layerNormAVX512(dst, x, gain, bias []float32, eps float32)

//go:noescape
func narrowAVX512(dst []uint16, ldd int, src []float32, lds, rows, cols int)

//go:noescape
func widenAVX512(dst []float32, src []uint16)

//go:noescape
func interleaveAVX512(dst, even, odd []uint16)

//go:noescape
func extentAVX512(x []float32) (lo, hi float32)

//go:noescape
func codesAVX512(dst []uint8, x []float32, lo, inv float32)
