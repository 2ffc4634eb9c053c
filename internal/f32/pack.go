package f32

import "fmt"

// Pack lays out w, where element l of row j is w[j*rowStride+l*colStride], for
// j < n and l < k. A Matrix that is packed again reuses its memory.
func (p *Matrix) Pack(w []float32, n, k, rowStride, colStride int) {
	if n < 1 || k < 1 {
		panic(fmt.Sprintf("f32: Pack of an empty matrix, %d x %d", n, k))
	}
	p.kernels, p.n, p.k = use, n, k
	cols := use.cols
	size := cols * k // of a panel
	panels := (n + cols - 1) / cols
	p.panels = grow(p.panels, panels*size)
	clear(p.panels[(panels-1)*size:]) // the padding beyond row n
	for j := 0; j < n; j += cols {
		packPanel(p.panels[j*k:][:size], w[j*rowStride:], min(cols, n-j), cols, rowStride, colStride)
	}
}

// packPanel lays out the first n rows of w as panel (k, cols).
func packPanel(panel, w []float32, n, cols, rowStride, colStride int) {
	if rowStride == 1 { // w is transposed already
		for l := 0; l*cols < len(panel); l++ {
			copy(panel[l*cols:l*cols+n], w[l*colStride:])
		}
		return
	}
	j := 0
	for ; j+4 <= n; j += 4 {
		packFour(panel[j:], w[j*rowStride:], cols, rowStride, colStride)
	}
	for ; j < n; j++ {
		for l, to := 0, j; to < len(panel); l, to = l+1, to+cols {
			panel[to] = w[j*rowStride+l*colStride]
		}
	}
}

// packFour lays out four rows at a time, so that each line of the panel is
// touched a quarter as often.
func packFour(panel, w []float32, cols, rowStride, colStride int) {
	w0, w1, w2, w3 := w, w[rowStride:], w[2*rowStride:], w[3*rowStride:]
	for l := 0; len(panel) >= 4; l += colStride {
		panel[0], panel[1], panel[2], panel[3] = w0[l], w1[l], w2[l], w3[l]
		panel = panel[min(cols, len(panel)):]
	}
}
