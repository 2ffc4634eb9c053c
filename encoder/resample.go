package encoder

import (
	"math"

	"lookalike/internal/imageio"
)

// Resampling as Pillow does it (Image.resize), bit for bit: separable, the
// filter's support widened by the shrink factor (antialiasing), coefficients
// rounded to fixed point, an 8-bit intermediate between the two passes.
// Models are trained on pictures that were resized so; another resampler moves
// embeddings more than bfloat16 arithmetic does.

// precisionBits leaves 2 bits of head room for filters with negative lobes:
// 8 bits of value + 22 of coefficient + sign and overshoot fill 32.
const precisionBits = 32 - 8 - 2

// filter is a resampling kernel: its half width at scale 1 and its value.
type filter struct {
	support float64
	at      func(x float64) float64
}

// filters are indexed by preprocessor_config.json's "resample" (Pillow's
// Resampling enum). Nearest (0) has no kernel and is handled apart.
var filters = map[int]filter{
	1: {3, lanczos}, 2: {1, triangle}, 3: {2, cubic}, 4: {0.5, box}, 5: {1, hamming},
}

// Names of the filters used by default.
const (
	resampleNearest  = 0
	resampleBilinear = 2
	resampleBicubic  = 3
)

func box(x float64) float64 {
	if x > -0.5 && x <= 0.5 {
		return 1
	}
	return 0
}

func triangle(x float64) float64 { return max(0, 1-math.Abs(x)) }

func hamming(x float64) float64 {
	switch x = math.Abs(x); {
	case x == 0:
		return 1
	case x >= 1:
		return 0
	}
	x *= math.Pi
	return math.Sin(x) / x * (0.54 + 0.46*math.Cos(x))
}

// cubic is Keys' kernel with a = -0.5.
func cubic(x float64) float64 {
	const a = -0.5
	switch x = math.Abs(x); {
	case x < 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return (((x-5)*x+8)*x - 4) * a
	}
	return 0
}

func lanczos(x float64) float64 {
	if -3 <= x && x < 3 {
		return sinc(x) * sinc(x/3)
	}
	return 0
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	x *= math.Pi
	return math.Sin(x) / x
}

// taps are the fixed-point weights of the source positions from, from+1, ...
// that make one output position.
type taps struct {
	from    int
	weights []int32
}

// precompute returns the taps of every output position, as Pillow's
// precompute_coeffs and normalize_coeffs_8bpc do.
func precompute(in, out int, f filter) []taps {
	scale := float64(in) / float64(out)
	filterScale := max(scale, 1)
	support := f.support * filterScale
	all := make([]taps, out)
	values := make([]float64, int(math.Ceil(support))*2+1)
	for i := range all {
		center := (float64(i) + 0.5) * scale
		from := max(int(center-support+0.5), 0)
		to := min(int(center+support+0.5), in)
		sum := 0.0
		for j := range values[:to-from] {
			values[j] = f.at((float64(j+from) - center + 0.5) * (1 / filterScale))
			sum += values[j]
		}
		weights := make([]int32, to-from)
		for j := range weights {
			weights[j] = fixed(values[j], sum)
		}
		all[i] = taps{from, weights}
	}
	return all
}

// fixed rounds value/sum to precisionBits, half away from zero.
func fixed(value, sum float64) int32 {
	if sum != 0 {
		value /= sum
	}
	value *= 1 << precisionBits
	if value < 0 {
		return int32(value - 0.5)
	}
	return int32(value + 0.5)
}

// resize returns img at width x height.
func resize(img *imageio.RGB, width, height, resample int) *imageio.RGB {
	if img.Width == width && img.Height == height {
		return img
	}
	if resample == resampleNearest {
		return nearest(img, width, height)
	}
	f := filters[resample]
	vertical := precompute(img.Height, height, f)
	if img.Width != width {
		img = resizeRows(img, precompute(img.Width, width, f), vertical)
	}
	if img.Height != height {
		img = resizeColumns(img, vertical)
	}
	return img
}

// nearest takes the source pixel under each output pixel's centre.
func nearest(img *imageio.RGB, width, height int) *imageio.RGB {
	out := imageio.NewRGB(width, height)
	sx, sy := float64(img.Width)/float64(width), float64(img.Height)/float64(height)
	for y := range height {
		row := img.Pix[3*img.Width*min(int((float64(y)+0.5)*sy), img.Height-1):]
		for x := range width {
			s := 3 * min(int((float64(x)+0.5)*sx), img.Width-1)
			copy(out.Pix[3*(y*width+x):], row[s:s+3])
		}
	}
	return out
}

// resizeRows is the horizontal pass. Only the rows that the vertical pass
// will read are computed; the others stay black.
func resizeRows(img *imageio.RGB, horizontal, vertical []taps) *imageio.RGB {
	out := imageio.NewRGB(len(horizontal), img.Height)
	last := vertical[len(vertical)-1]
	for y := vertical[0].from; y < last.from+len(last.weights); y++ {
		src := img.Pix[3*y*img.Width : 3*(y+1)*img.Width]
		dst := out.Pix[3*y*out.Width : 3*(y+1)*out.Width]
		for x, t := range horizontal {
			r, g, b := int32(half), int32(half), int32(half)
			s := src[3*t.from : 3*(t.from+len(t.weights))]
			for i, w := range t.weights {
				r += int32(s[3*i]) * w
				g += int32(s[3*i+1]) * w
				b += int32(s[3*i+2]) * w
			}
			dst[3*x], dst[3*x+1], dst[3*x+2] = clip8(r), clip8(g), clip8(b)
		}
	}
	return out
}

// half is 0.5 in fixed point: sums are rounded, not cut.
const half = 1 << (precisionBits - 1)

// resizeColumns is the vertical pass: whole rows are weighted and summed, so
// that memory is read in order.
func resizeColumns(img *imageio.RGB, vertical []taps) *imageio.RGB {
	out := imageio.NewRGB(img.Width, len(vertical))
	stride := 3 * img.Width
	sums := make([]int32, stride)
	for y, t := range vertical {
		for i := range sums {
			sums[i] = half
		}
		for i, w := range t.weights {
			for x, v := range img.Pix[(t.from+i)*stride : (t.from+i+1)*stride] {
				sums[x] += int32(v) * w
			}
		}
		dst := out.Pix[y*stride : (y+1)*stride]
		for x, s := range sums {
			dst[x] = clip8(s)
		}
	}
	return out
}

// clip8 drops the fraction and clamps to a byte.
func clip8(v int32) byte { return byte(min(max(v>>precisionBits, 0), 255)) }
