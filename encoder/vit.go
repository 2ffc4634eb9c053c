package encoder

import (
	"context"
	"fmt"
	"math"

	"lookalike/internal/simd"
)

// The forward pass of "An Image is Worth 16x16 Words" (Dosovitskiy et al.,
// 2021, section 3.1), pre-norm as in DINO's vision_transformer.py. Shapes:
// N tokens (CLS and one a patch), D hidden size, H heads, P values a patch,
// M width of the MLP.

// vit is a model, shared by all workers: nothing here changes while it runs.
// What one image needs is in activations, what one core needs in core.
type vit struct {
	config     Config
	descriptor Descriptor
	weights    *weights
	positions  *positions // of every input size
}

// activations are one image on its way through the model; the cores that work
// on it share them. They grow to the largest input seen and are used again.
type activations struct {
	patches simd.Rows // (N-1, P)
	x       simd.Rows // (N, D), the residual stream
	y       simd.Rows // (N, D), x normalised
	qkv     simd.Rows // (N, 3D), a row is q, k, v
	heads   simd.Rows // (N, D), what the heads say, side by side
	hidden  simd.Rows // (N, M)
}

// core is the memory of one core at work.
type core struct {
	scratch   simd.Scratch
	row       []float32   // (D) or (P)
	scores    simd.Rows   // (attendAtOnce, N), attention of one head
	keys      simd.Matrix // (N, D/H), of one head
	values    simd.Matrix // (D/H, N), of one head
	converted simd.Rows   // what a product of another precision reads
	clock     *clock      // nil unless stages are timed
}

// as returns rows in the precision of the product that reads them next.
func (c *core) as(p simd.Precision, rows *simd.Rows) *simd.Rows {
	if rows.Precision() == p {
		return rows
	}
	c.converted.Reset(p, rows.M, rows.K)
	c.converted.Convert(rows, &c.scratch)
	return &c.converted
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
func (m *vit) output(ctx context.Context, t team, px Pixels) (Output, error) {
	gh, gw, err := m.grid(px)
	if err != nil {
		return Output{}, err
	}
	c := m.config
	out := Output{N: 1 + gh*gw, D: c.HiddenSize, H: c.NumAttentionHeads, GridHeight: gh, GridWidth: gw}
	out.CLSAttention = make([]float32, out.H*out.N)
	if err := m.forward(ctx, t, px, out.N, out.CLSAttention); err != nil {
		return Output{}, err
	}
	out.Tokens = make([]float32, out.N*out.D)
	tokens := simd.Of(out.Tokens, out.N, out.D, out.D)
	m.norm(t.cores[0], &tokens, &t.image.x, m.weights.norm)
	return out, nil
}

// cls runs the model for the CLS token alone (D).
func (m *vit) cls(ctx context.Context, t team, px Pixels) ([]float32, error) {
	if _, _, err := m.grid(px); err != nil {
		return nil, err
	}
	if err := m.forward(ctx, t, px, 1, nil); err != nil {
		return nil, err
	}
	out := make([]float32, m.config.HiddenSize)
	token, first := simd.Of(out, 1, len(out), len(out)), t.image.x.Slice(0, 1)
	m.norm(t.cores[0], &token, &first, m.weights.norm)
	return out, nil
}

// maxPatches bounds a worker's memory, about 280 MB of activations for ViT-B/16,
// and its time, which grows with the square of the tokens.
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

// forward leaves the residual stream after the last block in the image's x. Of
// that block it computes only the first wanted rows, since no later block reads
// the others: an embedding needs one. attention, if not nil, gets the last
// block's CLS attention (H, N).
func (m *vit) forward(ctx context.Context, t team, px Pixels, wanted int, attention []float32) error {
	return t.run(ctx, m, pass{t.image, px, m.reset(t.image, px), wanted, attention})
}

// pass is one forward pass, as all cores see it.
type pass struct {
	image     *activations
	px        Pixels
	n, wanted int       // tokens, and how many of them the last block computes
	attention []float32 // (H, N) or nil
}

// work is a core's share of a pass. Tokens are dealt out to the cores, which meet
// only where a token needs the others: before attention, for their keys and
// values, and after it, for what the heads say.
func (m *vit) work(c *core, w worker, p pass) {
	m.embedPatches(c, p.image, p.px, w.share(p.n))
	for i := range m.weights.blocks {
		b, rows, attn := &m.weights.blocks[i], p.n, []float32(nil)
		if i == len(m.weights.blocks)-1 {
			rows, attn = p.wanted, p.attention
		}
		// x = x + proj(attention(norm(x)))   equation 2
		m.project(c, p.image, b, w.share(p.n))
		if !w.meet() {
			return
		}
		m.attend(c, p.image, rows, w.share(m.config.NumAttentionHeads), attn)
		if !w.meet() {
			return
		}
		m.gather(c, p.image, b, w.share(rows))
		// x = x + fc2(gelu(fc1(norm(x))))    equation 3
		m.mlp(c, p.image, b, w.share(rows))
	}
}

// reset prepares the buffers for an input and returns N.
func (m *vit) reset(a *activations, px Pixels) int {
	c, p := m.config, m.weights.arithmetic
	n := 1 + px.Height/c.PatchSize*(px.Width/c.PatchSize)
	a.patches.Reset(p.attention, n-1, c.patchDim())
	a.x.Reset(simd.Float32, n, c.HiddenSize)
	a.y.Reset(p.linear, n, c.HiddenSize)
	a.qkv.Reset(p.attention, n, 3*c.HiddenSize)
	a.heads.Reset(p.attention, n, c.HiddenSize)
	a.hidden.Reset(p.attention, n, c.IntermediateSize)
	return n
}

// embedPatches fills rows of x with tokens: a linear map of each patch, CLS
// before them, plus positions (equation 1).
func (m *vit) embedPatches(c *core, a *activations, px Pixels, rows part) {
	if rows.from == rows.to {
		return
	}
	side := m.config.PatchSize
	gh, gw := px.Height/side, px.Width/side
	first := max(rows.from, 1) // row 0 is CLS, patch i is row i+1
	if rows.from == 0 {
		copy(a.x.Row(0), m.weights.cls)
	}
	c.row = grow(c.row, m.config.patchDim())
	for i := first - 1; i < rows.to-1; i++ {
		cutPatch(c.row, px, side, i/gw*side, i%gw*side)
		a.patches.Set(i, c.row)
	}
	x, patches := a.x.Slice(first, rows.to), a.patches.Slice(first-1, rows.to-1)
	m.weights.patch.w.Mul(&x, &patches, m.weights.patch.bias, &c.scratch)
	positions, d := m.positions.of(gh, gw), m.config.HiddenSize
	for i := rows.from; i < rows.to; i++ {
		simd.Add(a.x.Row(i), positions[i*d:])
	}
	c.lap("patches")
}

// cutPatch lays the patch at (left, top) out as (3, side, side).
func cutPatch(dst []float32, px Pixels, side, top, left int) {
	for i := range 3 * side {
		channel, y := i/side, top+i%side
		from := (channel*px.Height+y)*px.Width + left
		copy(dst[i*side:], px.Data[from:from+side])
	}
}

// project makes q, k and v of rows. Every token needs its k and v, whatever is
// wanted; the fused product makes all q with them.
func (m *vit) project(c *core, a *activations, b *block, rows part) {
	x, y, qkv := rows.of(&a.x), rows.of(&a.y), rows.of(&a.qkv)
	m.norm(c, &y, &x, b.before)
	c.lap("norm")
	b.qkv.w.Mul(&qkv, &y, b.qkv.bias, &c.scratch)
	c.lap("qkv")
}

// attend computes multi-head self-attention of the first rows, for some heads.
func (m *vit) attend(c *core, a *activations, rows int, heads part, attention []float32) {
	for h := heads.from; h < heads.to; h++ {
		m.attendHead(c, a, h, rows, attention)
	}
	c.lap("attention")
}

// attendAtOnce is how many rows of scores are computed before they are used:
// 197 floats each, they stay in the L1 cache.
const attendAtOnce = 28

// attendHead writes softmax(q k^T / sqrt(D/H)) v to the head's columns of
// heads. k and v are packed like weights: they are read once per query row.
func (m *vit) attendHead(c *core, a *activations, h, rows int, attention []float32) {
	d, width, n := m.config.HiddenSize, m.config.headDim(), a.x.M
	q, k, v := a.qkv.Columns(h*width, width), a.qkv.Columns(d+h*width, width), a.qkv.Columns(2*d+h*width, width)
	out := a.heads.Columns(h*width, width)
	c.keys.PackRows(&k)
	c.values.PackColumns(&v)
	for i := range pieces(rows, attendAtOnce) {
		q, out := i.of(&q), i.of(&out)
		c.scores.Reset(simd.Float32, q.M, n)
		c.keys.Mul(&c.scores, &q, nil, &c.scratch)
		for r := range q.M {
			simd.Softmax(c.scores.Row(r), float32(1/math.Sqrt(float64(width))))
		}
		if i.from == 0 && attention != nil {
			copy(attention[h*n:], c.scores.Row(0))
		}
		c.values.Mul(&out, c.as(m.weights.attention, &c.scores), nil, &c.scratch)
	}
}

// gather adds to rows of x what the heads say.
func (m *vit) gather(c *core, a *activations, b *block, rows part) {
	x, heads := rows.of(&a.x), rows.of(&a.heads)
	b.proj.w.MulAdd(&x, c.as(m.weights.linear, &heads), b.proj.bias, &c.scratch)
	c.lap("proj")
}

// mlp adds the two-layer perceptron to rows of x.
func (m *vit) mlp(c *core, a *activations, b *block, rows part) {
	x, y, hidden := rows.of(&a.x), rows.of(&a.y), rows.of(&a.hidden)
	m.norm(c, &y, &x, b.after)
	c.lap("norm")
	b.fc1.w.MulGELU(&hidden, &y, b.fc1.bias, &c.scratch)
	c.lap("fc1+gelu")
	b.fc2.w.MulAdd(&x, c.as(m.weights.linear, &hidden), b.fc2.bias, &c.scratch)
	c.lap("fc2")
}

// norm writes LayerNorm of each row of x to dst.
func (m *vit) norm(c *core, dst, x *simd.Rows, ln layerNorm) {
	c.row = grow(c.row, m.config.HiddenSize)
	for i := range x.M {
		simd.LayerNorm(c.row, x.Row(i), ln.gain, ln.bias, float32(m.config.LayerNormEps))
		dst.Set(i, c.row)
	}
}
