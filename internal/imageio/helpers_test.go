package imageio

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// samples are small files of each format, made by Go or taken from testdata.
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	img := colorful(23, 17)
	return map[string][]byte{
		"jpeg":          encodeJPEG(t, img),
		"png":           encodePNG(t, img),
		"gif":           encodeGIF(t, img),
		"tiff":          encodeTIFF(t, img, tiff.Uncompressed),
		"tiff deflate":  encodeTIFF(t, img, tiff.Deflate),
		"bmp":           encodeBMP(t, img),
		"webp lossy":    readTestdata(t, "lossy.webp"),
		"webp lossless": readTestdata(t, "lossless.webp"),
		"webp alpha":    readTestdata(t, "lossy-alpha.webp"),
		"webp animated": readTestdata(t, "animated.webp"),
		"progressive":   readTestdata(t, "420-progressive.jpg"),
		"cmyk":          readTestdata(t, "cmyk.jpg"),
	}
}

// colorful is an opaque picture in which every pixel differs from its
// neighbours, so that a shifted row or column shows.
func colorful(width, height int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetNRGBA(x, y, color.NRGBA{uint8(x * 37), uint8(y * 53), uint8(x*11 + y*29), 255})
		}
	}
	return img
}

func encodeJPEG(t testing.TB, img image.Image) []byte {
	return encoded(t, func(w *bytes.Buffer) error { return jpeg.Encode(w, img, &jpeg.Options{Quality: 90}) })
}

func encodePNG(t testing.TB, img image.Image) []byte {
	return encoded(t, func(w *bytes.Buffer) error { return png.Encode(w, img) })
}

func encodeGIF(t testing.TB, img image.Image) []byte {
	return encoded(t, func(w *bytes.Buffer) error { return gif.Encode(w, img, nil) })
}

func encodeTIFF(t testing.TB, img image.Image, c tiff.CompressionType) []byte {
	return encoded(t, func(w *bytes.Buffer) error { return tiff.Encode(w, img, &tiff.Options{Compression: c}) })
}

func encodeBMP(t testing.TB, img image.Image) []byte {
	return encoded(t, func(w *bytes.Buffer) error { return bmp.Encode(w, img) })
}

func encoded(t testing.TB, encode func(w *bytes.Buffer) error) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := encode(&file); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func readTestdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "pillow", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// mustDecode decodes with the default limits.
func mustDecode(t testing.TB, name string, data []byte) *RGB {
	t.Helper()
	p, info, err := Decode(name, data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if info.Width != p.Width || info.Height != p.Height || len(p.Pix) != 3*p.Width*p.Height {
		t.Fatalf("%s: info says %dx%d, the picture is %dx%d with %d bytes", name, info.Width, info.Height, p.Width, p.Height, len(p.Pix))
	}
	return p
}

// difference is the largest and the mean difference of any channel.
func difference(t testing.TB, got, want *RGB) (largest int, mean float64) {
	t.Helper()
	if got.Width != want.Width || got.Height != want.Height {
		t.Fatalf("got %dx%d pixels, want %dx%d", got.Width, got.Height, want.Width, want.Height)
	}
	sum := 0
	for i, v := range got.Pix {
		d := max(int(v), int(want.Pix[i])) - min(int(v), int(want.Pix[i]))
		largest, sum = max(largest, d), sum+d
	}
	return largest, float64(sum) / float64(len(got.Pix))
}

// exifBlock is a TIFF structure with an orientation as its second entry.
func exifBlock(order binary.AppendByteOrder, orientation uint16) []byte {
	block := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		block = []byte("MM\x00*")
	}
	block = order.AppendUint32(block, 8)
	block = order.AppendUint16(block, 2)
	block = appendEntry(order, block, 256, 23)
	block = appendEntry(order, block, tagOrientation, orientation)
	return order.AppendUint32(block, 0)
}

func appendEntry(order binary.AppendByteOrder, block []byte, tag, value uint16) []byte {
	block = order.AppendUint16(block, tag)
	block = order.AppendUint16(block, 3)
	block = order.AppendUint32(block, 1)
	block = order.AppendUint16(block, value)
	return order.AppendUint16(block, 0)
}

// withAPP1 puts a segment behind a JPEG's start.
func withAPP1(file, block []byte) []byte {
	body := append([]byte("Exif\x00\x00"), block...)
	head := []byte{0xff, 0xd8, 0xff, markerAPP1}
	head = binary.BigEndian.AppendUint16(head, uint16(len(body)+2))
	return append(append(head, body...), file[2:]...)
}

// withChunk puts a chunk behind a PNG's header.
func withChunk(file []byte, kind string, body []byte) []byte {
	const end = 8 + 25 // magic and IHDR
	out := append([]byte(nil), file[:end]...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(body)))
	start := len(out)
	out = append(append(out, kind...), body...)
	out = binary.BigEndian.AppendUint32(out, pngCRC(out[start:]))
	return append(out, file[end:]...)
}

// withEntry adds a directory entry to a TIFF, in a new directory at the end.
func withEntry(file []byte, tag, value int) []byte {
	d, _ := readDirectory(file)
	out := append([]byte(nil), file...)
	order := binary.LittleEndian
	order.PutUint32(out[4:], uint32(len(out)))
	out = order.AppendUint16(out, uint16(len(d.entries)/12+1))
	added := d.entry(tag, value)
	for e := d.entries; len(e) > 0; e = e[12:] {
		if added != nil && int(order.Uint16(e)) > tag {
			out, added = append(out, added...), nil
		}
		out = append(out, e[:12]...)
	}
	return order.AppendUint32(append(out, added...), 0)
}
