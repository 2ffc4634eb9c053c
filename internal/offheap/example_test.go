package offheap_test

import (
	"fmt"
	"runtime"

	"lookalike/internal/offheap"
)

func ExampleMake() {
	type table struct{ scores []float32 }
	t := &table{}
	t.scores = offheap.Make[float32](t, 1<<20)
	t.scores[7] = 0.5
	fmt.Println(len(t.scores), t.scores[7], t.scores[8])
	runtime.KeepAlive(t)
	// Output: 1048576 0.5 0
}
