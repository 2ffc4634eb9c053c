package attention_test

import (
	"fmt"

	"lookalike/internal/attention"
	"lookalike/internal/imageio"
)

// Two heads on a grid of 1x3 patches; the model saw the middle of the picture.
func Example() {
	m := attention.Map{
		Heads: 2, Rows: 1, Columns: 3, Window: attention.Window{Left: 0.25, Right: 0.75, Bottom: 1},
		Values: []float32{0.125, 0.625, 0.125, 0.5, 0.125, 0.25},
	}
	fmt.Println(m.Mean())
	fmt.Println(attention.Mask(m.Head(0), attention.Share), attention.Mask(m.Head(1), attention.Share))
	view := attention.NewView(imageio.NewRGB(1200, 900), m)
	fmt.Println(view.Heat(m.Mean()).Bounds().Size())
	// Output:
	// [0.3125 0.375 0.1875]
	// [false true false] [true false true]
	// (1024,768)
}
