package imageio

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/image/tiff"
	"pgregory.net/rapid"
)

// storedAt is the definition: which stored pixel of a w x h picture is at
// (x, y) of the upright one (EXIF 2.32, tag 274: where row 0 and column 0 are).
func storedAt(orientation, x, y, w, h int) (int, int) {
	switch orientation {
	case 2: // row 0 on top, column 0 at the right
		return w - 1 - x, y
	case 3: // bottom, right
		return w - 1 - x, h - 1 - y
	case 4: // bottom, left
		return x, h - 1 - y
	case 5: // row 0 at the left, column 0 on top
		return y, x
	case 6: // right, top
		return y, h - 1 - x
	case 7: // right, bottom
		return w - 1 - y, h - 1 - x
	case 8: // left, bottom
		return w - 1 - y, x
	default:
		return x, y
	}
}

func checkOrientation(t interface{ Fatalf(string, ...any) }, stored, upright *RGB, orientation int) {
	w, h := stored.Width, stored.Height
	if swapsSides(orientation) {
		w, h = h, w
	}
	if upright.Width != w || upright.Height != h {
		t.Fatalf("orientation %d: %dx%d became %dx%d", orientation, stored.Width, stored.Height, upright.Width, upright.Height)
	}
	for y := range h {
		for x := range w {
			sx, sy := storedAt(orientation, x, y, stored.Width, stored.Height)
			if stored.At(sx, sy) != upright.At(x, y) {
				t.Fatalf("orientation %d: (%d, %d) is not the stored (%d, %d)", orientation, x, y, sx, sy)
			}
		}
	}
}

func TestOrientDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 150).Draw(t, "width"), rapid.IntRange(1, 150).Draw(t, "height")
		stored := FromImage(colorful(w, h))
		orientation := rapid.IntRange(0, 9).Draw(t, "orientation")
		checkOrientation(t, stored, orient(stored, orientation), orientation)
	})
}

// TestEXIF puts each orientation into each kind of file, in both byte orders.
func TestEXIF(t *testing.T) {
	img := colorful(23, 17)
	plainJPEG, plainPNG, plainTIFF := encodeJPEG(t, img), encodePNG(t, img), encodeTIFF(t, img, tiff.Uncompressed)
	storedJPEG, stored := mustDecode(t, "jpeg", plainJPEG), FromImage(img)
	for orientation := range 10 { // 0 and 9 are not defined and mean 1
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			block := exifBlock(order, uint16(orientation))
			t.Run(fmt.Sprint(orientation, order), func(t *testing.T) {
				checkOrientation(t, storedJPEG, mustDecode(t, "jpeg", withAPP1(plainJPEG, block)), orientation)
				checkOrientation(t, stored, mustDecode(t, "png", withChunk(plainPNG, "eXIf", block)), orientation)
			})
		}
		checkOrientation(t, stored, mustDecode(t, "tiff", withEntry(plainTIFF, tagOrientation, orientation)), orientation)
	}
}

// TestFirstEXIFCounts, as in Pillow; a later one may belong to a thumbnail.
func TestFirstEXIFCounts(t *testing.T) {
	file := withAPP1(encodeJPEG(t, colorful(5, 4)), exifBlock(binary.BigEndian, 3))
	file = withAPP1(file, exifBlock(binary.BigEndian, 6))
	if p := mustDecode(t, "twice", file); p.Width != 4 {
		t.Errorf("%dx%d pixels, want it turned once by the first", p.Width, p.Height)
	}
}

// TestBrokenEXIF must never keep a picture from being read.
func TestBrokenEXIF(t *testing.T) {
	good := exifBlock(binary.LittleEndian, 6)
	plain := encodeJPEG(t, colorful(9, 7))
	for n := range good {
		mustDecode(t, "cut", withAPP1(plain, good[:n]))
	}
	rapid.Check(t, func(r *rapid.T) {
		block := append([]byte(nil), good...)
		for range rapid.IntRange(1, 6).Draw(r, "changes") {
			block[rapid.IntRange(0, len(block)-1).Draw(r, "at")] = rapid.Byte().Draw(r, "value")
		}
		mustDecode(t, "changed", withAPP1(plain, block))
	})
}

// TestLongOrientation: some writers use 32 bits for it.
func TestLongOrientation(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		block := exifBlock(order, 0)
		entry := block[len(block)-16 : len(block)-4]
		wide := order.AppendUint32(order.AppendUint32(order.AppendUint16(order.AppendUint16(nil, tagOrientation), 4), 1), 8)
		copy(entry, wide)
		if diff := cmp.Diff(8, exifOrientation(block)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", order, diff)
		}
	}
}
