package simd_test

import (
	"fmt"

	"lookalike/internal/simd"
)

// A linear layer of 3 inputs and 2 outputs, applied to 2 rows of activations.
func Example() {
	weights := []float32{ // (2, 3)
		1, 0, -1,
		2, 1, 0,
	}
	var layer simd.Matrix
	layer.Pack(simd.Float32, weights, 2, 3, 3)

	activations := simd.Of([]float32{
		1, 2, 3,
		4, 5, 6,
	}, 2, 3, 3)
	out := make([]float32, 2*2)
	rows := simd.Of(out, 2, 2, 2)
	var scratch simd.Scratch
	layer.Mul(&rows, &activations, []float32{10, 20}, &scratch)
	fmt.Println(out)
	// Output: [8 24 8 33]
}

// Softmax turns a row of scores into weights that add up to one.
func ExampleSoftmax() {
	row := []float32{2, 2, 2, 2}
	simd.Softmax(row, 0.125)
	fmt.Println(row)
	// Output: [0.25 0.25 0.25 0.25]
}
