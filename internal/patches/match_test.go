package patches

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"lookalike/internal/attention"
)

var whole = attention.Window{Right: 1, Bottom: 1}

// gridOf makes unit descriptors of drawn numbers.
func gridOf(t *rapid.T, name string) Grid {
	g := Grid{Shape: Shape{Rows: rapid.IntRange(1, 5).Draw(t, name+" rows"), Columns: rapid.IntRange(1, 5).Draw(t, name+" columns"), Window: whole}, Dim: 3}
	for range g.len() {
		v := rapid.SliceOfN(rapid.Float64Range(-1, 1), 3, 3).Draw(t, name)
		length := math.Sqrt(v[0]*v[0]+v[1]*v[1]+v[2]*v[2]) + 1e-9
		for _, x := range v {
			g.Values = append(g.Values, float32(x/length))
		}
	}
	return g
}

func inner(a, b []float32) (sum float32) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// TestMutual: every pair is mutual, and every mutual pair is there. Which of
// equally near patches counts is left open here.
func TestMutual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := gridOf(t, "a"), gridOf(t, "b")
		m, err := Mutual(context.Background(), a, b)
		if err != nil || m.A != a.Shape || m.B != b.Shape {
			t.Fatalf("%+v, %v", m, err)
		}
		const slack = 1e-5
		var usedA, usedB []int
		for i, p := range m.Pairs {
			if i > 0 && p.Score > m.Pairs[i-1].Score {
				t.Fatalf("pair %d scores %g after %g", i, p.Score, m.Pairs[i-1].Score)
			}
			if slices.Contains(usedA, p.A) || slices.Contains(usedB, p.B) {
				t.Fatalf("a patch of %+v is in two pairs", p)
			}
			usedA, usedB = append(usedA, p.A), append(usedB, p.B)
			for j := range b.len() {
				if inner(a.at(p.A), b.at(j)) > p.Score+slack {
					t.Fatalf("%+v: patch %d of B is nearer", p, j)
				}
			}
			for j := range a.len() {
				if inner(a.at(j), b.at(p.B)) > p.Score+slack {
					t.Fatalf("%+v: patch %d of A is nearer", p, j)
				}
			}
		}
		for i := range a.len() {
			for j := range b.len() {
				if clearlyMutual(a, b, i, j, slack) && !slices.ContainsFunc(m.Pairs, func(p Pair) bool { return p.A == i && p.B == j }) {
					t.Fatalf("%d and %d are missing", i, j)
				}
			}
		}
	})
}

// clearlyMutual is whether no other patch comes near to the two.
func clearlyMutual(a, b Grid, i, j int, slack float32) bool {
	score := inner(a.at(i), b.at(j))
	for k := range b.len() {
		if k != j && inner(a.at(i), b.at(k)) > score-slack {
			return false
		}
	}
	for k := range a.len() {
		if k != i && inner(a.at(k), b.at(j)) > score-slack {
			return false
		}
	}
	return true
}

func TestMutualEnds(t *testing.T) {
	g := Grid{Shape: Shape{Rows: 1, Columns: 1, Window: whole}, Values: []float32{1}, Dim: 1}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Mutual(ctx, g, g); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestCentre(t *testing.T) {
	for _, c := range []struct {
		shape Shape
		patch int
		x, y  float64
	}{
		{Shape{2, 4, whole}, 0, 0.125, 0.25}, {Shape{2, 4, whole}, 7, 0.875, 0.75},
		{Shape{1, 2, attention.Window{Left: 0.25, Top: 0, Right: 0.75, Bottom: 0.5}}, 1, 0.625, 0.25},
	} {
		if x, y := c.shape.Centre(c.patch); x != c.x || y != c.y {
			t.Errorf("%+v, patch %d: %v, %v", c.shape, c.patch, x, y)
		}
	}
}
