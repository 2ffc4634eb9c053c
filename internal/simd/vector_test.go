package simd

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Lengths go past several registers of either width and offsets through a
// whole cache line, as the house asks of every kernel.
const (
	maxLength = 257
	maxOffset = 15
)

// eachShape calls test with every length; the offset walks along, and every
// offset meets the lengths where a kernel's loops change.
func eachShape(test func(n, offset int)) {
	for n := range maxLength + 1 {
		test(n, n*7%(maxOffset+1))
	}
	for _, n := range []int{1, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 127, 129, 197, 256} {
		for offset := range maxOffset + 1 {
			test(n, offset)
		}
	}
}

func TestDotAgainstGeneric(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := newRand(1)
		eachShape(func(n, offset int) {
			a, b := guard(normals(r, n), offset), guard(normals(r, n), maxOffset-offset)
			bound := 0.0
			for i := range a.x {
				bound += math.Abs(float64(a.x[i]) * float64(b.x[i]))
			}
			got, want := Dot(a.x, b.x), dotGeneric(a.x, b.x)
			if !same(got, want, float64(n)*0x1p-23*bound) {
				t.Fatalf("%d numbers at offset %d: %v, want %v", n, offset, got, want)
			}
		})
	})
}

func TestDotSpecialValues(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for n := 1; n <= 130; n++ {
			for _, v := range []float32{nan32, inf32, -inf32} {
				for _, at := range []int{0, n / 2, n - 1} {
					a, b := make([]float32, n), make([]float32, n)
					a[at], b[at] = v, 1
					if got := Dot(a, b); !same(got, v, 0) {
						t.Fatalf("%v at %d of %d: %v", v, at, n, got)
					}
				}
			}
		}
	})
}

func TestDotTakesTheLengthOfItsFirstOperand(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		if got := Dot([]float32{1, 2}, []float32{3, 4, nan32}); got != 11 {
			t.Errorf("got %v, want 11", got)
		}
	})
}

// Sums of small whole numbers are exact in any order, so there every kernel
// has to return the same bits.
func TestDotOfWholeNumbersIsExact(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			n := rapid.IntRange(0, 300).Draw(t, "n")
			a, b, want := make([]float32, n), make([]float32, n), 0
			whole := rapid.IntRange(-100, 100)
			for i := range n {
				x, y := whole.Draw(t, "x"), whole.Draw(t, "y")
				a[i], b[i], want = float32(x), float32(y), want+x*y
			}
			if got := Dot(a, b); got != float32(want) {
				t.Fatalf("%v, want %d", got, want)
			}
		})
	})
}

func TestGELUAgainstGeneric(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := newRand(2)
		eachShape(func(n, offset int) {
			x := normals(r, n)
			Scale(x, 3)
			got := guard(x, offset)
			GELU(got.x)
			geluGeneric(x)
			got.check(t)
			for i := range x {
				if !same(got.x[i], x[i], 1e-6) {
					t.Fatalf("%d of %d at offset %d: %v, want %v", i, n, offset, got.x[i], x[i])
				}
			}
		})
	})
}

// The promise is 1e-6; what is reached is printed.
func TestGELUError(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		worst := 0.0
		for i := -20 << 12; i <= 20<<12; i++ {
			v := float64(i) / (1 << 12) // exact in float32
			x := []float32{float32(v)}
			GELU(x)
			worst = max(worst, math.Abs(float64(x[0])-v*math.Erfc(-v/math.Sqrt2)/2)/max(1, math.Abs(v)))
		}
		t.Logf("largest error %.2g, of max(1, |x|)", worst)
		if !(worst <= 1e-6) {
			t.Errorf("error %g is above 1e-6", worst)
		}
	})
}

func TestGELUSpecialValues(t *testing.T) {
	tests := []struct{ x, want float32 }{
		{nan32, nan32},
		{math.Float32frombits(0x7f800123), nan32}, // a NaN with a payload
		{inf32, inf32},
		{-inf32, nan32}, // -Inf * 0, as PyTorch has it
		{0, 0},
		{math.MaxFloat32, math.MaxFloat32},
		{-math.MaxFloat32, 0},
		{-40, 0},
		{40, 40},
		{math.SmallestNonzeroFloat32, 0},
	}
	eachLevel(t, func(t *testing.T) {
		for _, test := range tests {
			for n := 1; n <= 33; n += 4 { // in the tail and in whole registers
				x := make([]float32, n)
				x[n-1], x[0] = test.x, test.x
				GELU(x)
				if !same(x[0], test.want, 1e-44) || !same(x[n-1], test.want, 1e-44) {
					t.Errorf("GELU(%v) of %d = %v, %v, want %v", test.x, n, x[0], x[n-1], test.want)
				}
			}
		}
	})
}

func TestSoftmaxAgainstGeneric(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := newRand(3)
		eachShape(func(n, offset int) {
			x := normals(r, n)
			scale := float32(r.NormFloat64()) * 8 // also negative
			got := guard(x, offset)
			Softmax(got.x, scale)
			softmaxGeneric(x, scale)
			got.check(t)
			for i := range x {
				if !same(got.x[i], x[i], 5e-6*float64(x[i])+1e-37) {
					t.Fatalf("%d of %d at offset %d: %v, want %v", i, n, offset, got.x[i], x[i])
				}
			}
		})
	})
}

func TestSoftmaxSpecialValues(t *testing.T) {
	tests := []struct {
		name    string
		x, want []float32
	}{
		{"one number", []float32{-7}, []float32{1}},
		{"far apart", []float32{0, 1000}, []float32{0, 1}},
		{"-Inf has no weight", []float32{-inf32, 0, 0}, []float32{0, 0.5, 0.5}},
		{"far below zero", []float32{-1000, -1000}, []float32{0.5, 0.5}},
		{"large numbers", []float32{3e38, 3e38}, []float32{0.5, 0.5}},
		{"NaN", []float32{nan32, 0, 1}, []float32{nan32, nan32, nan32}},
		{"NaN last", []float32{0, 1, 2, 3, 4, 5, 6, 7, nan32}, []float32{nan32, nan32, nan32, nan32, nan32, nan32, nan32, nan32, nan32}},
		{"+Inf", []float32{0, inf32}, []float32{nan32, nan32}},
		{"only -Inf", []float32{-inf32, -inf32}, []float32{nan32, nan32}},
		{"nothing", nil, nil},
	}
	eachLevel(t, func(t *testing.T) {
		for _, test := range tests {
			x := append([]float32(nil), test.x...)
			Softmax(x, 1)
			for i := range x {
				if !same(x[i], test.want[i], 1e-7) {
					t.Errorf("%s: %v, want %v", test.name, x, test.want)
				}
			}
		}
	})
}

// The weights add up to one, keep the order of the scores, and do not change
// when all scores are raised alike.
func TestSoftmaxProperties(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			x := rapid.SliceOfN(rapid.Float32Range(-30, 30), 1, 250).Draw(t, "x")
			p, sum := append([]float32(nil), x...), 0.0
			Softmax(p, 1)
			raised := append([]float32(nil), x...)
			for i := range raised {
				raised[i] += 64
			}
			Softmax(raised, 1)
			for i := range p {
				sum += float64(p[i])
				if i > 0 && x[i] > x[i-1] && p[i] < p[i-1] {
					t.Fatalf("x[%d] > x[%d] but %v < %v", i, i-1, p[i], p[i-1])
				}
				if !same(raised[i], p[i], 3e-5*float64(p[i])+1e-30) {
					t.Fatalf("raised by 64: %v, want %v", raised[i], p[i])
				}
			}
			if !(math.Abs(sum-1) <= 1e-5) {
				t.Fatalf("sum %v", sum)
			}
		})
	})
}

func TestLayerNormAgainstGeneric(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := newRand(4)
		eachShape(func(n, offset int) {
			x, gain, bias := guard(normals(r, n), offset), guard(normals(r, n), maxOffset-offset), guard(normals(r, n), offset/2)
			for i := range x.x {
				x.x[i] += 5 // a mean that two passes have to take out
			}
			got, want := guard(make([]float32, n), offset/3), make([]float32, n)
			LayerNorm(got.x, x.x, gain.x, bias.x, 1e-6)
			layerNormGeneric(want, x.x, gain.x, bias.x, 1e-6)
			got.check(t)
			for i := range want {
				if !same(got.x[i], want[i], 2e-5) {
					t.Fatalf("%d of %d at offset %d: %v, want %v", i, n, offset, got.x[i], want[i])
				}
			}
		})
	})
}

func TestLayerNormInPlace(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := newRand(5)
		x, gain, bias := normals(r, 70), normals(r, 70), normals(r, 70)
		want := make([]float32, 70)
		LayerNorm(want, x, gain, bias, 1e-6)
		LayerNorm(x, x, gain, bias, 1e-6)
		for i := range x {
			if x[i] != want[i] {
				t.Fatalf("%d: %v, want %v", i, x[i], want[i])
			}
		}
	})
}

// With gain 1 and bias 0 the row has mean 0 and variance 1, at the width of
// the ViT and with a mean a thousand times the deviation.
func TestLayerNormAccuracy(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		const n = 768
		x, gain := normals(newRand(6), n), make([]float32, n)
		for i := range x {
			x[i], gain[i] = x[i]+1000, 1
		}
		LayerNorm(x, x, gain, make([]float32, n), 1e-6)
		var mean, variance float64
		for _, v := range x {
			mean += float64(v) / n
			variance += float64(v) * float64(v) / n
		}
		if !(math.Abs(mean) <= 2e-4 && math.Abs(variance-1) <= 1e-5) {
			t.Errorf("mean %g, variance %g", mean, variance)
		}
	})
}

func TestLayerNormSpecialValues(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for _, n := range []int{1, 5, 8, 17, 40} {
			ones := make([]float32, n)
			for i := range ones {
				ones[i] = 1
			}
			got := make([]float32, n)
			LayerNorm(got, ones, ones, ones, 1e-6) // constant rows leave the bias
			for i, v := range got {
				if v != 1 {
					t.Fatalf("constant row: %v at %d of %d, want 1", v, i, n)
				}
			}
			for _, bad := range []float32{nan32, inf32, -inf32} {
				x := append([]float32(nil), ones...)
				x[n-1] = bad
				LayerNorm(got, x, ones, ones, 1e-6)
				for i, v := range got {
					if !math.IsNaN(float64(v)) {
						t.Fatalf("row with %v: %v at %d of %d, want NaN", bad, v, i, n)
					}
				}
			}
		}
	})
}

func TestAddAndScale(t *testing.T) {
	for n := range 40 {
		r := newRand(uint64(n))
		x, y := normals(r, n), normals(r, n)
		sum := append([]float32(nil), x...)
		Add(sum, y)
		Scale(y, -2)
		for i := range x {
			if want := x[i] + y[i]/-2; sum[i] != want {
				t.Fatalf("%d of %d: %v, want %v", i, n, sum[i], want)
			}
		}
	}
}
