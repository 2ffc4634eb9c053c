package imageio_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"lookalike/internal/imageio"
)

func Example() {
	half := image.NewNRGBA(image.Rect(0, 0, 3, 2))
	half.Set(2, 0, color.NRGBA{R: 255, A: 128}) // half transparent red; the rest is clear
	var file bytes.Buffer
	if err := png.Encode(&file, half); err != nil {
		panic(err)
	}

	picture, info, err := imageio.Decode("half.png", file.Bytes(), imageio.Limits{})
	fmt.Println(info.Format, info.Width, info.Height, err)
	fmt.Println(picture.At(2, 0), picture.At(0, 0))

	_, _, err = imageio.Decode("half.png", file.Bytes()[:50], imageio.Limits{})
	fmt.Println(err)
	fmt.Println(errors.Is(err, imageio.ErrTruncated))
	// Output:
	// png 3 2 <nil>
	// {255 127 127 255} {255 255 255 255}
	// half.png: png: truncated: the file ends before the picture does
	// true
}
