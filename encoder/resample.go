package encoder

import (
	"image"
	"math"

	"lookalike/internal/imageio"
	"lookalike/internal/simd"
)

// Resampling as Pillow's Image.resize does it, bit for bit: separable, the
// filter widened by the shrink factor (antialiasing), weights rounded to fixed
// point, and 8 bits between the horizontal and the vertical pass. Models are
// trained on pictures resized so, and another resampler moves their embeddings
// more than bfloat16 arithmetic does.

// taps tell which source positions make each output position along one axis.
type taps struct {
	spans   []simd.Span
	weights []int32   // the memory of all spans
	values  []float64 // one span's weights before rounding
}

// source returns the range of source positions that the spans touch. Spans move
// only forward, so the first and the last one bound it.
func (t *taps) source() (from, to int) {
	last := t.spans[len(t.spans)-1]
	return t.spans[0].From, last.From + len(last.Weights)
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
		center := float64((float64(i) + 0.5) * scale) // the conversion keeps arm64 from fusing it with a sum, which rounds otherwise
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
		t.spans = append(t.spans, simd.Span{From: from, Weights: t.weights[start:]})
	}
}

// computeNearest takes the source position under each output's centre. Pillow
// walks there step by step, with the rounding of each addition.
func (t *taps) computeNearest(in, first, n int, scale float64) {
	t.weights = append(t.weights, 1<<simd.WeightBits)
	at := scale * 0.5
	for i := range first + n {
		if i >= first {
			t.spans = append(t.spans, simd.Span{From: min(int(at), in-1), Weights: t.weights})
		}
		at += scale
	}
}

// fixed rounds value/sum to simd.WeightBits, half away from zero.
func fixed(value, sum float64) int32 {
	if sum != 0 {
		value /= sum
	}
	return int32(value*(1<<simd.WeightBits) + math.Copysign(0.5, value))
}

// resampler is one worker's memory for resizing.
type resampler struct {
	across, down taps
	horizontal   simd.Taps
	rows         []byte // (source rows, window width * 3 + 1): after the horizontal pass
}

// batch is how many rows the horizontal pass takes at a time: a multiple of
// what any kernel does.
const batch = 16

// resize writes what lies in window once img is resized to size. dst's rows
// are stride bytes apart. Nothing outside the window is computed. The source is
// read once and in order: rows are resized across just before they are summed,
// and are still in the cache then.
func (r *resampler) resize(dst []byte, stride int, img *imageio.RGB, size image.Point, window image.Rectangle, f filter) {
	r.across.compute(img.Width, size.X, window.Min.X, window.Dx(), f)
	r.down.compute(img.Height, size.Y, window.Min.Y, window.Dy(), f)
	r.horizontal.Pack(r.across.spans)
	top, bottom := r.down.source()
	width := 3 * window.Dx()
	rowStride := width + 1 // as Horizontal asks
	r.rows = grow(r.rows, (bottom-top)*rowStride)
	next := top
	for y, s := range r.down.spans {
		for next < s.From+len(s.Weights) {
			n := min(batch, bottom-next)
			r.horizontal.Horizontal(r.rows[(next-top)*rowStride:], rowStride, img.Pix[3*next*img.Width:], img.Width, n)
			next += n
		}
		simd.Vertical(dst[y*stride:][:width], r.rows[(s.From-top)*rowStride:], rowStride, s.Weights)
	}
}
