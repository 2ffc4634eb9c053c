package api_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net/url"
	"strings"
	"testing"

	"github.com/disintegration/imaging"

	"lookalike/api"
	"lookalike/internal/pictures"
)

// TestRegion searches by a part of a picture, uploaded and stored; the part
// holds another picture of the library.
func TestRegion(t *testing.T) {
	h := newHandler(t, nil)
	wanted := add(t, h, file{"a.png", pngOf(1)}, file{"b.png", pngOf(2)}, file{"c.png", pngOf(3)})[1].ID
	part, err := png.Decode(bytes.NewReader(pngOf(2)))
	if err != nil {
		t.Fatal(err)
	}
	collage := imaging.Paste(pictures.Make(9, 300, 200), part, image.Pt(120, 70))
	picture := encodePNG(collage)
	id := add(t, h, file{"collage.png", picture})[0].ID
	at := url.QueryEscape(fmt.Sprintf("120,70,%d,%d", part.Bounds().Dx(), part.Bounds().Dy()))
	for name, answer := range map[string]answer{
		"upload": send(t, h, upload("/v1/search?k=2&region="+at, file{"q.png", picture})),
		"id":     get(t, h, "/v1/images/"+id+"/similar?k=2&region="+at),
	} {
		var found api.Results
		decode(t, answer.body, &found)
		if answer.status != 200 || len(found.Results) != 2 || found.Results[0].ID != wanted || !(found.Results[0].Score > 0.999) {
			t.Errorf("by %s: %d %+v", name, answer.status, found.Results)
		}
	}
	for region, want := range map[string]string{
		"1,2,3": "four numbers", "": "four numbers", "a,b,c,d": "a number", "0,0,9,900": "beyond the picture of 300x200", "0,0,4,4": "at least 8x8", "0,0,0,1": "above 0",
	} {
		for _, a := range []answer{
			send(t, h, upload("/v1/search?region="+url.QueryEscape(region), file{"q.png", picture})),
			get(t, h, "/v1/images/"+id+"/similar?region="+url.QueryEscape(region)),
		} {
			if p := a.problem(t); p.Status != 400 || !strings.Contains(p.Detail, want) {
				t.Errorf("%q: %d %s, want %q", region, p.Status, p.Detail, want)
			}
		}
	}
}
