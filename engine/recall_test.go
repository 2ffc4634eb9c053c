package engine

import (
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"lookalike/internal/imageio"
	"lookalike/internal/pictures"
	"lookalike/internal/testutil"
)

// gallery is a folder of different pictures and what was added of it.
type gallery struct {
	e     *Engine
	paths []string // image i+1 is paths[i]
	from  int      // recall asks for the pictures from here on
}

// newGallery adds files and wants every one of them stored as an image of its own.
func newGallery(t *testing.T, paths []string) gallery {
	t.Helper()
	g := gallery{openAt(t, t.TempDir(), func(c *Config) { c.Workers = 1 }), paths, 0}
	var sources []Source
	for _, p := range paths {
		sources = append(sources, Source{Path: p})
	}
	for i, r := range g.e.AddBatch(t.Context(), sources) {
		if r.Err != nil || r.Already || r.ID != uint64(i+1) {
			t.Fatalf("%+v", r)
		}
	}
	return g
}

// photos are the real pictures beside the checkout.
func photos(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(testutil.Shared(t, "photos"), "*.jpg"))
	if err != nil || len(paths) < 100 {
		t.Fatalf("%d photos, %v", len(paths), err)
	}
	return paths
}

// made are pictures made here, for machines without the real ones.
func made(t *testing.T, n int) (paths []string) {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		paths = append(paths, write(t, dir, fmt.Sprintf("made-%03d.bmp", i), asBMP(pictures.Make(uint64(i), 160, 120))))
	}
	return paths
}

// recall searches the gallery for an edited copy of each of its pictures from g.from on, and gives the share that
// finds its original first.
func (g gallery) recall(t *testing.T, edit pictures.Edit) float64 {
	t.Helper()
	hits := 0
	for i := g.from; i < len(g.paths); i++ {
		path := g.paths[i]
		matches, err := g.e.SearchImage(t.Context(), path, asBMP(edit.Apply(picture(t, path))), Query{K: 1})
		if err != nil {
			t.Fatal(err)
		}
		if matches[0].Image.ID == uint64(i+1) {
			hits++
		}
	}
	return float64(hits) / float64(len(g.paths)-g.from)
}

func picture(t *testing.T, path string) image.Image {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	img, _, err := imageio.Decode(path, data, imageio.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// editNamed finds one of the edits.
func editNamed(t *testing.T, name string) pictures.Edit {
	t.Helper()
	edits := pictures.Edits()
	i := slices.IndexFunc(edits, func(e pictures.Edit) bool { return e.Name == name })
	if i < 0 {
		t.Fatalf("there is no edit %q", name)
	}
	return edits[i]
}

// TestWholePath goes from files on disk to what a search finds. The floors are a little under what was measured.
func TestWholePath(t *testing.T) {
	testutil.NotUnderRace(t)
	for _, tc := range []struct {
		name   string
		paths  func(*testing.T) []string
		floors map[string]float64
	}{
		// Two of the photographs, both of a dreidel, are nearly each other's mirror images.
		{"photos", photos, map[string]float64{"jpeg10": 0.99, "crop80": 0.965, "mirror": 0.98}},
		{"made", func(t *testing.T) []string { return made(t, 60) }, map[string]float64{"jpeg10": 0.98, "crop80": 0.98, "mirror": 0.98}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := newGallery(t, tc.paths(t))
			for _, name := range []string{"jpeg10", "crop80", "mirror"} {
				got := g.recall(t, editNamed(t, name))
				t.Logf("%d pictures, %s copies: recall@1 %.4f", len(g.paths), name, got)
				if !(got >= tc.floors[name]) {
					t.Errorf("%s: recall@1 is %.4f, floor %.4f", name, got, tc.floors[name])
				}
			}
			g.resume(t)
			sound(t, g.e)
		})
	}
}

// resume imports the gallery again: everything is there already, and nothing is encoded.
func (g gallery) resume(t *testing.T) {
	t.Helper()
	for i, p := range g.paths {
		if r := add(t, g.e, Source{Path: p}); !r.Already || r.ID != uint64(i+1) {
			t.Errorf("again: %+v", r)
		}
	}
}
