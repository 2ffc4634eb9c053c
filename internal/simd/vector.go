package simd

// Dot returns the sum of a[i]*b[i]. b must be at least as long as a.
func Dot(a, b []float32) float32 {
	return use.dot(a, b[:len(a)])
}

// LayerNorm writes the normalised row x to dst, which may be x itself:
// dst[i] = (x[i]-mean) / sqrt(variance+eps) * gain[i] + bias[i],
// with mean and variance taken over the row in two passes.
func LayerNorm(dst, x, gain, bias []float32, eps float32) {
	n := len(x)
	use.layerNorm(dst[:n], x, gain[:n], bias[:n], eps)
}

// GELU replaces each x by x*(1+erf(x/sqrt(2)))/2: the exact form that the ViT
// was trained with, not the tanh approximation. The error is at most 1e-6,
// or 1e-6 of |x| where that is larger.
func GELU(x []float32) { use.gelu(x) }

// Softmax replaces the row x by softmax(scale*x). One NaN or +Inf in it makes
// the whole row NaN.
func Softmax(x []float32, scale float32) { use.softmax(x, scale) }

// Add computes dst[i] += x[i]. It has no assembly: the encoder calls it once
// per image, 0.02% of the forward pass.
func Add(dst, x []float32) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] += v
	}
}

// Scale computes x[i] *= s. It has no assembly: it is called once per vector.
func Scale(x []float32, s float32) {
	for i := range x {
		x[i] *= s
	}
}
