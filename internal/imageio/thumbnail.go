package imageio

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"

	"github.com/disintegration/imaging"
)

const thumbnailQuality = 82

// Thumbnail is a JPEG that fits into side x side pixels. It is never larger
// than the picture itself.
func Thumbnail(img *RGB, side int) ([]byte, error) {
	if side < 1 {
		return nil, fmt.Errorf("thumbnail of side %d: must be at least 1", side)
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, Fit(img, side), &jpeg.Options{Quality: thumbnailQuality}); err != nil {
		return nil, fmt.Errorf("thumbnail of side %d: %w", side, err)
	}
	return file.Bytes(), nil
}

// Fit scales a picture down to fit into side x side pixels, side at least 1. One
// that fits keeps its size.
func Fit(img *RGB, side int) *image.NRGBA {
	return imaging.Fit(shrink(img, side), side, side, imaging.CatmullRom)
}

// shrink averages squares of pixels so far that the picture is still at least
// twice side long: imaging's filter then has little left to do, which takes a
// fifth of the time and looks the same.
func shrink(img *RGB, side int) *image.NRGBA {
	k := max(1, max(img.Width, img.Height)/(2*side))
	small := image.NewNRGBA(image.Rect(0, 0, (img.Width+k-1)/k, (img.Height+k-1)/k))
	sums := make([]uint32, 3*small.Rect.Dx())
	for y := range small.Rect.Dy() {
		clear(sums)
		rows := min(k, img.Height-y*k)
		for dy := range rows {
			addRow(sums, img.row(y*k+dy), k)
		}
		averageRow(small.Pix[y*small.Stride:], sums, rows, img.Width, k)
	}
	return small
}

// addRow adds each run of k pixels to its three sums.
func addRow(sums []uint32, row []byte, k int) {
	for x := 0; len(row) > 0; x += 3 {
		run := row[:min(3*k, len(row))]
		row = row[len(run):]
		var r, g, b uint32
		for ; len(run) >= 3; run = run[3:] {
			r, g, b = r+uint32(run[0]), g+uint32(run[1]), b+uint32(run[2])
		}
		sums[x], sums[x+1], sums[x+2] = sums[x]+r, sums[x+1]+g, sums[x+2]+b
	}
}

// averageRow divides the sums; the last run of a row may be shorter than k.
func averageRow(dst []byte, sums []uint32, rows, width, k int) {
	for x := 0; 3*x < len(sums); x++ {
		n := uint32(rows * min(k, width-x*k))
		for c := range 3 {
			dst[4*x+c] = byte((sums[3*x+c] + n/2) / n)
		}
		dst[4*x+3] = 255
	}
}
