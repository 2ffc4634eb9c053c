package patches_test

import (
	"context"
	"fmt"

	"lookalike/internal/attention"
	"lookalike/internal/patches"
)

// Two patches a picture: the first of A is nearest to the second of B, and the
// other way round; its second is nearer to that one, too, which has a better.
func ExampleMutual() {
	shape := patches.Shape{Rows: 1, Columns: 2, Window: attention.Window{Right: 1, Bottom: 1}}
	a := patches.Grid{Shape: shape, Values: []float32{1, 0, 0.8, 0.6}, Dim: 2}
	b := patches.Grid{Shape: shape, Values: []float32{0, -1, 1, 0}, Dim: 2}
	m, err := patches.Mutual(context.Background(), a, b)
	fmt.Println(m.Pairs, err)
	// Output: [{0 1 1}] <nil>
}
