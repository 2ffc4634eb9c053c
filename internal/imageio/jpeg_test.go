package imageio

import (
	"bytes"
	"errors"
	"image"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// segment is a marker with a length and a body.
func segment(marker byte, body string) string {
	n := len(body) + 2
	return string([]byte{0xff, marker, byte(n >> 8), byte(n)}) + body
}

// frameOf is a frame header of 16x16 pixels with the given components, all
// sampled alike.
func frameOf(ids string) string {
	body := "\x08\x00\x10\x00\x10" + string(rune(len(ids)))
	for i := range ids {
		body += ids[i:i+1] + "\x11\x00"
	}
	return segment(markerSOF0, body)
}

// TestJPEGColors is libjpeg's table: what components mean, by marks and names.
func TestJPEGColors(t *testing.T) {
	jfif := segment(markerAPP0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")
	adobe := func(transform string) string {
		return segment(markerAPPE, "Adobe\x00\x64\x00\x00\x00\x00"+transform)
	}
	for _, c := range []struct{ segments, ids, want string }{
		{jfif, "\x01\x02\x03", "ycc"},
		{jfif, "RGB", "ycc"},
		{jfif + adobe("\x00"), "\x01\x02\x03", "ycc"},
		{adobe("\x00"), "\x01\x02\x03", "rgb"},
		{adobe("\x01"), "RGB", "ycc"},
		{adobe("\x07"), "RGB", "ycc"},
		{segment(markerAPPE, "Adobe"), "\x01\x02\x03", "ycc"}, // too short to count
		{"", "RGB", "rgb"},
		{"", "rgb", "ycc"},
		{"", "\x01\x02\x03", "ycc"},
		{"", "\x01\x02\x03\x04", "cmyk"},
		{jfif, "\x01\x02\x03\x04", "cmyk"},
		{adobe("\x00"), "\x01\x02\x03\x04", "cmyk"},
		{adobe("\x01"), "\x01\x02\x03\x04", "ycck"},
		{adobe("\x02"), "\x01\x02\x03\x04", "ycck"},
		{"", "\x01", "grey"},
	} {
		f, err := parseJPEG([]byte("\xff\xd8" + c.segments + frameOf(c.ids) + segment(markerSOS, "")))
		if err != nil {
			t.Fatal(err)
		}
		if got := meaning(f); got != c.want {
			t.Errorf("%q with components %q: %s, want %s", c.segments, c.ids, got, c.want)
		}
	}
}

// meaning finds out by converting samples which conversion was chosen.
func meaning(f *jpegFile) string {
	rows := [][]byte{{90}, {100}, {110}, {120}}
	pixel := func(convert func([]byte, [][]byte)) string {
		dst := make([]byte, 3)
		convert(dst, rows)
		return string(dst)
	}
	names := map[string]string{
		pixel(yccRow): "ycc", pixel(interleaveRow): "rgb", pixel(inkRow): "cmyk", pixel(ycckRow): "ycck",
		pixel(func(dst []byte, rows [][]byte) { greyRow(dst, rows[0], 1) }): "grey",
	}
	return names[pixel(f.conversion())]
}

// TestJPEGSegments: what lies between the segments, and the orders they may not have.
func TestJPEGSegments(t *testing.T) {
	frame, scan := frameOf("\x01\x02\x03"), segment(markerSOS, "")
	for _, c := range []struct {
		name, file, want string
		kind             error
	}{
		{"plain", frame + scan, "", nil},
		{"fill bytes", "\xff\xff\xff" + frame + "\xff\xff" + scan, "", nil},
		{"rubbish between", "rubbish\xff\x00more" + frame + "xyz" + scan, "", nil},
		{"stray restart mark", "\xff\xd3" + frame + scan, "", nil},
		{"comment with marks in it", segment(markerCOM, "\xff\xd9\xff\xda") + frame + scan, "", nil},
		{"no frame", scan, "picture data come before", ErrCorrupt},
		{"two frames", frame + frame + scan, "size twice", ErrCorrupt},
		{"only an end", "\xff\xd9", "no picture", ErrCorrupt},
		{"length below two", "\xff\xc0\x00\x01", "1 bytes long", ErrCorrupt},
		{"length past the end", "\xff\xc0\x00\x90", "truncated", ErrTruncated},
		{"frame too short", segment(markerSOF0, "\x08\x00\x10"), "frame header is 3 bytes", ErrCorrupt},
		{"frame with too few components", segment(markerSOF0, "\x08\x00\x10\x00\x10\x03\x01\x11\x00"), "frame header is 9 bytes", ErrCorrupt},
		{"two components", frameOf("\x01\x02") + scan, "has 2 components", ErrUnsupported},
		{"lossless", segment(0xc3, "\x08\x00\x10\x00\x10\x01\x01\x11\x00"), "lossless", ErrUnsupported},
		{"nothing", "", "truncated", ErrTruncated},
	} {
		_, err := parseJPEG([]byte("\xff\xd8" + c.file))
		if !errors.Is(err, c.kind) || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

// TestJPEGMetadataIsDropped: image/jpeg sees tables and scans only, so that it
// cannot take the components for something else.
func TestJPEGMetadataIsDropped(t *testing.T) {
	file := withAPP1(readTestdata(t, "rgb-adobe.jpg"), bytes.Repeat([]byte("x"), 999))
	f, err := parseJPEG(file)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(f.tables, []byte("Adobe")) || bytes.Contains(f.tables, []byte("xxx")) {
		t.Error("metadata are left")
	}
	if !f.hasAdobe || f.hasJFIF || f.transform != 0 {
		t.Errorf("Adobe %t with transform %d, JFIF %t", f.hasAdobe, f.transform, f.hasJFIF)
	}
}

// TestChromaFactors has every ratio of the standard library's.
func TestChromaFactors(t *testing.T) {
	got := map[string][2]int{}
	for r := image.YCbCrSubsampleRatio444; r <= image.YCbCrSubsampleRatio410; r++ {
		h, v := chromaFactors(r)
		got[strings.TrimPrefix(r.String(), "YCbCrSubsampleRatio")] = [2]int{h, v}
	}
	want := map[string][2]int{"444": {1, 1}, "422": {2, 1}, "420": {2, 2}, "440": {1, 2}, "411": {4, 1}, "410": {4, 2}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestInkPlanes: half-size magenta and yellow come out of image/jpeg's CMYK as
// they went in.
func TestInkPlanes(t *testing.T) {
	f := &jpegFile{header: header{width: 5, height: 3}}
	for i, h := range []int{2, 1, 1, 2} {
		f.components = append(f.components, jpegComponent{byte(i), h, h})
	}
	m := image.NewCMYK(image.Rect(0, 0, 5, 3))
	for y := range 3 {
		for x := range 5 {
			full, quarter := byte(10*y+x), byte(100+10*(y/2)+x/2)
			copy(m.Pix[m.PixOffset(x, y):], []byte{255 - full, 255 - quarter, 255 - quarter, 255 - full})
		}
	}
	planes := f.planes(m)
	if diff := cmp.Diff([]byte{0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 20, 21, 22, 23, 24}, planes[3].pix); diff != "" {
		t.Errorf("black (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]byte{100, 101, 102, 110, 111, 112}, planes[1].pix); diff != "" {
		t.Errorf("magenta (-want +got):\n%s", diff)
	}
	if planes[1].h != 2 || planes[1].v != 2 || planes[0].h != 1 {
		t.Errorf("factors %d, %d and %d", planes[1].h, planes[1].v, planes[0].h)
	}
	if f.planes(image.NewNRGBA(m.Rect)) != nil {
		t.Error("an image of another kind has planes")
	}
}

// TestInkColors: no ink is white, full black is black, in both ways of storing.
func TestInkColors(t *testing.T) {
	for _, c := range []struct {
		name    string
		convert func([]byte, [][]byte)
		stored  [4]byte
		want    []byte
	}{
		{"no ink", inkRow, [4]byte{255, 255, 255, 255}, []byte{255, 255, 255}},
		{"black ink", inkRow, [4]byte{255, 255, 255, 0}, []byte{0, 0, 0}},
		{"cyan", inkRow, [4]byte{0, 255, 255, 255}, []byte{0, 255, 255}},
		{"ycck without ink", ycckRow, [4]byte{0, 128, 128, 255}, []byte{255, 255, 255}},
		{"ycck all inks", ycckRow, [4]byte{255, 128, 128, 255}, []byte{0, 0, 0}},
		{"ycck black ink", ycckRow, [4]byte{0, 128, 128, 0}, []byte{0, 0, 0}},
	} {
		got := make([]byte, 3)
		c.convert(got, [][]byte{c.stored[:1], c.stored[1:2], c.stored[2:3], c.stored[3:]})
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
