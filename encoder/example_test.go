package encoder_test

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"log"

	"lookalike/encoder"
)

// A picture and its mirror image are near each other, another picture is not.
func Example() {
	e, err := encoder.Starter(encoder.WithWorkers(1))
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close()
	sunset := paint(func(x, y int) color.RGBA { return color.RGBA{255, uint8(255 - y), uint8(x / 2), 255} })
	mirrored := paint(func(x, y int) color.RGBA { return color.RGBA{255, uint8(255 - y), uint8((255 - x) / 2), 255} })
	tiles := paint(func(x, y int) color.RGBA { return color.RGBA{0, uint8(x / 32 % 2 * 255), uint8(y / 32 % 2 * 255), 255} })
	v, err := e.Embed(context.Background(), sunset, mirrored, tiles)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(e.Model().Name, e.Model().Dim)
	fmt.Println("mirrored:", cosine(v[0], v[1]) > 0.9)
	fmt.Println("tiles:", cosine(v[0], v[2]) > 0.9)
	// Output:
	// starter 192
	// mirrored: true
	// tiles: false
}

func paint(at func(x, y int) color.RGBA) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, 256, 256))
	for y := range 256 {
		for x := range 256 {
			img.SetRGBA(x, y, at(x, y))
		}
	}
	return img
}

// cosine of unit vectors is their inner product.
func cosine(a, b []float32) (sum float32) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
