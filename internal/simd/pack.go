package simd

import "fmt"

// Pack lays out w, where element l of row j is w[j*stride+l], for j < n and
// l < k, in precision p. A Matrix that is packed again reuses its memory.
func (p *Matrix) Pack(precision Precision, w []float32, n, k, stride int) {
	var rows Rows
	p.reset(precision, n, k)
	for j := 0; j < n; j += p.kernels.cols {
		count := min(p.kernels.cols, n-j)
		if precision == Float32 {
			rows = Of(w[j*stride:], count, k, stride)
		} else {
			rows.Reset(precision, count, k)
			for i := range count {
				p.setRow(&rows, i, j+i, w[(j+i)*stride:(j+i)*stride+k])
			}
		}
		packPanel(p.panel(j), rows.words, count, p.kernels.cols, rows.stride)
	}
}

// setRow writes row j of w to row i of a panel's rows.
func (p *Matrix) setRow(rows *Rows, i, j int, w []float32) {
	if p.precision != Int8 {
		rows.Set(i, w)
		return
	}
	p.scale[j], p.sums[j] = quantizeWeights(quarters(rows.words[i*rows.stride:]), w, p.kernels.top)
}

// quantizeWeights writes the signed codes of w, symmetric about zero, up to top,
// and returns their scale and the sum of what they stand for.
func quantizeWeights(dst []uint8, w []float32, top float32) (scale, sum float32) {
	lo, hi := use.extent(w)
	scale = max(hi, -lo) / top
	total := 0
	for l, v := range w {
		q := int8(0)
		if scale > 0 {
			q = int8(roundEven(v / scale))
		}
		dst[l], total = uint8(q), total+int(q)
	}
	return scale, scale * float32(total)
}

// PackRows makes the rows of r the rows of w, in r's precision, which cannot be
// Int8.
func (p *Matrix) PackRows(r *Rows) {
	p.reset(r.precision, r.M, r.K)
	cols := p.kernels.cols
	for j := 0; j < r.M; j += cols {
		packPanel(p.panel(j), r.words[j*r.stride:], min(cols, r.M-j), cols, r.stride)
	}
}

// PackColumns makes the columns of r the rows of w.
func (p *Matrix) PackColumns(r *Rows) {
	p.reset(r.precision, r.K, r.M)
	for j := 0; j < r.K; j += p.kernels.cols {
		p.packColumns(p.panel(j), r, j, min(p.kernels.cols, r.K-j))
	}
}

// packColumns fills a panel with width columns of r from column j on.
func (p *Matrix) packColumns(panel []uint32, r *Rows, j, width int) {
	cols := p.kernels.cols
	for l := range p.k {
		to := panel[l*cols : (l+1)*cols]
		if r.precision == Float32 {
			copy(to[:width], r.words[l*r.stride+j:])
			continue
		}
		even, odd := halves(r.words[2*l*r.stride:])[j:j+width], zeros[:width]
		if 2*l+1 < r.M {
			odd = halves(r.words[(2*l+1)*r.stride:])[j : j+width]
		}
		use.interleave(halves(to), even, odd)
	}
}

// zeros is the row after the last one where their number is odd.
var zeros [32]uint16

// reset prepares for a matrix of n rows and k columns.
func (p *Matrix) reset(precision Precision, n, k int) {
	if n < 1 || k < 1 {
		panic(fmt.Sprintf("simd: Pack of an empty matrix, %d x %d", n, k))
	}
	p.kernels, p.precision = use.of(precision), precision
	p.n, p.k = n, precision.padded(k)/precision.group()
	cols := p.kernels.cols
	panels := (n + cols - 1) / cols
	p.panels = grow(p.panels, panels*cols*p.k)
	clear(p.panels[(panels-1)*cols*p.k:]) // the padding beyond row n
	if precision == Int8 {
		p.scale, p.sums = grow(p.scale, panels*cols), grow(p.sums, panels*cols)
		clear(p.scale[(panels-1)*cols:])
		clear(p.sums[(panels-1)*cols:])
	}
}

// panel returns the memory of the panel at row j of w.
func (p *Matrix) panel(j int) []uint32 { return p.panels[j*p.k:][:p.kernels.cols*p.k] }

// packPanel lays out the first n rows of words as panel (k, cols).
func packPanel(panel, rows []uint32, n, cols, stride int) {
	j := 0
	for ; j+4 <= n; j += 4 {
		packFour(panel[j:], rows[j*stride:], cols, stride)
	}
	for ; j < n; j++ {
		for l, to := 0, j; to < len(panel); l, to = l+1, to+cols {
			panel[to] = rows[j*stride+l]
		}
	}
}

// packFour lays out four rows at a time, so that each line of the panel is
// touched a quarter as often.
func packFour(panel, rows []uint32, cols, stride int) {
	r0, r1, r2, r3 := rows, rows[stride:], rows[2*stride:], rows[3*stride:]
	for l := 0; len(panel) >= 4; l++ {
		panel[0], panel[1], panel[2], panel[3] = r0[l], r1[l], r2[l], r3[l]
		panel = panel[min(cols, len(panel)):]
	}
}

// Parts returns what Pack has laid out, so that it can be kept in a file.
func (p *Matrix) Parts() [][]uint32 {
	return [][]uint32{p.panels, wordsOf(p.scale), wordsOf(p.sums)}
}

// Restore makes p the matrix that Pack made for the level in use. next returns
// the next words of the Parts, which p keeps.
func (p *Matrix) Restore(precision Precision, n, k int, next func(words int) []uint32) {
	kernels := use.of(precision)
	columns := (n + kernels.cols - 1) / kernels.cols * kernels.cols
	*p = Matrix{kernels: kernels, precision: precision, n: n, k: precision.padded(k) / precision.group()}
	p.panels = next(columns * p.k)
	if precision == Int8 {
		p.scale, p.sums = floats(next(columns)), floats(next(columns))
	}
}
