package bench

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"lookalike/internal/simd"
)

// BenchmarkGEMM multiplies the tokens of one picture by ViT-B/16's matrices, on
// one goroutine each.
func BenchmarkGEMM(b *testing.B) {
	const tokens = 197
	for _, shape := range []struct{ n, k int }{{2304, 768}, {768, 768}, {3072, 768}, {768, 3072}} {
		a, w, c := random(tokens*shape.k), random(shape.n*shape.k), make([]float32, tokens*shape.n)
		flops := 2 * float64(tokens*shape.n*shape.k)
		run := func(name string, f func()) {
			b.Run(fmt.Sprintf("%dx%dx%d/%s", tokens, shape.k, shape.n, name), func(b *testing.B) {
				f() // warm
				for reportCPU(b); b.Loop(); {
					f()
				}
				b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
		for _, precision := range []simd.Precision{simd.Float32, simd.BFloat16, simd.Float16, simd.Int8} {
			if !simd.Has(precision) {
				continue
			}
			var packed simd.Matrix
			var scratch simd.Scratch
			var rows simd.Rows
			packed.Pack(precision, w, shape.n, shape.k, shape.k)
			rows.Reset(precision, tokens, shape.k)
			for i := range tokens {
				rows.Set(i, a[i*shape.k:])
			}
			out := simd.Of(c, tokens, shape.n, shape.n)
			run(precision.String()+"-"+simd.Level(), func() { packed.Mul(&out, &rows, nil, &scratch) })
		}
		run("gonum", func() {
			blas32.Gemm(blas.NoTrans, blas.Trans, 1,
				blas32.General{Rows: tokens, Cols: shape.k, Stride: shape.k, Data: a},
				blas32.General{Rows: shape.n, Cols: shape.k, Stride: shape.k, Data: w}, 0,
				blas32.General{Rows: tokens, Cols: shape.n, Stride: shape.n, Data: c})
		})
	}
}

func random(n int) []float32 {
	r, out := rand.New(rand.NewPCG(1, 2)), make([]float32, n)
	for i := range out {
		out[i] = float32(r.NormFloat64())
	}
	return out
}
