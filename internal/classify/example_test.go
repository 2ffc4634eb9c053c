package classify_test

import (
	"context"
	"fmt"
	"log"

	"lookalike/internal/classify"
)

// Three neighbours vote, and a probe is trained on vectors that lie in two directions.
func Example() {
	votes := classify.Vote([]classify.Neighbour{{Score: 0.9, Labels: []int32{1}}, {Score: 0.8, Labels: []int32{0}}, {Score: 0.8, Labels: []int32{0}}},
		classify.DefaultTemperature)
	for _, v := range votes {
		fmt.Printf("label %d: %.2f\n", v.Label, v.Share)
	}
	set := &classify.Set{Classes: 2, Dim: 2}
	for range 5 {
		set.Add([]float32{0.8, 0.6}, 0)
		set.Add([]float32{-0.6, 0.8}, 1)
	}
	trained, err := classify.Train(context.Background(), set, classify.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(trained.Report.Right, "of", trained.Report.Examples, "kept aside;", "label", trained.Probe.Predict([]float32{1, 0})[0].Label)
	// Output:
	// label 1: 0.68
	// label 0: 0.32
	// 2 of 2 kept aside; label 0
}
