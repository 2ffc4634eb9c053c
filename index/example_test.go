package index_test

import (
	"fmt"

	"lookalike/index"
)

func Example() {
	x, err := index.New(index.Config{Dim: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	for id, v := range [][]float32{{1, 0}, {0.8, 0.6}, {0, 1}, {1, 0}} { // 0 and 3 are the same vector
		if err := x.Add(uint64(id), v); err != nil {
			fmt.Println(err)
		}
	}
	found, err := x.Search([]float32{1, 0}, 3, 64, nil)
	fmt.Println(found, err)
	fmt.Println(x.Len(), "ids,", x.Nodes(), "nodes")
	// Output:
	// [{0 1} {3 1} {1 0.8}] <nil>
	// 4 ids, 3 nodes
}
