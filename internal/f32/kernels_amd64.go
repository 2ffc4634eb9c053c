//go:build !purego

package f32

import "github.com/klauspost/cpuid/v2"

var avx2 = kernels{
	name: "avx2",
	rows: 6, cols: 16, gemm: gemmAVX2,
	dot: dotAVX2, gelu: geluAVX2, softmax: softmaxAVX2, layerNorm: layerNormAVX2,
}

var avx512 = kernels{
	name: "avx512",
	rows: 14, cols: 32, gemm: gemmAVX512,
	dot: dotAVX512, gelu: geluAVX512, softmax: softmaxAVX512, layerNorm: layerNormAVX512,
}

// supported lists what this CPU and its operating system can run, best first.
// cpuid reports AVX levels only where the system saves their registers. GELU
// needs the DQ part of AVX-512: bit operations on floats, signs to a mask.
func supported() []*kernels {
	have := []*kernels{&generic}
	if cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3) {
		have = append([]*kernels{&avx2}, have...)
	}
	if cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512DQ) {
		have = append([]*kernels{&avx512}, have...)
	}
	return have
}

//go:noescape
func gemmAVX2(c []float32, ldc int, a []float32, lda int, w, bias []float32, k, rows int, add bool)

//go:noescape
func dotAVX2(a, b []float32) (sum float32)

//go:noescape
func geluAVX2(x []float32)

//go:noescape
func softmaxAVX2(x []float32, scale float32)

//go:noescape
func layerNormAVX2(dst, x, gain, bias []float32, eps float32)

//go:noescape
func gemmAVX512(c []float32, ldc int, a []float32, lda int, w, bias []float32, k, rows int, add bool)

//go:noescape
func dotAVX512(a, b []float32) (sum float32)

//go:noescape
func geluAVX512(x []float32)

//go:noescape
func softmaxAVX512(x []float32, scale float32)

//go:noescape
func layerNormAVX512(dst, x, gain, bias []float32, eps float32)
