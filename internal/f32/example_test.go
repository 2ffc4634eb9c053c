package f32_test

import (
	"fmt"

	"lookalike/internal/f32"
)

// A linear layer of 3 inputs and 2 outputs, applied to 2 rows of activations.
func Example() {
	weights := []float32{ // (2, 3)
		1, 0, -1,
		2, 1, 0,
	}
	var layer f32.Matrix
	layer.Pack(weights, 2, 3, 3, 1)

	activations := []float32{ // (2, 3)
		1, 2, 3,
		4, 5, 6,
	}
	out := make([]float32, 2*2)
	var scratch f32.Scratch
	layer.Mul(out, 2, activations, 3, 2, []float32{10, 20}, &scratch)
	fmt.Println(out)
	// Output: [8 24 8 33]
}

// Softmax turns a row of scores into weights that add up to one.
func ExampleSoftmax() {
	row := []float32{2, 2, 2, 2}
	f32.Softmax(row, 0.125)
	fmt.Println(row)
	// Output: [0.25 0.25 0.25 0.25]
}
