package encoder

import (
	"math"
	"sync"
)

// positions is the position embedding (1 + gh*gw, D) of every patch grid in
// use: the trained one and those resized from it.
type positions struct {
	side, d int
	trained []float32 // (1 + side*side, D)

	mu      sync.Mutex
	resized map[[2]int][]float32 // (gh, gw) -> (1 + gh*gw, D)
}

func newPositions(c Config, w *weights) *positions {
	return &positions{side: c.gridSide(), d: c.HiddenSize, trained: w.positions, resized: map[[2]int][]float32{}}
}

// maxResized bounds the resized position embeddings that are kept.
const maxResized = 16

// of returns the position embedding of a grid. For another grid than the
// trained one its patch part is resized bicubically, as torch's
// interpolate(mode="bicubic", align_corners=False) does, and kept for the next
// image of that size.
func (p *positions) of(gh, gw int) []float32 {
	if gh == p.side && gw == p.side {
		return p.trained
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	grid := [2]int{gh, gw}
	if _, ok := p.resized[grid]; !ok {
		if len(p.resized) >= maxResized { // sizes without end must not fill the memory
			clear(p.resized)
		}
		cls := p.trained[:p.d:p.d] // has no place in the grid
		p.resized[grid] = append(cls, resizeGrid(p.trained[p.d:], p.side, p.side, gh, gw, p.d)...)
	}
	return p.resized[grid]
}

// resizeGrid resizes (h, w, d) to (outH, outW, d), down first, then across. It
// happens once per input size, so float64 costs nothing and keeps it exact.
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
