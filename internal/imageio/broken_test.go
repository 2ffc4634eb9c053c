package imageio

import (
	"bytes"
	"errors"
	"image"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/image/tiff"
)

// TestTruncated cuts each file at every byte: always an *Error, never a picture.
func TestTruncated(t *testing.T) {
	for kind, file := range samples(t) {
		t.Run(kind, func(t *testing.T) {
			said, whole := 0, len(file)
			if strings.HasPrefix(kind, "tiff") {
				whole -= 16 // behind the directory Go writes the resolution, which is not missed
			}
			for n := range file[:whole] {
				_, _, err := Decode("cut", file[:n], Limits{})
				e, ok := errors.AsType[*Error](err)
				if !ok {
					t.Fatalf("cut to %d of %d bytes: %v, want an *Error", n, len(file), err)
				}
				if e.Name != "cut" || e.Reason == "" || e.Err == nil {
					t.Fatalf("cut to %d of %d bytes: incomplete error %#v", n, len(file), e)
				}
				if errors.Is(err, ErrTruncated) {
					said++
				}
			}
			// Where a cut leaves something that looks like another mistake, saying that is fine too.
			t.Logf("%d of %d cuts are called truncated", said, len(file))
			if said < len(file)/2 {
				t.Errorf("only %d of %d cuts are called truncated", said, len(file))
			}
		})
	}
}

// TestTruncatedStrip: with TIFF's directory in front, what is cut off is pixels.
func TestTruncatedStrip(t *testing.T) {
	file := readTestdata(t, "cmyk.tiff")
	for n := range len(file) - 1 { // the last byte may be padding
		if _, _, err := Decode("cut", file[:n], Limits{}); err == nil {
			t.Fatalf("cut to %d of %d bytes and still a picture", n, len(file))
		}
	}
}

// TestChangedBytes changes random bytes: an error or a picture, and nothing else.
func TestChangedBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	lim := Limits{MaxPixels: 1 << 20}
	for kind, file := range samples(t) {
		for range 100 {
			changed := bytes.Clone(file)
			for range 1 + r.IntN(5) {
				changed[r.IntN(len(changed))] = byte(r.Uint32())
			}
			checkDecode(t, changed, lim)
			if t.Failed() {
				t.Fatalf("%s: see above", kind)
			}
		}
	}
}

// checkDecode checks what Decode promises of any input. It is shared with the fuzz target.
func checkDecode(t *testing.T, data []byte, lim Limits) {
	t.Helper()
	info, configErr := DecodeConfig("input", data, lim)
	p, decoded, err := Decode("input", data, lim)
	switch {
	case err != nil:
		if e, ok := errors.AsType[*Error](err); !ok || e.Name != "input" || e.Reason == "" || e.Err == nil {
			t.Errorf("not a complete *Error: %#v", err)
		}
		if p != nil {
			t.Error("both a picture and an error")
		}
	case configErr != nil:
		t.Errorf("Decode read what DecodeConfig refused: %v", configErr)
	case info != decoded || p.Width != info.Width || p.Height != info.Height || len(p.Pix) != 3*p.Width*p.Height:
		t.Errorf("config %v, decode %v, picture %dx%d with %d bytes", info, decoded, p.Width, p.Height, len(p.Pix))
	}
}

// TestReasons: the error names file, format and reason in plain words.
func TestReasons(t *testing.T) {
	jpegFile, pngFile := encodeJPEG(t, colorful(9, 9)), encodePNG(t, colorful(9, 9))
	badCRC := bytes.Clone(pngFile)
	badCRC[len(badCRC)-20] ^= 1
	arithmetic := bytes.Clone(jpegFile)
	arithmetic[bytes.Index(arithmetic, []byte{0xff, markerSOF0})+1] = 0xc9
	twelve := bytes.Clone(jpegFile)
	twelve[bytes.Index(twelve, []byte{0xff, markerSOF0})+4] = 12
	for _, c := range []struct {
		name, want string
		data       []byte
		kind       error
	}{
		{"empty.jpg", "empty.jpg: the file is empty", nil, ErrEmpty},
		{"notes.png", "notes.png: not a JPEG, PNG, GIF, WebP, TIFF or BMP picture", []byte("dear diary"), ErrFormat},
		{"BM.txt", "BM.txt: not a JPEG, PNG, GIF, WebP, TIFF or BMP picture", []byte("BMI is body mass index, a figure"), ErrFormat},
		{"cut.jpg", "cut.jpg: jpeg: truncated: the file ends before the picture does", jpegFile[:len(jpegFile)-2], ErrTruncated},
		{"bad.png", "bad.png: png: corrupt (png: invalid format: zlib: invalid checksum)", badCRC, ErrCorrupt},
		{"odd.jpg", "odd.jpg: jpeg: is a lossless, hierarchical or arithmetic-coded JPEG, which is not supported", arithmetic, ErrUnsupported},
		{"deep.jpg", "deep.jpg: jpeg: has 12 bits a sample, only 8 are supported", twelve, ErrUnsupported},
		{"none.jpg", "none.jpg: jpeg: corrupt: there is no picture between its start and its end", []byte("\xff\xd8\xff\xd9"), ErrCorrupt},
		{"zero.png", "zero.png: png: corrupt: the header says 0x9 pixels", patched(pngFile, 16, 0, 0, 0, 0), ErrCorrupt},
	} {
		_, _, err := Decode(c.name, c.data, Limits{})
		if err == nil || err.Error() != c.want || !errors.Is(err, c.kind) {
			t.Errorf("%s:\ngot  %v\nwant %s (%v)", c.name, err, c.want, c.kind)
		}
	}
}

// patched is a copy with some bytes replaced.
func patched(file []byte, at int, with ...byte) []byte {
	out := bytes.Clone(file)
	copy(out[at:], with)
	return out
}

// TestManyScans: each scan is a walk over the whole picture, so their number is limited.
func TestManyScans(t *testing.T) {
	file := readTestdata(t, "420-progressive.jpg")
	start := bytes.Index(file, []byte{0xff, markerSOS})
	scan := file[start : start+2+bytes.Index(file[start+2:], []byte{0xff, markerDHT})]
	many := append(bytes.Clone(file[:start]), bytes.Repeat(scan, maxScans+1)...)
	_, _, err := Decode("many.jpg", append(many, 0xff, markerEOI), Limits{})
	if !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "more than 100 scans") {
		t.Errorf("got %v", err)
	}
}

// TestPlanarTIFF is refused rather than read as noise.
func TestPlanarTIFF(t *testing.T) {
	out := withEntry(encodeTIFF(t, colorful(9, 9), tiff.Uncompressed), tagPlanar, 2)
	if _, _, err := Decode("planes.tiff", out, Limits{}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("got %v", err)
	}
}

// TestManyTiles: nobody cuts a picture so small.
func TestManyTiles(t *testing.T) {
	file := withEntry(withEntry(encodeTIFF(t, colorful(900, 700), tiff.Deflate), tagTileWidth, 3), tagTileLength, 3)
	if _, _, err := Decode("tiles.tiff", file, Limits{}); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "70200 tiles") {
		t.Errorf("got %v", err)
	}
}

// TestPanicIsAnError: whatever a decoder does, the process lives on.
func TestPanicIsAnError(t *testing.T) {
	explode := func() (err error) {
		defer recovered("bomb", "gif", &err)
		var none image.Image
		FromImage(none)
		return nil
	}
	if err := explode(); !errors.Is(err, ErrCorrupt) || !strings.HasPrefix(err.Error(), "bomb: gif: corrupt (the decoder gave up: ") {
		t.Errorf("got %v", err)
	}
}
