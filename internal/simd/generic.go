package simd

import "math"

// The Go kernels define what the assembly has to compute, and run where there
// is none. Sums are kept in float64 where that costs nothing.

func dotGeneric(a, b []float32) float32 {
	// Four sums hide the latency of the additions and round less than one.
	var s0, s1, s2, s3 float32
	for len(a) >= 4 && len(b) >= 4 {
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
		a, b = a[4:], b[4:]
	}
	for i, v := range a {
		s0 += v * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}

func layerNormGeneric(dst, x, gain, bias []float32, eps float32) {
	var sum, squares float64
	for _, v := range x {
		sum += float64(v)
	}
	mean := sum / float64(len(x))
	for _, v := range x {
		d := float64(v) - mean
		squares += d * d
	}
	inv := float32(1 / math.Sqrt(squares/float64(len(x))+float64(eps)))
	for i, v := range x {
		dst[i] = (v-float32(mean))*inv*gain[i] + bias[i]
	}
}

func geluGeneric(x []float32) {
	for i, v := range x {
		x[i] = float32(float64(v) * 0.5 * math.Erfc(-float64(v)/math.Sqrt2))
	}
}

func softmaxGeneric(x []float32, scale float32) {
	top := float32(math.Inf(-1))
	for _, v := range x {
		top = max(top, v*scale)
	}
	var sum float64
	for i, v := range x {
		e := math.Exp(float64(v)*float64(scale) - float64(top))
		x[i] = float32(e)
		sum += e
	}
	Scale(x, float32(1/sum))
}
