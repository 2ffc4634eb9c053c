//go:build unix

package f32

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"lookalike/internal/f32/peak"
)

// The figures are of the CPU time that the process used, which other programs
// on the machine disturb less than the clock on the wall.

// cpuTime returns the CPU time of the process so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// report runs f b.N times and reports how many units of work it did per
// nanosecond of CPU: of floating-point operations, that is GFLOP/s.
func report(b *testing.B, work float64, unit string, f func()) float64 {
	f() // grow the buffers, warm the caches
	start := cpuTime()
	for b.Loop() {
		f()
	}
	rate := work * float64(b.N) / float64(cpuTime()-start)
	b.ReportMetric(rate, unit)
	return rate
}

// BenchmarkPeak is the most that the core can do: multiply-adds on registers.
func BenchmarkPeak(b *testing.B) {
	for _, k := range supported() {
		if flops := peak.FLOPs(k.name, 1e5); flops > 0 {
			b.Run(k.name, func(b *testing.B) {
				report(b, flops, "GFLOP/s", func() { peak.FLOPs(k.name, 1e5) })
			})
		}
	}
}

// peakRate is BenchmarkPeak in miniature, for the share of it that a product
// reaches: measured right before, since the clock frequency wanders.
func peakRate(level string) float64 {
	start, flops := cpuTime(), 0.0
	for range 200 {
		flops += peak.FLOPs(level, 1e4)
	}
	return flops / float64(cpuTime()-start)
}

// vitB are the products of ViT-B/16 at 224 x 224: m, n, k, lda, ldc.
var vitB = []struct {
	name              string
	m, n, k, lda, ldc int
}{
	{name: "patches", m: 196, n: 768, k: 768, lda: 768, ldc: 768},
	{name: "qkv", m: 197, n: 2304, k: 768, lda: 768, ldc: 2304},
	{name: "scores", m: 197, n: 197, k: 64, lda: 2304, ldc: 197},
	{name: "values", m: 197, n: 64, k: 197, lda: 197, ldc: 768},
	{name: "fc1", m: 197, n: 3072, k: 768, lda: 768, ldc: 3072},
	{name: "fc2", m: 197, n: 768, k: 3072, lda: 3072, ldc: 768},
}

func BenchmarkMul(b *testing.B) {
	for _, s := range vitB {
		r := newRand(1)
		w, a, c := normals(r, s.n*s.k), normals(r, s.m*s.lda), make([]float32, s.m*s.ldc)
		flops := 2 * float64(s.m) * float64(s.n) * float64(s.k)
		name := fmt.Sprintf("%s-%dx%dx%d", s.name, s.m, s.n, s.k)
		for _, k := range supported() {
			b.Run(name+"/"+k.name, func(b *testing.B) {
				force(b, k)
				var matrix Matrix
				var scratch Scratch
				matrix.Pack(w, s.n, s.k, s.k, 1)
				best := peakRate(k.name)
				rate := report(b, flops, "GFLOP/s", func() { matrix.Mul(c, s.ldc, a, s.lda, s.m, nil, &scratch) })
				if best > 0 {
					b.ReportMetric(100*rate/best, "%peak")
				}
			})
		}
		b.Run(name+"/gonum", func(b *testing.B) {
			left := blas32.General{Rows: s.m, Cols: s.k, Stride: s.lda, Data: a}
			right := blas32.General{Rows: s.n, Cols: s.k, Stride: s.k, Data: w}
			out := blas32.General{Rows: s.m, Cols: s.n, Stride: s.ldc, Data: c}
			// gonum uses every core; CPU time counts them all.
			report(b, flops, "GFLOP/s", func() { blas32.Gemm(blas.NoTrans, blas.Trans, 1, left, right, 0, out) })
		})
	}
}

// BenchmarkPack packs what one head of attention packs, in floats.
func BenchmarkPack(b *testing.B) {
	qkv := normals(newRand(2), 197*2304)
	for _, k := range supported() {
		var matrix Matrix
		b.Run("keys/"+k.name, func(b *testing.B) {
			force(b, k)
			report(b, 197*64, "floats/ns", func() { matrix.Pack(qkv, 197, 64, 2304, 1) })
		})
		b.Run("values/"+k.name, func(b *testing.B) {
			force(b, k)
			report(b, 197*64, "floats/ns", func() { matrix.Pack(qkv, 64, 197, 1, 2304) })
		})
	}
}

// BenchmarkRow runs the kernels that work on single rows, as wide as in ViT-B.
func BenchmarkRow(b *testing.B) {
	r := newRand(3)
	x, y, gain := normals(r, 3072), normals(r, 3072), normals(r, 3072)
	var sink float32
	for _, k := range supported() {
		rows := []struct {
			name string
			n    int
			run  func(n int)
		}{
			{"Dot", 768, func(n int) { sink += k.dot(x[:n], y[:n]) }},
			{"LayerNorm", 768, func(n int) { k.layerNorm(y[:n], x[:n], gain[:n], gain[:n], 1e-6) }},
			{"Softmax", 197, func(n int) { k.softmax(y[:n], 0.125) }},
			{"GELU", 3072, func(n int) { copy(y, x); k.gelu(y[:n]) }},
		}
		for _, row := range rows {
			b.Run(fmt.Sprintf("%s-%d/%s", row.name, row.n, k.name), func(b *testing.B) {
				report(b, float64(row.n), "floats/ns", func() { row.run(row.n) })
			})
		}
	}
	b.Run("Dot-768/gonum", func(b *testing.B) {
		left, right := blas32.Vector{N: 768, Inc: 1, Data: x}, blas32.Vector{N: 768, Inc: 1, Data: y}
		report(b, 768, "floats/ns", func() { sink += blas32.Dot(left, right) })
	})
	b.Run("Add-768", func(b *testing.B) { report(b, 768, "floats/ns", func() { Add(y[:768], x) }) })
	_ = sink
}
