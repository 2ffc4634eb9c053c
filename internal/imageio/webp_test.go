package imageio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// riff makes a WebP file of chunks, each a type of four letters and a body.
func riff(chunks ...string) []byte {
	file := []byte("RIFF\x00\x00\x00\x00WEBP")
	for i := 0; i < len(chunks); i += 2 {
		file = append(file, chunks[i]...)
		file = binary.LittleEndian.AppendUint32(file, uint32(len(chunks[i+1])))
		file = append(file, chunks[i+1]...)
		if len(chunks[i+1])%2 == 1 {
			file = append(file, 0)
		}
	}
	binary.LittleEndian.PutUint32(file[4:], uint32(len(file)-8))
	return file
}

// le24 is numbers of 24 bits.
func le24(numbers ...int) string {
	var b strings.Builder
	for _, n := range numbers {
		b.Write([]byte{byte(n), byte(n >> 8), byte(n >> 16)})
	}
	return b.String()
}

func TestWebPHeaders(t *testing.T) {
	canvas := "\x00\x00\x00\x00" + le24(99, 49)
	lossy := "\x00\x00\x00\x9d\x01\x2a\x20\x00\x10\x40" // 32x16, the latter scaled
	lossless := "\x2f\x06\xc0\x02\x00"                  // 7x12
	exif := string(exifBlock(binary.BigEndian, 6))
	for _, c := range []struct {
		name string
		file []byte
		want header
	}{
		{"canvas", riff("VP8X", canvas, "VP8 ", lossy), header{width: 100, height: 50}},
		{"lossy", riff("VP8 ", lossy), header{width: 32, height: 16}},
		{"lossless", riff("VP8L", lossless), header{width: 7, height: 12}},
		{"turned", riff("VP8L", lossless, "EXIF", exif), header{width: 7, height: 12, orientation: 6}},
		{"turned, marked as in JPEG", riff("VP8L", lossless, "EXIF", "Exif\x00\x00"+exif), header{width: 7, height: 12, orientation: 6}},
		{"odd chunk before", riff("ICCP", "abc", "VP8L", lossless), header{width: 7, height: 12}},
		{"no picture", riff("ICCP", "abc"), header{}},
		{"first counts", riff("VP8L", lossless, "VP8X", canvas), header{width: 7, height: 12}},
	} {
		got, err := webpHeader(c.file)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(header{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// animation wraps the picture of a still file as the frame of an animation.
func animation(t *testing.T, width, height, x, y, w, h int) []byte {
	t.Helper()
	still := readTestdata(t, "lossless.webp")
	frame := le24(x/2, y/2, w-1, h-1, 100) + "\x00" + string(still[12:])
	return riff("VP8X", "\x02\x00\x00\x00"+le24(width-1, height-1), "ANIM", "\x00\x00\x00\x00\x00\x00", "ANMF", frame)
}

func TestWebPFrameOnCanvas(t *testing.T) {
	still := mustDecode(t, "still", readTestdata(t, "lossless.webp"))
	p := mustDecode(t, "animation", animation(t, 80, 60, 10, 4, still.Width, still.Height))
	if p.Width != 80 || p.Height != 60 {
		t.Fatalf("%dx%d pixels", p.Width, p.Height)
	}
	for y := range 60 {
		for x := range 80 {
			want := filled(1, 1, [3]byte{255, 255, 255}).At(0, 0)
			if x >= 10 && x < 10+still.Width && y >= 4 && y < 4+still.Height {
				want = still.At(x-10, y-4)
			}
			if got := p.At(x, y); got != want {
				t.Fatalf("(%d, %d): %v, want %v", x, y, got, want)
			}
		}
	}
}

func TestWebPBadFrames(t *testing.T) {
	canvas := "\x02\x00\x00\x00" + le24(79, 59)
	whole := animation(t, 80, 60, 0, 0, 61, 45)
	for name, c := range map[string]struct {
		file []byte
		kind error
	}{
		"outside":           {animation(t, 80, 60, 30, 4, 61, 45), ErrCorrupt},
		"not its size":      {animation(t, 80, 60, 0, 0, 60, 45), ErrCorrupt},
		"short":             {riff("VP8X", canvas, "ANMF", "short"), ErrCorrupt},
		"no picture":        {riff("VP8X", canvas, "ANMF", le24(0, 0, 9, 9, 9)+"\x00"), ErrCorrupt},
		"no image chunk":    {riff("VP8X", canvas), ErrCorrupt},
		"chunk past RIFF":   {append(riff("VP8X", canvas)[:20], 9, 9, 9, 9), ErrTruncated},
		"RIFF past the end": {whole[:len(whole)-2], ErrTruncated},
	} {
		if _, _, err := Decode(name, c.file, Limits{}); !errors.Is(err, c.kind) && !errors.Is(err, ErrTruncated) {
			t.Errorf("%s: got %v, want %v", name, err, c.kind)
		}
	}
}

// TestWebPStill: the file made of a frame says its size and its transparency.
func TestWebPStill(t *testing.T) {
	f := webpFrame{width: 300, height: 70000, chunks: []byte("ALPH....")}
	file := f.still()
	if file[20] != 1<<4 || !bytes.Equal(file[24:30], []byte{43, 1, 0, 111, 17, 1}) {
		t.Errorf("header % x", file[:30])
	}
	if size := binary.LittleEndian.Uint32(file[4:]); int(size) != len(file)-8 {
		t.Errorf("RIFF says %d of %d bytes", size, len(file)-8)
	}
}

// TestVideoDefinition compares the incremental spreading with the formula for
// each pixel on its own.
func TestVideoDefinition(t *testing.T) {
	near, far := []byte{9, 200, 13, 255, 0}, []byte{77, 3, 254, 1, 128}
	for width := 9; width <= 10; width++ {
		got := make([]byte, width)
		spreadVideo(got, near, far)
		for x, v := range got {
			own, beside := x/2, min(max(x/2-1+2*(x%2), 0), len(near)-1)
			a, b, c, d := int(near[own]), int(near[beside]), int(far[own]), int(far[beside])
			// In real numbers: 9/16, 3/16, 3/16 and 1/16; two roundings cost less than one level.
			exact := float64(9*a+3*b+3*c+d) / 16
			if float64(v) < exact-1 || float64(v) > exact+1 {
				t.Errorf("width %d, pixel %d: %d, want %.2f", width, x, v, exact)
			}
		}
	}
}
