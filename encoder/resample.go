package encoder

import (
	"image"
	"math"

	"lookalike/internal/imageio"
)

// Resampling as Pillow's Image.resize does it, bit for bit: separable, the
// filter widened by the shrink factor (antialiasing), weights rounded to fixed
// point, and 8 bits between the horizontal and the vertical pass. Models are
// trained on pictures resized so, and another resampler moves their embeddings
// more than bfloat16 arithmetic does.

// precisionBits is the fraction of a fixed-point weight: of 32 bits 8 are the
// pixel's and 2 are room for the overshoot of filters with negative lobes.
const precisionBits = 32 - 8 - 2

// half is 0.5 in fixed point: sums begin with it, so that they are rounded.
const half = 1 << (precisionBits - 1)

// taps tell which source positions make each output position along one axis.
type taps struct {
	spans   []span
	weights []int32   // the memory of all spans
	values  []float64 // one span's weights before rounding
}

// span is the weights of the source positions from, from+1, ...
type span struct {
	from    int
	weights []int32
}

// source returns the range of source positions that the spans touch. Spans move
// only forward, so the first and the last one bound it.
func (t *taps) source() (from, to int) {
	last := t.spans[len(t.spans)-1]
	return t.spans[0].from, last.from + len(last.weights)
}

// compute sets the taps of the outputs first..first+n-1 of a resize from in to
// out positions: Pillow's precompute_coeffs and normalize_coeffs_8bpc.
func (t *taps) compute(in, out, first, n int, f filter) {
	t.spans, t.weights = t.spans[:0], t.weights[:0]
	scale := float64(in) / float64(out)
	if f.at == nil {
		t.computeNearest(in, first, n, scale)
		return
	}
	stretch := max(scale, 1)
	support := f.support * stretch
	t.values = grow(t.values, int(math.Ceil(support))*2+1)
	for i := first; i < first+n; i++ {
		center := (float64(i) + 0.5) * scale
		from := max(int(center-support+0.5), 0)
		to := min(int(center+support+0.5), in)
		sum, values := 0.0, t.values[:to-from]
		for j := range values {
			values[j] = f.at((float64(j+from) - center + 0.5) * (1 / stretch))
			sum += values[j]
		}
		start := len(t.weights)
		for _, v := range values {
			t.weights = append(t.weights, fixed(v, sum))
		}
		t.spans = append(t.spans, span{from, t.weights[start:]})
	}
}

// computeNearest takes the source position under each output's centre. Pillow
// walks there step by step, with the rounding of each addition.
func (t *taps) computeNearest(in, first, n int, scale float64) {
	t.weights = append(t.weights, 1<<precisionBits)
	at := scale * 0.5
	for i := range first + n {
		if i >= first {
			t.spans = append(t.spans, span{min(int(at), in-1), t.weights})
		}
		at += scale
	}
}

// fixed rounds value/sum to precisionBits, half away from zero.
func fixed(value, sum float64) int32 {
	if sum != 0 {
		value /= sum
	}
	return int32(value*(1<<precisionBits) + math.Copysign(0.5, value))
}

// resampler is one worker's memory for resizing.
type resampler struct {
	across, down taps
	rows         []byte  // (source rows, window width, 3): after the horizontal pass
	sums         []int32 // (window width, 3): a row of the vertical pass
}

// resize writes what lies in window once img is resized to size. dst's rows
// are stride bytes apart. Nothing outside the window is computed.
func (r *resampler) resize(dst []byte, stride int, img *imageio.RGB, size image.Point, window image.Rectangle, f filter) {
	r.across.compute(img.Width, size.X, window.Min.X, window.Dx(), f)
	r.down.compute(img.Height, size.Y, window.Min.Y, window.Dy(), f)
	top, bottom := r.down.source()
	width := 3 * window.Dx()
	r.rows = grow(r.rows, (bottom-top)*width)
	for y := top; y < bottom; y++ {
		r.across.resizeRow(r.rows[(y-top)*width:(y-top+1)*width], img.Pix[3*y*img.Width:3*(y+1)*img.Width])
	}
	r.sums = grow(r.sums, width)
	for y, s := range r.down.spans {
		sumRows(r.sums, r.rows[(s.from-top)*width:], s.weights)
		for x, v := range r.sums {
			dst[y*stride+x] = clip8(v)
		}
	}
}

// resizeRow is the horizontal pass for one row of red, green, blue. This loop is
// nearly all the time of shrinking a photo: it alone sees every pixel. Slicing
// each pixel out costs one bounds check where indexing would cost three.
func (t *taps) resizeRow(dst, src []byte) {
	for i, s := range t.spans {
		r, g, b := int32(half), int32(half), int32(half)
		at := src[3*s.from:]
		for j, w := range s.weights {
			pixel := at[3*j : 3*j+3 : 3*j+3]
			r += int32(pixel[0]) * w
			g += int32(pixel[1]) * w
			b += int32(pixel[2]) * w
		}
		pixel := dst[3*i : 3*i+3 : 3*i+3]
		pixel[0], pixel[1], pixel[2] = clip8(r), clip8(g), clip8(b)
	}
}

// sumRows is the vertical pass for one output row: whole rows are weighted and
// summed, so that memory is read in order.
func sumRows(sums []int32, rows []byte, weights []int32) {
	for i := range sums {
		sums[i] = half
	}
	for j, w := range weights {
		row := rows[j*len(sums):][:len(sums)]
		for i := range sums {
			sums[i] += int32(row[i]) * w
		}
	}
}

// clip8 drops the fraction and clamps to a byte.
func clip8(v int32) byte { return byte(min(max(v>>precisionBits, 0), 255)) }
