package imageio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/image/tiff"
)

// huge returns a file of each format whose header claims width x height.
func huge(t testing.TB, width, height uint16) map[string][]byte {
	t.Helper()
	img := colorful(23, 17)
	le, be := binary.LittleEndian, binary.BigEndian
	jpegFile := bytes.Clone(encodeJPEG(t, img))
	frame := bytes.Index(jpegFile, []byte{0xff, markerSOF0})
	be.PutUint16(jpegFile[frame+5:], height)
	be.PutUint16(jpegFile[frame+7:], width)
	pngFile := bytes.Clone(encodePNG(t, img))
	be.PutUint32(pngFile[16:], uint32(width))
	be.PutUint32(pngFile[20:], uint32(height))
	be.PutUint32(pngFile[29:], pngCRC(pngFile[12:29]))
	gifFile := bytes.Clone(encodeGIF(t, img))
	for _, at := range []int{6, bytes.IndexByte(gifFile[13+3*256:], ',') + 13 + 3*256 + 5} {
		le.PutUint16(gifFile[at:], width)
		le.PutUint16(gifFile[at+2:], height)
	}
	bmpFile := bytes.Clone(encodeBMP(t, img))
	le.PutUint32(bmpFile[18:], uint32(width))
	le.PutUint32(bmpFile[22:], uint32(height))
	tiffFile := bytes.Clone(encodeTIFF(t, img, tiff.Deflate))
	d, _ := readDirectory(tiffFile)
	le.PutUint32(d.entries[8:], uint32(width)) // the entries are part of the file
	le.PutUint32(d.entries[12+8:], uint32(height))
	webpFile := bytes.Clone(readTestdata(t, "lossy-alpha.webp"))
	copy(webpFile[24:], []byte{byte(width - 1), byte((width - 1) >> 8), 0, byte(height - 1), byte((height - 1) >> 8), 0})
	return map[string][]byte{"jpeg": jpegFile, "png": pngFile, "gif": gifFile, "bmp": bmpFile, "tiff": tiffFile, "webp": webpFile}
}

// TestHugeHeaders: a picture over the limit is refused from its header, without
// its memory.
func TestHugeHeaders(t *testing.T) {
	for format, file := range huge(t, 60000, 60000) {
		var err error
		took := allocated(func() { _, _, err = Decode("huge", file, Limits{}) })
		if !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "60000x60000 pixels, the limit is 100 megapixels") {
			t.Errorf("%s: %v", format, err)
		}
		if took > 1<<20 {
			t.Errorf("%s: allocated %d bytes to refuse it", format, took)
		}
		if _, err := DecodeConfig("huge", file, Limits{}); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: DecodeConfig says %v", format, err)
		}
	}
}

// TestLyingHeaders: within the limit, but the file cannot hold so much. Where a
// byte of the format has a least worth, that is seen before allocating too.
func TestLyingHeaders(t *testing.T) {
	for format, file := range huge(t, 9000, 9000) {
		var err error
		took := allocated(func() { _, _, err = Decode("lying", file, Limits{}) })
		if err == nil {
			t.Errorf("%s: 9000x9000 pixels from %d bytes", format, len(file))
		}
		if (format == "jpeg" || format == "png" || format == "bmp") && took > 1<<20 {
			t.Errorf("%s: allocated %d bytes to refuse it: %v", format, took, err)
		}
	}
}

// allocated is how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestLimits(t *testing.T) {
	file := encodePNG(t, colorful(20, 10))
	for _, c := range []struct {
		name string
		lim  Limits
		ok   bool
	}{
		{"defaults", Limits{}, true},
		{"exactly", Limits{MaxBytes: int64(len(file)), MaxPixels: 200}, true},
		{"one byte more", Limits{MaxBytes: int64(len(file)) - 1}, false},
		{"one pixel more", Limits{MaxPixels: 199}, false},
	} {
		_, _, err := Decode(c.name, file, c.lim)
		if c.ok != (err == nil) || !c.ok && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestLongSide: few pixels, but a side that no buffer along it should have.
func TestLongSide(t *testing.T) {
	file := bytes.Clone(encodePNG(t, colorful(20, 10)))
	binary.BigEndian.PutUint32(file[16:], 100_000_000)
	binary.BigEndian.PutUint32(file[20:], 1)
	binary.BigEndian.PutUint32(file[29:], pngCRC(file[12:29]))
	if _, _, err := Decode("long", file, Limits{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}
