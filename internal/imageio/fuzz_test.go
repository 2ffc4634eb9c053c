package imageio

import "testing"

// FuzzDecode: no input panics, and what Decode promises holds for every one.
// The limit keeps each round short; it is the same code as at any other limit.
func FuzzDecode(f *testing.F) {
	for _, file := range samples(f) {
		f.Add(file)
		f.Add(file[:len(file)*2/3])
	}
	for _, name := range []string{"turned.png", "turned.tiff", "turned.webp", "fax.tiff", "cmyk.tiff", "canvas.gif", "palette.bmp", "ycck.jpg", "411.jpg"} {
		f.Add(readTestdata(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		checkDecode(t, data, Limits{MaxPixels: 1 << 18})
	})
}
