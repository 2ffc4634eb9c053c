package encoder

import (
	"context"
	"fmt"
	"math"

	"lookalike/internal/f32"
)

// The forward pass of "An Image is Worth 16x16 Words" (Dosovitskiy et al.,
// 2021, section 3.1), pre-norm as in DINO's vision_transformer.py. Shapes:
// N tokens (CLS and one a patch), D hidden size, H heads, P values a patch,
// M width of the MLP.

// vit is a model, shared by all workers: nothing here changes while it runs.
// What one image needs is in state.
type vit struct {
	config    Config
	weights   *weights
	positions *positions // of every input size
}

// state is one worker's memory. It grows to the largest input seen and is used
// again, so that an image of a known size allocates nothing but its result.
type state struct {
	input   *preprocessor
	patches []float32  // (N-1, P)
	x       []float32  // (N, D), the residual stream
	y       []float32  // (N, D), x normalised, or what the heads say, side by side
	qkv     []float32  // (N, 3D), a row is q, k, v
	scores  []float32  // (N, N), attention of one head
	hidden  []float32  // (N, M)
	keys    f32.Matrix // (N, D/H), of one head
	values  f32.Matrix // (D/H, N), of one head
	scratch f32.Scratch
}

// grow returns a slice of length n, in s's memory when it is large enough.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// Output is what the last layer holds for one image.
type Output struct {
	Tokens       []float32 // (N, D), after the final LayerNorm; row 0 is CLS, then patches in reading order
	CLSAttention []float32 // (H, N), the last layer's attention of CLS to every token; rows sum to 1
	N, D, H      int
	GridHeight   int // patches down; N = 1 + GridHeight*GridWidth
	GridWidth    int // patches across
}

// output runs the model for every token.
func (m *vit) output(ctx context.Context, s *state, px Pixels) (Output, error) {
	gh, gw, err := m.grid(px)
	if err != nil {
		return Output{}, err
	}
	c := m.config
	out := Output{N: 1 + gh*gw, D: c.HiddenSize, H: c.NumAttentionHeads, GridHeight: gh, GridWidth: gw}
	out.CLSAttention = make([]float32, out.H*out.N)
	if err := m.forward(ctx, s, px, out.N, out.CLSAttention); err != nil {
		return Output{}, err
	}
	out.Tokens = make([]float32, out.N*out.D)
	m.norm(out.Tokens, s.x, m.weights.norm, out.N)
	return out, nil
}

// cls runs the model for the CLS token alone (D).
func (m *vit) cls(ctx context.Context, s *state, px Pixels) ([]float32, error) {
	if _, _, err := m.grid(px); err != nil {
		return nil, err
	}
	if err := m.forward(ctx, s, px, 1, nil); err != nil {
		return nil, err
	}
	out := make([]float32, m.config.HiddenSize)
	m.norm(out, s.x, m.weights.norm, 1)
	return out, nil
}

// maxPatches bounds a worker's memory: attention needs N*N floats, 256 MiB here.
const maxPatches = 8191

// grid returns how many patches px has down and across. It refuses inputs
// without one, with too many, and those that do not add up.
func (m *vit) grid(px Pixels) (gh, gw int, err error) {
	p := m.config.PatchSize
	gh, gw = px.Height/p, px.Width/p
	switch {
	case gh < 1 || gw < 1:
		err = fmt.Errorf("%w: %dx%d pixels hold no whole patch of %dx%d", ErrInput, px.Width, px.Height, p, p)
	case px.Width > maxSide || px.Height > maxSide || gh*gw > maxPatches:
		err = fmt.Errorf("%w: %dx%d pixels are more than %d patches of %dx%d", ErrInput, px.Width, px.Height, maxPatches, p, p)
	case len(px.Data) != 3*px.Width*px.Height:
		err = fmt.Errorf("%w: %d values are not 3x%dx%d pixels", ErrInput, len(px.Data), px.Height, px.Width)
	}
	return gh, gw, err
}

// forward leaves the residual stream after the last block in s.x. Of that
// block it computes only the first wanted rows, since no later block reads the
// others: an embedding needs one. attention, if not nil, gets the last block's
// CLS attention (H, N).
func (m *vit) forward(ctx context.Context, s *state, px Pixels, wanted int, attention []float32) error {
	n := m.embedPatches(s, px)
	for i := range m.weights.blocks {
		if err := ctx.Err(); err != nil {
			return err
		}
		b, rows, attn := &m.weights.blocks[i], n, []float32(nil)
		if i == len(m.weights.blocks)-1 {
			rows, attn = wanted, attention
		}
		m.attend(s, b, n, rows, attn) // x = x + proj(attention(norm(x)))   equation 2
		m.mlp(s, b, rows)             // x = x + fc2(gelu(fc1(norm(x))))    equation 3
	}
	return nil
}

// embedPatches fills s.x with the tokens: a linear map of each patch, CLS
// before them, plus positions (equation 1). It returns N.
func (m *vit) embedPatches(s *state, px Pixels) int {
	side, d, p := m.config.PatchSize, m.config.HiddenSize, m.config.patchDim()
	gh, gw := px.Height/side, px.Width/side
	n := 1 + gh*gw
	s.patches, s.x, s.y = grow(s.patches, (n-1)*p), grow(s.x, n*d), grow(s.y, n*d)
	cutPatches(s.patches, px, side)
	copy(s.x, m.weights.cls)
	m.weights.patch.w.Mul(s.x[d:], d, s.patches, p, n-1, m.weights.patch.bias, &s.scratch)
	f32.Add(s.x, m.positions.of(gh, gw))
	return n
}

// cutPatches lays each patch out as a row of (3, side, side). Pixels beyond
// the last whole patch are left out.
func cutPatches(dst []float32, px Pixels, side int) {
	i := 0
	for top := 0; top+side <= px.Height; top += side {
		for left := 0; left+side <= px.Width; left += side {
			for row := range 3 * side {
				c, y := row/side, top+row%side
				from := (c*px.Height+y)*px.Width + left
				i += copy(dst[i:], px.Data[from:from+side])
			}
		}
	}
}

// attend adds multi-head self-attention to the first rows of s.x. Every token
// needs its k and v, whatever rows is; the fused product makes all q with them.
func (m *vit) attend(s *state, b *block, n, rows int, attention []float32) {
	d := m.config.HiddenSize
	s.qkv, s.scores = grow(s.qkv, n*3*d), grow(s.scores, rows*n)
	m.norm(s.y, s.x, b.before, n)
	b.qkv.w.Mul(s.qkv, 3*d, s.y, d, n, b.qkv.bias, &s.scratch)
	for h := range m.config.NumAttentionHeads {
		m.attendHead(s, h, n, rows)
		if attention != nil {
			copy(attention[h*n:], s.scores[:n])
		}
	}
	b.proj.w.MulAdd(s.x, d, s.y, d, rows, b.proj.bias, &s.scratch)
}

// attendHead writes softmax(q k^T / sqrt(D/H)) v to the head's columns of s.y.
// q, k and v are columns of s.qkv, so a row of theirs is 3D after the one
// before. k and v are packed like weights: they are read once per query row.
func (m *vit) attendHead(s *state, h, n, rows int) {
	d, width := m.config.HiddenSize, m.config.headDim()
	q, k, v := s.qkv[h*width:], s.qkv[d+h*width:], s.qkv[2*d+h*width:]
	s.keys.Pack(k, n, width, 3*d, 1)
	s.values.Pack(v, width, n, 1, 3*d)
	s.keys.Mul(s.scores, n, q, 3*d, rows, nil, &s.scratch)
	scale := float32(1 / math.Sqrt(float64(width)))
	for i := range rows {
		f32.Softmax(s.scores[i*n:(i+1)*n], scale)
	}
	s.values.Mul(s.y[h*width:], d, s.scores, n, rows, nil, &s.scratch)
}

// mlp adds the two-layer perceptron to the first rows of s.x.
func (m *vit) mlp(s *state, b *block, rows int) {
	d, wide := m.config.HiddenSize, m.config.IntermediateSize
	s.hidden = grow(s.hidden, rows*wide)
	m.norm(s.y, s.x, b.after, rows)
	b.fc1.w.Mul(s.hidden, wide, s.y, d, rows, b.fc1.bias, &s.scratch)
	f32.GELU(s.hidden)
	b.fc2.w.MulAdd(s.x, d, s.hidden, wide, rows, b.fc2.bias, &s.scratch)
}

// norm writes LayerNorm of the first rows of x to dst.
func (m *vit) norm(dst, x []float32, ln layerNorm, rows int) {
	d, eps := m.config.HiddenSize, float32(m.config.LayerNormEps)
	for i := range rows {
		f32.LayerNorm(dst[i*d:(i+1)*d], x[i*d:(i+1)*d], ln.gain, ln.bias, eps)
	}
}
