//go:build !purego

package simd

import (
	"slices"
	"sync"
	"time"
	"unsafe"

	"github.com/klauspost/cpuid/v2"
)

var avx2 = kernels{
	name: "avx2",
	rows: 6, cols: 16, gemm: gemmAVX2, gemmInt8: gemmInt8AVX2, top: 64,
	dot: dotAVX2, gelu: geluAVX2, softmax: softmaxAVX2, layerNorm: layerNormAVX2,
	narrow: narrowGeneric, widen: widenGeneric, narrowFloat16: narrowFloat16Generic, widenFloat16: widenFloat16Generic,
	interleave: interleaveGeneric,
	extent:     extentAVX2, codes: codesAVX2, dotCodes: dotCodesAVX2, dotCodesOf: dotCodesEach(dotCodesAVX2),
	dotNibblesOf: dotNibblesOfAVX2, dotSplit: dotSplitAVX2, fetch: fetchAVX2,
	horizontalRows: 4, horizontal: horizontalAVX2, vertical: verticalAVX2,
}

// avxVNNI is AVX2 with the int8 products of CPUs that have no AVX-512.
var avxVNNI = avx2.and("avxvnni", func(k *kernels) { k.gemmInt8, k.top = gemmInt8AVXVNNI, 127 })

var avx512 = kernels{
	name: "avx512",
	rows: 14, cols: 32, gemm: gemmAVX512,
	dot: dotAVX512, gelu: geluAVX512, softmax: softmaxAVX512, layerNorm: layerNormAVX512,
	narrow: narrowGeneric, widen: widenAVX512, narrowFloat16: narrowFloat16AVX512, widenFloat16: widenFloat16AVX512,
	interleave: interleaveAVX512,
	extent:     extentAVX512, codes: codesAVX512, dotCodes: dotCodesAVX2, dotCodesOf: dotCodesEach(dotCodesAVX2),
	dotNibblesOf: dotNibblesOfAVX2, dotSplit: dotSplitAVX2, fetch: fetchAVX2,
	horizontalRows: 8, horizontal: horizontalAVX512, vertical: verticalAVX512,
}

var avx512VNNI = avx512.and("avx512vnni", func(k *kernels) {
	k.gemmInt8, k.top = gemmInt8AVX512, 127
	k.dotCodes, k.dotCodesOf = dotCodesAVX512, dotCodesOfAVX512
	k.dotNibblesOf, k.dotSplit = dotNibblesOfAVX512, dotSplitAVX512
})

var avx512BF16 = avx512VNNI.and("avx512bf16", func(k *kernels) { k.gemmBFloat16, k.narrow = gemmBFloat16AVX512, narrowAVX512 })

var avx512FP16 = avx512VNNI.and("avx512fp16", func(k *kernels) { k.gemmFloat16 = gemmFloat16AVX512 })

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
	base := []cpuid.FeatureID{cpuid.AVX512F, cpuid.AVX512DQ, cpuid.AVX512BW, cpuid.AVX512VL}
	have := []*kernels{&generic}
	for _, level := range []struct {
		kernels *kernels
		needs   []cpuid.FeatureID
	}{
		{&avx2, []cpuid.FeatureID{cpuid.AVX2, cpuid.FMA3}},
		{&avxVNNI, []cpuid.FeatureID{cpuid.AVX2, cpuid.FMA3, cpuid.AVXVNNI}},
		{&avx512, base},
		{&avx512VNNI, append(base, cpuid.AVX512VNNI)},
		{&avx512FP16, append(base, cpuid.AVX512VNNI, cpuid.AVX512FP16)},
		{&avx512BF16, append(base, cpuid.AVX512VNNI, cpuid.AVX512BF16)},
	} {
		if cpuid.CPU.Supports(level.needs...) {
			have = append([]*kernels{level.kernels}, have...)
		}
	}
	if slices.Contains(have, &avx512BF16) && !bfloat16Pays() {
		have = behind(have, &avx512BF16, &avx512VNNI)
	}
	return have
}

// behind moves one level of a list to the place after another.
func behind(have []*kernels, level, other *kernels) []*kernels {
	have = slices.DeleteFunc(have, func(k *kernels) bool { return k == level })
	return slices.Insert(have, slices.Index(have, other)+1, level)
}

// bfloat16Pays reports whether products in bfloat16 are faster than in float32.
// Those of Sapphire Rapids take twice as long, with instructions for them: it
// starts one every other cycle, and two of float32 in each. On Zen 5 they
// take half as long. Nothing but the clock tells, and the shortest of a few tries
// of 2 us each is off by far less than that factor of two either way.
var bfloat16Pays = sync.OnceValue(func() bool {
	const words, tries = 256, 8
	k := &avx512BF16
	w, a, c := make([]uint32, words*k.cols), make([]uint32, words*k.rows), make([]float32, k.rows*k.cols)
	shortest := func(f func()) time.Duration {
		least := time.Hour
		for range tries {
			start := time.Now()
			f()
			least = min(least, time.Since(start))
		}
		return least
	}
	ahead := uintptr(unsafe.Pointer(&w[0]))
	single := shortest(func() {
		k.gemm(c, k.cols, floats(a), words, floats(w), noBias[:], words, k.rows, false, ahead)
	})
	pairs := shortest(func() { k.gemmBFloat16(c, k.cols, a, words, w, noBias[:], words, k.rows, false, ahead) })
	return pairs < 2*single // a word holds two
})

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
func dotCodesOfAVX512(dst []int32, query []int8, at []*int8)

//go:noescape
func dotNibblesOfAVX2(dst []int32, query []int8, at []*Nibbles)

//go:noescape
func dotNibblesOfAVX512(dst []int32, query []int8, at []*Nibbles)

//go:noescape
func dotSplitAVX2(first, other *Nibbles, a, b []Nibbles) (along, across int32)

//go:noescape
func dotSplitAVX512(first, other *Nibbles, a, b []Nibbles) (along, across int32)

//go:noescape
func fetchAVX2(p *byte, n int)

//go:noescape
func gemmAVX512(c []float32, ldc int, a []float32, lda int, w, bias []float32, k, rows int, add bool, ahead uintptr)

//go:noescape
func gemmBFloat16AVX512(c []float32, ldc int, a []uint32, lda int, w []uint32, bias []float32, k, rows int, add bool, ahead uintptr)

//go:noescape
func gemmFloat16AVX512(c []float32, ldc int, a []uint32, lda int, w []uint32, bias []float32, k, rows int, add bool, ahead uintptr)

//go:noescape
func narrowFloat16AVX512(dst []uint16, ldd int, src []float32, lds, rows, cols int)

//go:noescape
func widenFloat16AVX512(dst []float32, src []uint16)

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
