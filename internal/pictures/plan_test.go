package pictures

import (
	"bytes"
	"image"
	_ "image/gif"  // read what encode wrote
	_ "image/jpeg" // likewise
	_ "image/png"  // likewise
	"path/filepath"
	"testing"

	_ "golang.org/x/image/bmp"  // likewise
	_ "golang.org/x/image/tiff" // likewise
	"pgregory.net/rapid"
)

// TestPlan: no two files share a name, sizes are those of small photos, and the
// promised part gets copies.
func TestPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 400).Draw(t, "n")
		jobs := plan(n, rapid.Uint64().Draw(t, "seed"))
		paths, edited, copies := map[string]bool{}, 0, 0
		use := func(path string) {
			if paths[path] {
				t.Fatalf("two files are called %s", path)
			}
			paths[path] = true
		}
		for _, w := range jobs {
			use(w.path)
			if long, short := max(w.width, w.height), min(w.width, w.height); long < 320 || long > 1200 || short < 170 {
				t.Fatalf("%s has %dx%d pixels", w.path, w.width, w.height)
			}
			for _, d := range w.edits {
				use(d.path)
			}
			for _, path := range w.copies {
				use(path)
			}
			edited, copies = edited+min(1, len(w.edits)), copies+len(w.copies)
		}
		if len(jobs) != n || edited != (n+1)/3 || copies < n/12-1 || copies > n/12+1 {
			t.Fatalf("%d of %d originals, %d edited, %d copied", len(jobs), n, edited, copies)
		}
	})
}

// TestEncode: what is written is read back as that format, at its size.
func TestEncode(t *testing.T) {
	m := Make(8, 30, 20)
	for ext, format := range map[string]string{".jpg": "jpeg", ".JPG": "jpeg", ".jpeg": "jpeg", ".png": "png", ".gif": "gif", ".tiff": "tiff", ".bmp": "bmp"} {
		data, err := encode(m, ext)
		if err != nil {
			t.Fatal(err)
		}
		c, got, err := image.DecodeConfig(bytes.NewReader(data))
		if err != nil || got != format || c.Width != 30 || c.Height != 20 {
			t.Errorf("%s: %s of %dx%d pixels, %v", ext, got, c.Width, c.Height, err)
		}
	}
}

// TestFormats: every format is among the first dozen, and JPEG is the commonest of many.
func TestFormats(t *testing.T) {
	first, all := map[string]int{}, map[string]int{}
	for i, w := range plan(300, 3) {
		ext := filepath.Ext(w.path)
		all[ext]++
		if i < 12 {
			first[ext]++
		}
	}
	for _, ext := range []string{".jpg", ".JPG", ".png", ".gif", ".tiff", ".bmp"} {
		if first[ext] == 0 || all[ext] > all[".jpg"] {
			t.Errorf("%s: %d of the first dozen, %d of 300", ext, first[ext], all[ext])
		}
	}
}
