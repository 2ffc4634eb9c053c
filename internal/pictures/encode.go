package pictures

import (
	"bytes"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// encode writes a picture in the format of a file name's extension.
func encode(m image.Image, ext string) ([]byte, error) {
	var file bytes.Buffer
	var err error
	switch strings.ToLower(ext) {
	case ".jpg", ".jpeg":
		err = jpeg.Encode(&file, m, &jpeg.Options{Quality: 88})
	case ".png":
		fast := png.Encoder{CompressionLevel: png.BestSpeed}
		err = fast.Encode(&file, m)
	case ".gif":
		err = gif.Encode(&file, m, nil)
	case ".tiff":
		err = tiff.Encode(&file, m, &tiff.Options{Compression: tiff.Deflate, Predictor: true})
	case ".bmp":
		err = bmp.Encode(&file, m)
	default:
		return nil, fmt.Errorf("no encoder for %q: use .jpg, .png, .gif, .tiff or .bmp", ext)
	}
	return file.Bytes(), err
}
