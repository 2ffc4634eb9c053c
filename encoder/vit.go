package encoder

import (
	"context"
	"math"

	"lookalike/internal/f32"
)

// The forward pass of "An Image is Worth 16x16 Words" (Dosovitskiy et al.,
// 2021, section 3.1), pre-norm as in DINO's vision_transformer.py.
// N tokens (CLS and one a patch), D hidden size, H heads, P values a patch.

// Output is what the last layer holds for one image.
type Output struct {
	Tokens       []float32 // (N, D), after the final LayerNorm; row 0 is CLS, then patches in reading order
	CLSAttention []float32 // (H, N), the last layer's attention of CLS to every token; rows sum to 1
	N, D, H      int
	GridHeight   int // patches down; N = 1 + GridHeight*GridWidth
	GridWidth    int // patches across
}

// state is one worker's memory. It grows to the largest input seen and is
// used again, so that an image of a known size allocates nothing but its result.
type state struct {
	pixels  Pixels
	patches []float32 // (N-1, P)
	x       []float32 // (N, D), the residual stream
	y       []float32 // (N, D), a normalised copy, or heads side by side
	qkv     []float32 // (N, 3D), a row is q, k, v
	scores  []float32 // (rows, N), attention of one head
	hidden  []float32 // (rows, MLP)
	keys    f32.Matrix
	values  f32.Matrix
	scratch f32.Scratch
}

// grow returns a slice of length n, in s's memory when it is large enough.
func grow(s []float32, n int) []float32 {
	if cap(s) < n {
		return make([]float32, n)
	}
	return s[:n]
}

// forward fills s.x with the last hidden state of s.pixels, before the final
// LayerNorm. With clsOnly the last block computes only the CLS row, the one
// that an embedding is made of; s.x's other rows are then those of the block
// before. attention, if not nil, gets the last block's CLS attention (H, N).
func (e *Encoder) forward(ctx context.Context, s *state, clsOnly bool, attention []float32) error {
	n := e.embedPatches(s)
	for i := range e.weights.blocks {
		if err := ctx.Err(); err != nil {
			return err
		}
		b, rows, attn := &e.weights.blocks[i], n, []float32(nil)
		if last := i == len(e.weights.blocks)-1; last {
			attn = attention
			if clsOnly {
				rows = 1
			}
		}
		e.attend(b, s, n, rows, attn) // x = x + proj(attention(norm(x)))
		e.mlp(b, s, rows)             // x = x + fc2(gelu(fc1(norm(x))))
	}
	return nil
}

// embedPatches makes the tokens: a linear map of each patch plus its position,
// CLS first (equation 1). It returns N.
func (e *Encoder) embedPatches(s *state) int {
	d, p, w := e.config.HiddenSize, e.config.patchDim(), e.weights
	gh, gw := s.pixels.Height/e.config.PatchSize, s.pixels.Width/e.config.PatchSize
	n := 1 + gh*gw
	s.patches = grow(s.patches, (n-1)*p)
	s.x = grow(s.x, n*d)
	s.y = grow(s.y, n*d)
	cutPatches(s.patches, &s.pixels, e.config.PatchSize, gh, gw)
	copy(s.x, w.cls)
	w.patch.Mul(s.x[d:], d, s.patches, p, n-1, w.patchBias, &s.scratch)
	f32.Add(s.x, e.positionsFor(gh, gw))
	return n
}

// cutPatches lays each patch out as a row of (3, side, side); pixels beyond
// the last whole patch are left out.
func cutPatches(dst []float32, px *Pixels, side, gh, gw int) {
	i := 0
	for gy := range gh {
		for gx := range gw {
			for c := range 3 {
				for y := range side {
					from := (c*px.Height+gy*side+y)*px.Width + gx*side
					i += copy(dst[i:], px.Data[from:from+side])
				}
			}
		}
	}
}

// attend adds multi-head self-attention to the first rows of s.x (equation 2).
func (e *Encoder) attend(b *block, s *state, n, rows int, attention []float32) {
	d := e.config.HiddenSize
	s.qkv = grow(s.qkv, n*3*d)
	e.normRows(s.y, s.x, b.before, n)
	b.qkv.w.Mul(s.qkv, 3*d, s.y, d, n, b.qkv.bias, &s.scratch)
	for h := range e.config.NumAttnHeads {
		e.attendHead(s, h, n, rows)
		if attention != nil {
			copy(attention[h*n:], s.scores[:n])
		}
	}
	b.proj.w.MulAdd(s.x, d, s.y, d, rows, b.proj.bias, &s.scratch)
}

// attendHead writes softmax(q k^T / sqrt(D/H)) v of one head to its columns of s.y.
func (e *Encoder) attendHead(s *state, h, n, rows int) {
	d, width := e.config.HiddenSize, e.config.headDim()
	q, k, v := s.qkv[h*width:], s.qkv[d+h*width:], s.qkv[2*d+h*width:]
	s.scores = grow(s.scores, rows*n)
	s.keys.Pack(k, n, width, 3*d, 1)   // (N, D/H): scores = q k^T
	s.values.Pack(v, width, n, 1, 3*d) // (D/H, N): v transposed
	s.keys.Mul(s.scores, n, q, 3*d, rows, nil, &s.scratch)
	scale := float32(1 / math.Sqrt(float64(width)))
	for i := range rows {
		f32.Softmax(s.scores[i*n:(i+1)*n], scale)
	}
	s.values.Mul(s.y[h*width:], d, s.scores, n, rows, nil, &s.scratch)
}

// mlp adds the block's MLP to the first rows of s.x (equation 3).
func (e *Encoder) mlp(b *block, s *state, rows int) {
	d, wide := e.config.HiddenSize, e.config.IntermediateSize
	s.hidden = grow(s.hidden, rows*wide)
	e.normRows(s.y, s.x, b.after, rows)
	b.fc1.w.Mul(s.hidden, wide, s.y, d, rows, b.fc1.bias, &s.scratch)
	f32.GELU(s.hidden)
	b.fc2.w.MulAdd(s.x, d, s.hidden, wide, rows, b.fc2.bias, &s.scratch)
}

// normRows writes LayerNorm of the first rows of x to dst.
func (e *Encoder) normRows(dst, x []float32, norm layerNorm, rows int) {
	d, eps := e.config.HiddenSize, float32(e.config.LayerNormEps)
	for i := range rows {
		f32.LayerNorm(dst[i*d:(i+1)*d], x[i*d:(i+1)*d], norm.gain, norm.bias, eps)
	}
}
