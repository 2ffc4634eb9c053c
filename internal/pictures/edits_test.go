package pictures

import (
	"bytes"
	"image"
	"testing"

	"github.com/disintegration/imaging"
)

// TestEdits: each changes the picture, leaves its input alone, gives the same
// result twice, and works on the smallest picture.
func TestEdits(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range Edits() {
		if seen[e.Name] || e.Name == ExactCopy || e.Name == "" {
			t.Errorf("the name %q is taken", e.Name)
		}
		seen[e.Name] = true
		t.Run(e.Name, func(t *testing.T) {
			m := Make(4, 160, 120)
			before := bytes.Clone(m.Pix)
			once, twice := pixels(e.Apply(m)), pixels(e.Apply(m))
			if !bytes.Equal(m.Pix, before) {
				t.Error("it changes its input")
			}
			if !bytes.Equal(once, twice) {
				t.Error("it gives two results")
			}
			if bytes.Equal(once, pixels(m)) {
				t.Error("it changes nothing")
			}
			if e.Apply(Make(4, 1, 1)).Bounds().Empty() {
				t.Error("nothing is left of one pixel")
			}
		})
	}
	for _, name := range []string{"jpeg10", "crop80", "mirror", "grey", "rotate", "small", "brightness", "border", "text", "blur"} {
		if !seen[name] {
			t.Errorf("no edit %s", name)
		}
	}
}

// pixels is size and colours of any image.
func pixels(m image.Image) []byte {
	b := m.Bounds()
	out := []byte{byte(b.Dx()), byte(b.Dy())}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, b, a := m.At(x, y).RGBA()
			out = append(out, byte(r>>8), byte(g>>8), byte(b>>8), byte(a>>8))
		}
	}
	return out
}

func TestEditSizes(t *testing.T) {
	m := Make(5, 200, 100)
	for name, want := range map[string]image.Point{
		"jpeg10": {200, 100}, "small": {67, 33}, "crop80": {160, 80}, "crop60": {120, 60}, "mirror": {200, 100},
		"grey": {200, 100}, "border": {216, 116}, "text": {200, 100}, "blur": {200, 100},
	} {
		for _, e := range Edits() {
			if got := e.Apply(m).Bounds().Size(); e.Name == name && got != want {
				t.Errorf("%s: %v, want %v", name, got, want)
			}
		}
	}
}

// TestRotateHasNoCorners: no white from outside the picture is left.
func TestRotateHasNoCorners(t *testing.T) {
	dark := image.NewNRGBA(image.Rect(0, 0, 150, 90))
	for i := 3; i < len(dark.Pix); i += 4 {
		dark.Pix[i] = 255
	}
	for i, v := range pixels(rotate(dark))[2:] {
		if i%4 != 3 && v > 40 {
			t.Fatalf("byte %d is %d, want black", i, v)
		}
	}
}

// TestEditsStayRecognisable: among 40 pictures, the original of an edited copy
// is the one that looks nearest, the mirror turned back first.
func TestEditsStayRecognisable(t *testing.T) {
	const n = 40
	originals := make([]image.Image, n)
	looks := make([][]byte, n)
	for i := range originals {
		originals[i] = Make(uint64(100+i), 96, 72)
		looks[i] = look(originals[i])
	}
	for _, e := range Edits() {
		found := 0
		for i, m := range originals {
			edited := e.Apply(m)
			if e.Name == "mirror" {
				edited = imaging.FlipH(edited)
			}
			if nearest(looks, look(edited)) == i {
				found++
			}
		}
		t.Logf("%-10s %d of %d", e.Name, found, n)
		atLeast := n * 9 / 10
		if e.Name == "crop60" || e.Name == "border" {
			atLeast = n / 5 // these move everything by more than one of the 8x8 pixels
		}
		if found < atLeast {
			t.Errorf("%s: only %d of %d", e.Name, found, n)
		}
	}
}

// look is a grey picture of 8x8 pixels with a mean of 128.
func look(m image.Image) []byte {
	s := signature(imaging.Grayscale(m))
	sum := 0
	for i := 0; i < len(s); i += 4 {
		sum += int(s[i])
	}
	for i := range s {
		s[i] = byte(min(max(int(s[i])+128-sum*4/len(s), 0), 255))
	}
	return s
}

// nearest is the index of the signature closest to s.
func nearest(all [][]byte, s []byte) int {
	best := 0
	for i := range all {
		if distance(all[i], s) < distance(all[best], s) {
			best = i
		}
	}
	return best
}
