package f32

import "math"

// Dot returns the sum of a[i]*b[i]. b must be at least as long as a.
func Dot(a, b []float32) float32 {
	b = b[:len(a)]
	// Four sums hide the latency of the additions and halve the rounding error.
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}

// Add computes dst[i] += x[i].
func Add(dst, x []float32) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] += x[i]
	}
}

// Scale computes x[i] *= s.
func Scale(x []float32, s float32) {
	for i := range x {
		x[i] *= s
	}
}

// LayerNorm writes the normalised row x to dst:
// dst[i] = (x[i] - mean) / sqrt(variance + eps) * gain[i] + bias[i].
func LayerNorm(dst, x, gain, bias []float32, eps float32) {
	var sum float64
	for _, v := range x {
		sum += float64(v)
	}
	mean := sum / float64(len(x))
	var squares float64
	for _, v := range x {
		d := float64(v) - mean
		squares += d * d
	}
	inv := float32(1 / math.Sqrt(squares/float64(len(x))+float64(eps)))
	for i, v := range x {
		dst[i] = (v-float32(mean))*inv*gain[i] + bias[i]
	}
}

// GELU replaces each x by x * (1 + erf(x/sqrt(2))) / 2, the exact form that
// the ViT uses, not the tanh approximation.
func GELU(x []float32) {
	for i, v := range x {
		x[i] = float32(float64(v) * 0.5 * (1 + math.Erf(float64(v)/math.Sqrt2)))
	}
}

// Softmax replaces x by softmax(scale*x).
func Softmax(x []float32, scale float32) {
	top := float32(math.Inf(-1))
	for _, v := range x {
		top = max(top, v*scale)
	}
	var sum float32
	for i, v := range x {
		e := float32(math.Exp(float64(v*scale - top)))
		x[i] = e
		sum += e
	}
	Scale(x, 1/sum)
}
