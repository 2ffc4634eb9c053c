//go:build unix

package simd

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"lookalike/internal/simd/peak"
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
		for _, p := range []Precision{Float32, BFloat16, Float16, Int8} {
			if flops := peak.FLOPs(k.name, p.String(), 1e5); flops > 0 {
				b.Run(k.name+"/"+p.String(), func(b *testing.B) {
					report(b, flops, "GFLOP/s", func() { peak.FLOPs(k.name, p.String(), 1e5) })
				})
			}
		}
	}
}

// peakRate is BenchmarkPeak in miniature, for the share of it that a product
// reaches: measured right before, since the clock frequency wanders.
func peakRate(level string, p Precision) float64 {
	start, flops := cpuTime(), 0.0
	for range 200 {
		flops += peak.FLOPs(level, p.String(), 1e4)
	}
	return flops / float64(cpuTime()-start)
}

// shape is a product: (m, k) times (k, n).
type shape struct {
	name    string
	m, n, k int
}

func (s shape) flops() float64 { return 2 * float64(s.m) * float64(s.n) * float64(s.k) }

// vitB are the products of ViT-B/16 at 224 x 224.
var vitB = []shape{
	{"patches", 196, 768, 768},
	{"qkv", 197, 2304, 768},
	{"scores", 197, 197, 64},
	{"values", 197, 64, 197},
	{"fc1", 197, 3072, 768},
	{"fc2", 197, 768, 3072},
}

func BenchmarkMul(b *testing.B) {
	for _, s := range vitB {
		r := newRand(1)
		w, x := normals(r, s.n*s.k), normals(r, s.m*s.k)
		for _, k := range supported() {
			for _, precision := range []Precision{Float32, BFloat16, Float16, Int8} {
				if k != &generic && k.of(precision) == k {
					b.Run(fmt.Sprintf("%s-%dx%dx%d/%s/%v", s.name, s.m, s.n, s.k, k.name, precision), func(b *testing.B) {
						force(b, k)
						benchmarkMul(b, precision, s.m, s.n, s.k, w, x)
					})
				}
			}
		}
		b.Run(fmt.Sprintf("%s-%dx%dx%d/gonum", s.name, s.m, s.n, s.k), func(b *testing.B) {
			left := blas32.General{Rows: s.m, Cols: s.k, Stride: s.k, Data: x}
			right := blas32.General{Rows: s.n, Cols: s.k, Stride: s.k, Data: w}
			out := blas32.General{Rows: s.m, Cols: s.n, Stride: s.n, Data: make([]float32, s.m*s.n)}
			// gonum uses every core; CPU time counts them all.
			report(b, s.flops(), "GFLOP/s", func() { blas32.Gemm(blas.NoTrans, blas.Trans, 1, left, right, 0, out) })
		})
	}
}

func benchmarkMul(b *testing.B, precision Precision, m, n, k int, w, x []float32) {
	var matrix Matrix
	var scratch Scratch
	var a, c Rows
	matrix.Pack(precision, w, n, k, k)
	a.Reset(precision, m, k)
	c.Reset(Float32, m, n)
	for i := range m {
		a.Set(i, x[i*k:])
	}
	best := peakRate(use.name, precision)
	rate := report(b, shape{"", m, n, k}.flops(), "GFLOP/s", func() { matrix.Mul(&c, &a, nil, &scratch) })
	if best > 0 {
		b.ReportMetric(100*rate/best, "%peak")
	}
}

// BenchmarkPack packs what one head of attention packs, in values.
func BenchmarkPack(b *testing.B) {
	for _, precision := range []Precision{Float32, BFloat16, Float16} {
		var qkv Rows
		qkv.Reset(precision, 197, 2304)
		for i := range 197 {
			qkv.Set(i, normals(newRand(2), 2304))
		}
		head := qkv.Columns(0, 64)
		var matrix Matrix
		b.Run("keys/"+precision.String(), func(b *testing.B) {
			report(b, 197*64, "values/ns", func() { matrix.PackRows(&head) })
		})
		b.Run("values/"+precision.String(), func(b *testing.B) {
			report(b, 197*64, "values/ns", func() { matrix.PackColumns(&head) })
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
