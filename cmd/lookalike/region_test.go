package main

import (
	"image"
	"path/filepath"
	"testing"

	"github.com/disintegration/imaging"
)

// TestRegion: a picture pasted into another one is found by its place, of a
// file and of a picture in the library.
func TestRegion(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	dir, made := gallery(t, 6)
	lookalike(t, data, "add", dir).want(t, 0)
	part, err := imaging.Open(made[3].Path)
	if err != nil {
		t.Fatal(err)
	}
	ground, err := imaging.Open(made[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	size := part.Bounds().Size()
	collage := filepath.Join(t.TempDir(), "collage.png")
	if err := imaging.Save(imaging.Paste(imaging.Resize(ground, 2*size.X, 2*size.Y, imaging.Linear), part, image.Pt(size.X, 0)), collage); err != nil {
		t.Fatal(err)
	}
	want := into[found](t, lookalike(t, data, "search", made[3].Path, "-k", "1", "--json").want(t, 0)).Results[0].Path
	o := lookalike(t, data, "search", collage, "--region", "0.5,0,0.5,0.5", "-k", "1", "--json").want(t, 0)
	if results := into[found](t, o).Results; len(results) != 1 || results[0].Path != want || !(results[0].Score > 0.99) {
		t.Errorf("search by region found %+v", results)
	}
	lookalike(t, data, "add", collage).want(t, 0)
	o = lookalike(t, data, "similar", collage, "--region", "0.5,0,0.5,0.5", "-k", "1", "--json").want(t, 0)
	if results := into[found](t, o).Results; len(results) != 1 || results[0].Path != want {
		t.Errorf("similar by region found %+v", results)
	}
	lookalike(t, data, "search", collage, "--region", "1,2,3").want(t, 1, "four numbers in x,y,width,height")
	lookalike(t, data, "search", collage, "--region", "0,0,99999,9").want(t, 1, "collage.png", "beyond the picture of")
}
