package patches

import (
	"cmp"
	"context"
	"slices"

	"lookalike/internal/attention"
	"lookalike/internal/simd"
)

// Shape is how a picture was cut into patches, and where they lie in it.
type Shape struct {
	Rows, Columns int
	Window        attention.Window
}

// Grid is the descriptors of a picture's patches.
type Grid struct {
	Shape
	Values []float32 // (Rows*Columns, Dim), patches in reading order, each of length 1
	Dim    int
}

// at returns the descriptor of patch i (Dim).
func (g Grid) at(i int) []float32 { return g.Values[i*g.Dim : (i+1)*g.Dim] }

// len is the number of patches.
func (g Grid) len() int { return g.Rows * g.Columns }

// Pair is a patch of A and one of B, counted in reading order from 0.
type Pair struct {
	A, B  int
	Score float32 // cosine of their descriptors
}

// Match is what two pictures have in common.
type Match struct {
	A, B  Shape
	Pairs []Pair // best first
}

// Mutual pairs the patches that are each other's nearest. Both grids are of one
// model. Of equally near patches the first counts.
func Mutual(ctx context.Context, a, b Grid) (Match, error) {
	m := Match{A: a.Shape, B: b.Shape}
	toB, toA := make([]Pair, a.len()), make([]Pair, b.len()) // the nearest of the other side
	for j := range toA {
		toA[j] = Pair{A: -1, B: j}
	}
	for i := range toB {
		if err := ctx.Err(); err != nil {
			return m, err
		}
		toB[i] = Pair{A: i, B: -1}
		for j := range toA {
			p := Pair{i, j, simd.Dot(a.at(i), b.at(j))}
			toB[i], toA[j] = p.nearer(toB[i]), p.nearer(toA[j])
		}
	}
	for i, p := range toB {
		if p.B >= 0 && toA[p.B].A == i {
			m.Pairs = append(m.Pairs, p)
		}
	}
	slices.SortStableFunc(m.Pairs, func(p, q Pair) int { return cmp.Compare(q.Score, p.Score) })
	return m, nil
}

// nearer is p if it scores higher than the best so far, which may be none.
func (p Pair) nearer(best Pair) Pair {
	if best.A < 0 || best.B < 0 || p.Score > best.Score {
		return p
	}
	return best
}

// Centre returns where patch i has its centre, in parts of the upright
// picture's width and height.
func (s Shape) Centre(i int) (x, y float64) {
	x = (float64(i%s.Columns) + 0.5) / float64(s.Columns)
	y = (float64(i/s.Columns) + 0.5) / float64(s.Rows)
	return s.Window.Left + x*(s.Window.Right-s.Window.Left), s.Window.Top + y*(s.Window.Bottom-s.Window.Top)
}
