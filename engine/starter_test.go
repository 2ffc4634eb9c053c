package engine

import (
	"image"
	"os"
	"testing"

	"lookalike/internal/pictures"
)

// TestSoakStarterEdits prints the recall@1 of every edit, and of many edits at once, of the real pictures among made
// ones, through the whole engine (make starter-eval). The mean has a floor a little under what was measured.
func TestSoakStarterEdits(t *testing.T) {
	if os.Getenv("LOOKALIKE_SOAK") == "" {
		t.Skip("LOOKALIKE_SOAK is not set")
	}
	paths := photos(t)
	g := newGallery(t, append(made(t, 100), paths...))
	g.from = 100
	edits := append(pictures.Edits(), together(t))
	sum := 0.0
	for _, edit := range edits {
		got := g.recall(t, edit)
		t.Logf("%-11s recall@1 %.4f", edit.Name, got)
		sum += got
	}
	mean := sum / float64(len(edits))
	t.Logf("%-11s recall@1 %.4f", "mean", mean)
	if !(mean >= starterRecall) {
		t.Errorf("the mean recall@1 of %d edits is %.4f, floor %.4f", len(edits), mean, starterRecall)
	}
}

// starterRecall is a little under the mean that the starter reaches here.
const starterRecall = 0.94

// together makes one edit of several: cropped, turned, mirrored, brighter, more contrast, with text, saved at quality 10.
func together(t *testing.T) pictures.Edit {
	t.Helper()
	var all []pictures.Edit
	for _, name := range []string{"crop80", "rotate", "mirror", "brightness", "contrast", "text", "jpeg10"} {
		all = append(all, editNamed(t, name))
	}
	return pictures.Edit{Name: "all at once", Apply: func(m image.Image) image.Image {
		for _, e := range all {
			m = e.Apply(m)
		}
		return m
	}}
}
