package engine

import (
	"errors"
	"image"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/disintegration/imaging"
	"pgregory.net/rapid"

	"lookalike/internal/imageio"
	"lookalike/internal/pictures"
)

func TestParseRegion(t *testing.T) {
	for text, want := range map[string]Region{
		"10,20,30,40":      {10, 20, 30, 40, false},
		"0,0,1,1":          {0, 0, 1, 1, true},
		"0.5,0,0.5,1":      {0.5, 0, 0.5, 1, true},
		"0.5,0,2,1":        {0.5, 0, 2, 1, false},
		".25,.25,.5,.5":    {0.25, 0.25, 0.5, 0.5, true},
		"0,0,4000.5,100.0": {0, 0, 4000.5, 100, false},
	} {
		if got, err := ParseRegion(text); got != want || err != nil {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"": "four numbers", "1,2,3": "four numbers", "1,2,3,4,5": "four numbers", "1,2,x,4": "a number of pixels", "1,2,,4": "a number",
		"-1,2,3,4": "a number", "+1,2,3,4": "a number", "1e3,2,3,4": "a number", "NaN,0,1,1": "a number", "0x1,0,1,1": "a number", "1 ,2,3,4": "a number",
		"1,2,0,4": "above 0", "0,0,1,0.0": "above 0", strings.Repeat("9", 400) + ",0,9,9": "a number",
	} {
		if _, err := ParseRegion(text); !errors.Is(err, ErrQuery) || !strings.Contains(err.Error(), want) || len(err.Error()) > 250 {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		number := func(name string) float64 { return rapid.Float64Range(0.001, 5000).Draw(t, name) }
		r := Region{X: number("x"), Y: number("y"), Width: number("width"), Height: number("height")}
		r.Fractions = max(r.X, r.Y, r.Width, r.Height) <= 1
		if got, err := ParseRegion(r.String()); got != r || err != nil {
			t.Fatalf("%+v became %+v, %v", r, got, err)
		}
	})
}

func TestRegionIn(t *testing.T) {
	picture := image.Pt(200, 100)
	for text, want := range map[string]image.Rectangle{
		"0,0,200,100":      image.Rect(0, 0, 200, 100),
		"0,0,1,1":          image.Rect(0, 0, 200, 100),
		"0.5,0.1,0.25,0.9": image.Rect(100, 10, 150, 100),
		"10.4,20.6,50,50":  image.Rect(10, 21, 60, 71),
		"0.7,0.3,0.3,0.7":  image.Rect(140, 30, 200, 100), // 0.7+0.3 is above 1 in binary fractions
		"192,92,8,8":       image.Rect(192, 92, 200, 100),
	} {
		r, err := ParseRegion(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.in(picture); got != want || err != nil {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"100,0,101,50": "beyond the picture of 200x100", "0,60,10,41": "beyond", "0.5,0,0.6,1": "beyond", "0,0,7,50": "7x50 pixels of 200x100; at least 8x8",
		"0,0,0.03,1": "at least 8x8", "900,0,9,9": "beyond",
	} {
		r, err := ParseRegion(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.in(picture); !errors.Is(err, ErrQuery) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	huge := Region{X: math.MaxFloat64, Width: math.MaxFloat64, Height: 9}
	if _, err := huge.in(picture); !errors.Is(err, ErrQuery) {
		t.Errorf("huge: %v", err)
	}
}

// TestSearchRegion: a picture pasted into a part of another one is found by
// that part, from bytes and from the library, and nothing else of it is.
func TestSearchRegion(t *testing.T) {
	e := openAt(t, t.TempDir())
	var ids []uint64
	for seed := range uint64(8) {
		ids = append(ids, add(t, e, upload(seed)).ID)
	}
	collage := asPNG(imaging.Paste(imaging.Resize(pictures.Make(1, 64, 48), 160, 120, imaging.Linear), pictures.Make(5, 64, 48), image.Pt(90, 60)))
	path := write(t, t.TempDir(), "collage.png", collage)
	whole := add(t, e, Source{Path: path}).ID
	for _, text := range []string{"90,60,64,48", "0.5625,0.5,0.4,0.4"} {
		r, err := ParseRegion(text)
		if err != nil {
			t.Fatal(err)
		}
		for name, search := range map[string]func(Query) ([]Match, error){
			"bytes": func(q Query) ([]Match, error) { return e.SearchImage(t.Context(), "collage", collage, q) },
			"id":    func(q Query) ([]Match, error) { return e.SearchID(t.Context(), whole, q) },
		} {
			found, err := search(Query{K: 9, Region: r})
			if err != nil || len(found) == 0 || found[0].Image.ID != ids[5] || !(found[0].Score > 0.999) {
				t.Errorf("%s by %s: %+v, %v", text, name, found, err)
			}
			for _, m := range found {
				if name == "id" && m.Image.ID == whole {
					t.Errorf("%s: the picture itself is among the results", text)
				}
			}
		}
	}
	for _, bad := range []Region{{X: 150, Width: 64, Height: 48}, {Width: 4, Height: 4}} {
		if _, err := e.SearchImage(t.Context(), "collage.png", collage, Query{Region: bad}); !errors.Is(err, ErrQuery) || !strings.Contains(err.Error(), "collage.png") {
			t.Errorf("%+v: %v", bad, err)
		}
		if _, err := e.SearchID(t.Context(), whole, Query{Region: bad}); !errors.Is(err, ErrQuery) {
			t.Errorf("%+v by id: %v", bad, err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := e.SearchID(t.Context(), whole, Query{Region: Region{Width: 50, Height: 50}}); !errors.Is(err, ErrGone) {
		t.Errorf("without the original: %v", err)
	}
	if _, err := e.SearchID(t.Context(), whole, Query{}); err != nil {
		t.Errorf("all of it, which needs no original: %v", err)
	}
	_, err := e.SearchImage(t.Context(), "torn.png", collage[:99], Query{Region: Region{Width: 50, Height: 50}})
	if _, ok := errors.AsType[*imageio.Error](err); !ok {
		t.Errorf("torn: %v", err)
	}
}
