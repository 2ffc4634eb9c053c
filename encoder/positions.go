package encoder

import "math"

// positionsFor returns the position embedding (1 + gh*gw, D) of a patch grid:
// the trained one, or for another grid its patch part resized bicubically, as
// torch's interpolate(mode="bicubic", align_corners=False) does. Resized ones
// are kept for the next image of that size.
func (e *Encoder) positionsFor(gh, gw int) []float32 {
	side := e.config.gridSide()
	if gh == side && gw == side {
		return e.weights.positions
	}
	e.resizedMu.Lock()
	defer e.resizedMu.Unlock()
	grid := [2]int{gh, gw}
	if p, ok := e.resized[grid]; ok {
		return p
	}
	if len(e.resized) >= maxResized { // sizes without end must not fill the memory
		clear(e.resized)
	}
	d := e.config.HiddenSize
	p := append(make([]float32, 0, (1+gh*gw)*d), e.weights.positions[:d]...) // CLS has no place in the grid
	p = append(p, resizeGrid(e.weights.positions[d:], side, side, gh, gw, d)...)
	e.resized[grid] = p
	return p
}

// maxResized bounds the resized position embeddings that are kept.
const maxResized = 64

// resizeGrid resizes (h, w, d) to (outH, outW, d), down first, then across.
func resizeGrid(grid []float32, h, w, outH, outW, d int) []float32 {
	tall := make([]float64, outH*w*d)
	for y := range outH {
		rows, weights := cubicTaps(y, h, outH)
		for i, row := range rows {
			src, dst := grid[row*w*d:(row+1)*w*d], tall[y*w*d:]
			for j, v := range src {
				dst[j] += weights[i] * float64(v)
			}
		}
	}
	out := make([]float32, outH*outW*d)
	for x := range outW {
		columns, t := cubicTaps(x, w, outW)
		for y := range outH {
			row, dst := tall[y*w*d:], out[(y*outW+x)*d:(y*outW+x+1)*d]
			for j := range dst {
				dst[j] = float32(t[0]*row[columns[0]*d+j] + t[1]*row[columns[1]*d+j] +
					t[2]*row[columns[2]*d+j] + t[3]*row[columns[3]*d+j])
			}
		}
	}
	return out
}

// cubicTaps returns the four source positions of output i, clamped to the
// edge, and their weights: Keys' kernel with a = -0.75, half-pixel centres.
func cubicTaps(i, in, out int) (at [4]int, weights [4]float64) {
	centre := (float64(i)+0.5)*float64(in)/float64(out) - 0.5
	base := math.Floor(centre)
	t := centre - base
	weights = [4]float64{keysFar(t + 1), keysNear(t), keysNear(1 - t), keysFar(2 - t)}
	for k := range at {
		at[k] = min(max(int(base)+k-1, 0), in-1)
	}
	return at, weights
}

const keysA = -0.75

// keysNear is the kernel for 0 <= x <= 1, keysFar for 1 < x < 2.
func keysNear(x float64) float64 { return ((keysA+2)*x-(keysA+3))*x*x + 1 }
func keysFar(x float64) float64  { return ((keysA*x-5*keysA)*x+8*keysA)*x - 4*keysA }
